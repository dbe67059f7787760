"""The made-up subjects: names and codes that nobody can bear, places of Zhejiang."""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from events.envelope import Platform
from events.identifiers import credit_code
from events.types.subject import SubjectKind
from ops.generator.chance import OF_SUBJECT, Chance, pick
from ops.generator.codes import synthetic_credit_code_at
from ops.generator.kinds import SlotKind
from ops.generator.layout import Layouts, Sort, layouts_of, place_at

if TYPE_CHECKING:
    from ops.generator.plan import GeneratorPlan

CITIES: Final = {
    "3301": (
        "杭州",
        ("02", "05", "06", "08", "09", "10", "11", "12", "13", "14", "22", "27", "82"),
    ),
    "3302": ("宁波", ("03", "05", "06", "11", "12", "13", "25", "26", "81", "82")),
    "3303": ("温州", ("02", "03", "04", "05", "24", "26", "27", "28", "29", "81", "82", "83")),
    "3304": ("嘉兴", ("02", "11", "21", "24", "81", "82", "83")),
    "3305": ("湖州", ("02", "03", "21", "22", "23")),
    "3306": ("绍兴", ("02", "03", "04", "24", "81", "83")),
    "3307": ("金华", ("02", "03", "23", "26", "27", "81", "82", "83", "84")),
    "3308": ("衢州", ("02", "03", "22", "24", "25", "81")),
    "3309": ("舟山", ("02", "03", "21", "22")),
    "3310": ("台州", ("02", "03", "04", "22", "23", "24", "81", "82", "83")),
    "3311": ("丽水", ("02", "21", "22", "23", "24", "25", "26", "27", "81")),
}
"""Cities of Zhejiang by the first four digits of their division code, and their counties."""


class _Form(NamedTuple):
    """What the first two characters of a credit code say."""

    code: str
    kind: SubjectKind
    suffix: str


_BODIES: Final = (
    _Form("11", SubjectKind.GOVERNMENT_BODY, "局"),
    _Form("12", SubjectKind.INSTITUTION, "服务中心"),
    _Form("51", SubjectKind.ASSOCIATION, "行业协会"),
)
BODIES: Final = frozenset(form.kind for form in _BODIES)
"""Kinds of organisation that are no firms: organs of state, institutions, associations."""

_FIRMS: Final = {
    "91": _Form("91", SubjectKind.ENTERPRISE, "有限公司"),
    "92": _Form("92", SubjectKind.INDIVIDUAL_BUSINESS, "经营部"),
    "93": _Form("93", SubjectKind.OTHER, "专业合作社"),
}
_PERSON: Final = _Form("", SubjectKind.NATURAL_PERSON, "")
_BODY_EVERY: Final = 20
# Industry of GB/T 4754 and the word for it in a name.
_TRADES: Final = (
    *(("1751", "纺织"), ("1830", "服饰"), ("2927", "塑料制品"), ("3311", "金属制品")),
    *(("3411", "机械"), ("3812", "电机"), ("4710", "建筑工程"), ("5134", "食品")),
    *(("5137", "日用品"), ("5165", "建材"), ("5430", "货运"), ("6110", "酒店")),
    *(("6510", "软件"), ("7010", "房地产开发"), ("7211", "企业管理"), ("7723", "环保科技")),
)
INDUSTRIES: Final = tuple(code for code, _ in _TRADES)

_LONG_FROM: Final = 100
_TROUBLED_OF_100: Final = 40
_SHARED_OF_100: Final = 30
_FIRMS_OF_A_PERSON: Final = 4
_RENAMED_OF_1000: Final = 80
_RENAMED_WITHIN: Final = 64


class MadeUpSubject(msgspec.Struct, frozen=True, gc=False):
    """A made-up subject: who it is, and where its events lie.

    `shift` (31 bits) picks its layouts and scatters its days; its records begin `start` days into
    the window. `renamed_at` is the number of the event that renames it, or -1; `head` is the place
    of the person who runs it, and who may run others too.
    """

    index: int
    size: int
    id: str
    city: str
    region: str
    kind: SubjectKind
    industry: str | None
    suffix: str
    layouts: Layouts
    shift: int
    start: int
    renamed_at: int
    head: int

    @property
    def is_person(self) -> bool:
        """Tell whether it is a natural person, who has no name here."""
        return self.kind is SubjectKind.NATURAL_PERSON

    def name_at(self, number: int) -> str | None:
        """Give the name it bears when its n-th event is recorded; None for a person."""
        if self.kind is SubjectKind.NATURAL_PERSON:
            return None
        renamed = 0 <= self.renamed_at <= number
        return f"{'浙江' if renamed else self.city}样例{self.index + 1}号{self.suffix}"


