"""The made-up subjects: names and codes that nobody can bear, places of Zhejiang."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import msgspec

from events.identifiers import synthetic_credit_code_at
from events.subject import SubjectKind
from ops.generator.chance import OF_SUBJECT, Chance, pick

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

KINDS: Final = {
    "91": SubjectKind.ENTERPRISE,
    "92": SubjectKind.INDIVIDUAL_BUSINESS,
    "93": SubjectKind.OTHER,
}
_FORMS: Final = {"91": "有限公司", "92": "经营部", "93": "专业合作社"}
# Industry of GB/T 4754 and the word for it in a name.
_TRADES: Final = (
    *(("1751", "纺织"), ("1830", "服饰"), ("2927", "塑料制品"), ("3311", "金属制品")),
    *(("3411", "机械"), ("3812", "电机"), ("4710", "建筑工程"), ("5134", "食品")),
    *(("5137", "日用品"), ("5165", "建材"), ("5430", "货运"), ("6110", "酒店")),
    *(("6510", "软件"), ("7010", "房地产开发"), ("7211", "企业管理"), ("7723", "环保科技")),
)
INDUSTRIES: Final = tuple(code for code, _ in _TRADES)

# The measured share of companies with a penalty is 4.4 %. The quarter with the most records has
# more of them, as it has more of everything; together they give that share.
_PENALISED_OF_1000: Final = (95, 27)
_PENALTIES_MAX: Final = 100
_PENALTY_EXPONENT: Final = 1.0
# At most so many for each time the mean number of events: this gives the measured mean of 1.94.
_PENALTIES_BY_SIZE: Final = 4
_RENAMED_OF_1000: Final = 80
# Larger than any number of events of a subject, hence without a common factor with it.
_STRIDE: Final = 2_147_483_647


class Subject(msgspec.Struct, frozen=True, gc=False):
    """A made-up subject: who it is, and where its events lie.

    `penalties` of its `size` events are penalties, scattered by `stride`; its records begin
    `start` days into the window. `renamed_at` is the number of the event that renames it, or -1.
    """

    index: int
    size: int
    id: str
    city: str
    region: str
    kind: SubjectKind
    industry: str
    suffix: str
    renamed_at: int
    penalties: int
    shift: int
    start: int

    def name_at(self, number: int) -> str:
        """Give the name it bears when its n-th event is recorded."""
        renamed = 0 <= self.renamed_at <= number
        return f"{'浙江' if renamed else self.city}样例{self.index + 1}号{self.suffix}"

    def is_penalty(self, number: int) -> bool:
        """Tell whether the n-th event is one of its penalties."""
        return self.penalties > 0 and (number * _STRIDE + self.shift) % self.size < self.penalties


class Population:
    """All subjects of a plan, each made when asked for; the last used are kept."""

    def __init__(self, plan: GeneratorPlan, chance: Chance) -> None:
        self._plan = plan
        self._chance = chance
        self.subject = lru_cache(maxsize=1 << 15)(self._make)

    def _make(self, index: int, size: int) -> Subject:
        bits = self._chance.draw(index, OF_SUBJECT)
        code = synthetic_credit_code_at(index)
        city, counties = CITIES[code[2:6]]
        industry, trade = pick(_TRADES, bits >> 16)
        seldom = size < max(1, self._plan.days // 60)
        return Subject(
            index,
            size,
            code,
            city,
            code[2:6] + pick(counties, bits),
            KINDS[code[:2]],
            industry,
            trade + _FORMS[code[:2]],
            _renamed_at(size, bits >> 32),
            self._penalties(index, size, bits >> 64),
            bits >> 96 & 0xFFFFFF,
            # Who is recorded more often than every other month is recorded all the time.
            self._plan.days * (bits >> 128 & 0xFFFF) // 0x20000 if seldom else 0,
        )

    def _penalties(self, index: int, size: int, bits: int) -> int:
        if index >= self._plan.subjects:  # the further subject: as mixed as can be
            return max(1, size // 60)
        heavy = index * 4 < self._plan.subjects
        if bits % 1000 >= _PENALISED_OF_1000[0 if heavy else 1]:
            return 0
        drawn = ((bits >> 16 & 0xFFFF) + 1) / 0x10000
        usual = _PENALTIES_BY_SIZE * size * self._plan.subjects // self._plan.events
        return max(1, min(int(drawn**-_PENALTY_EXPONENT), _PENALTIES_MAX, size - 1, usual))


def _renamed_at(size: int, bits: int) -> int:
    if size < 3 or bits % 1000 >= _RENAMED_OF_1000:  # noqa: PLR2004
        return -1
    return 1 + (bits >> 10 & 0xFFFF) * (size - 1) // 0x10000