def person_token_at(index: int) -> str:
    """Give the token of the made-up person at a place; no key made it, so it is nobody's."""
    return f"P{blake2b(b'made-up person %d' % index, digest_size=16).hexdigest()}"


def subject_id_at(platform: Platform, index: int) -> str:
    """Give the id of a plan's subject by its rank, 0 the one with the most events."""
    if platform is Platform.PERSON:
        return person_token_at(index)
    return _code_and_form(index)[0]


def _code_and_form(index: int) -> tuple[str, _Form]:
    """Give the credit code of an organisation and what its first characters say.

    Every twentieth is a body. Its code is a firm's with another beginning, so none comes twice.
    """
    code = synthetic_credit_code_at(index)
    form = _FIRMS[code[:2]]
    turn, rest = divmod(index, _BODY_EVERY)
    if rest == _BODY_EVERY // 2 and form.kind is SubjectKind.ENTERPRISE:
        form = _BODIES[turn % len(_BODIES)]
        code = credit_code(form.code + code[2:17])
    return code, form


class Population:
    """All subjects of a plan, each made when asked for; the last used are kept."""

    def __init__(self, plan: GeneratorPlan, chance: Chance) -> None:
        self._plan = plan
        self._chance = chance
        self.subject = lru_cache(maxsize=1 << 15)(self._make)

    def _make(self, index: int, size: int) -> MadeUpSubject:
        bits = self._chance.draw(index, OF_SUBJECT)
        if self._plan.platform is Platform.PERSON:
            code, form = person_token_at(index), _PERSON
            division = pick(tuple(CITIES), bits >> 176)
        else:
            code, form = _code_and_form(index)
            division = code[2:6]
        city, counties = CITIES[division]
        industry, trade = pick(_TRADES, bits >> 16)
        is_firm = form.code in _FIRMS
        layouts = layouts_of(_sort(form, size, bits >> 64))
        shift = bits >> 96 & 0x7FFFFFFF
        seldom = size < max(1, self._plan.days // 60)
        return MadeUpSubject(
            index,
            size,
            code,
            city,
            division + pick(counties, bits),
            form.kind,
            industry if is_firm else None,
            (trade if is_firm else "") + form.suffix,
            layouts,
            shift,
            # Who is recorded more often than every other month is recorded all the time.
            self._plan.days * (bits >> 128 & 0xFFFF) // 0x20000 if seldom else 0,
            _renamed_at(layouts, shift, size, bits >> 32) if is_firm else -1,
            _head(index, bits >> 144),
        )


def _sort(form: _Form, size: int, bits: int) -> Sort:
    if form is _PERSON:
        return Sort.PERSON
    if size >= _LONG_FROM:
        return Sort.LONG
    if form.code not in _FIRMS:
        return Sort.BODY
    return Sort.TROUBLED if bits % 100 < _TROUBLED_OF_100 else Sort.SOUND


def _head(index: int, bits: int) -> int:
    """Give who runs a firm: a person of its own, or one who runs its neighbours too."""
    return index - index % _FIRMS_OF_A_PERSON if bits % 100 < _SHARED_OF_100 else index


def _renamed_at(layouts: Layouts, shift: int, size: int, bits: int) -> int:
    """Give at which of its changes a firm is renamed, or -1."""
    if size < 3 or bits % 1000 >= _RENAMED_OF_1000:  # noqa: PLR2004
        return -1
    first = 1 + (bits >> 10 & 0xFFFF) * (size - 1) // 0x10000
    for number in range(first, min(size, first + _RENAMED_WITHIN)):
        if place_at(layouts, shift, number).kind is SlotKind.CHANGED:
            return number
    return -1
