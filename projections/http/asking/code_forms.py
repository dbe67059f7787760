"""Forms of codes: of the rules, of divisions, of subjects. What is near is mended or named."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final, TypeVar

from events.envelope import Platform
from events.identifiers import (
    credit_code_problem,
    identity_number_problem,
    is_person_token,
    normalise_code,
)
from events.persons import has_identity_number
from events.rules.divisions import ELSEWHERE, city_of, load_divisions
from projections.http.asking.forms import TEXT_MAX, Form, UnfitError
from projections.http.words import Words
from projections.record.handles import handle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from events.rules.rulebook import Rulebook
    from projections.http.asking.forms import Around

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ChoiceForm(Form[T]):
    """One of a few words; upper case is mended."""

    words: tuple[T, ...]

    def read(self, text: str, _: Around) -> T:
        """Find the word."""
        for word in self.words:
            if str(word).lower() == text.strip().lower():
                return word
        raise unknown(text, [str(word) for word in self.words])

    def schema(self) -> dict[str, Any]:
        """Give the words."""
        return {"type": "string", "enum": [str(word) for word in self.words]}


@dataclass(frozen=True, slots=True)
class CodeForm(Form[str]):
    """A code of the rulebook, such as a field or a department; upper case is mended."""

    of: Callable[[Rulebook], Iterable[str]]
    sample: str

    def read(self, text: str, around: Around) -> str:
        """Find the code."""
        code = text.strip().lower()
        known = sorted(self.of(around.rulebook))
        if code not in known:
            raise unknown(text, known, well_formed=True)
        return code

    def schema(self) -> dict[str, Any]:
        """Give an example: the codes are data, which the catalogue lists."""
        return {"type": "string", "examples": [self.sample]}


@dataclass(frozen=True, slots=True)
class DepartmentForm(CodeForm):
    """A department of the registry, or an office of a city or county (`market-330100`)."""

    def read(self, text: str, around: Around) -> str:
        """Find the department."""
        code = text.strip().lower()
        if around.rulebook.department(code) is not None:
            return code
        return CodeForm.read(self, text, around)


@dataclass(frozen=True, slots=True)
class SeveralForm(Form[tuple[str, ...]]):
    """Codes with commas between."""

    each: CodeForm

    def read(self, text: str, around: Around) -> tuple[str, ...]:
        """Read each."""
        return tuple(dict.fromkeys(self.each.read(part, around) for part in text.split(",")))

    def schema(self) -> dict[str, Any]:
        """Give an example."""
        return self.each.schema()


@dataclass(frozen=True, slots=True)
class DivisionForm(Form[str]):
    """A division by its code of GB/T 2260; a filter takes no code of a place that never was."""

    must_exist: bool = True

    def read(self, text: str, _: Around) -> str:
        """Read six digits; a zone is in no table, but in a city that is."""
        code = text.strip()
        if re.fullmatch(r"[0-9]{6}", code) is None:
            raise UnfitError(
                Words(
                    "a division code of six digits, such as 330100", "六位行政区划代码，如 330100"
                )
            )
        divisions = load_divisions()
        known = code == ELSEWHERE or divisions.known(code) or divisions.known(city_of(code))
        if self.must_exist and not known:
            raise UnfitError(
                Words(
                    "a division that there is, or was since 1980 (GB/T 2260)",
                    "现有或 1980 年以来曾有的行政区划（GB/T 2260）",
                ),
                Words("/v1/standards/divisions.tsv lists them", "见 /v1/standards/divisions.tsv"),
            )
        return code

    def schema(self) -> dict[str, Any]:
        """Give the pattern."""
        return {"type": "string", "pattern": "^[0-9]{6}$", "examples": ["330100"]}


@dataclass(frozen=True, slots=True)
class SubjectForm(Form[str]):
    """A unified social credit code, or a person's token, by the platform of the path."""

    def read(self, text: str, around: Around) -> str:
        """Read and normalise; persons answer by their token only, and nothing of them is echoed."""
        if around.platform is Platform.PERSON:
            if not is_person_token(text.strip()):
                rule = Words("a person is named by the token only", "自然人只以令牌标识")
                raise UnfitError(rule, shown=False)
            return text.strip()
        code = normalise_code(text[:TEXT_MAX])
        problem = credit_code_problem(code)
        if problem is not None:
            raise UnfitError(
                Words(
                    "a unified social credit code has 18 characters and both check digits;"
                    f" of this one: {problem.value.replace('_', ' ')}",
                    "统一社会信用代码为 18 位，两个校验码须正确",
                ),
                Words("compare it with the licence", "请与营业执照核对"),
                # Eighteen digits may be a person's identity number.
                shown=not code.isdecimal(),
            )
        return code

    def schema(self) -> dict[str, Any]:
        """Give an example."""
        return {"type": "string", "examples": ["91330100PDY000028X"]}


@dataclass(frozen=True, slots=True)
class IdentityNumberForm(Form[str]):
    """A resident identity number (GB 11643), which no refusal repeats."""

    def read(self, text: str, _: Around) -> str:
        """Read and normalise, also one of the old 15 digits."""
        number = normalise_code(text[:TEXT_MAX])
        problem = identity_number_problem(number)
        if problem is not None:
            raise UnfitError(
                Words(
                    "a resident identity number has 18 characters, a possible day of birth and a"
                    f" right check digit; of this one: {problem.value.replace('_', ' ')}",
                    "公民身份号码为 18 位，出生日期须可能存在，校验码须正确",
                ),
                Words("compare it with the document", "请与证件核对"),
                shown=False,
            )
        return number


@dataclass(frozen=True, slots=True)
class LookedUpForm(Form[str]):
    """A text that records are looked up by, of which the form that is kept is not empty."""

    kind: str
    sample: str

    def read(self, text: str, _: Around) -> str:
        """Take it as it is; an identity number is never looked up, nor echoed."""
        if has_identity_number(text, is_number=True):
            raise UnfitError(
                Words("no identity number", "不得为公民身份号码"),
                Words("a person is found by the token", "自然人只以令牌查询"),
                shown=False,
            )
        if handle(self.kind, text) is None:
            raise UnfitError(Words("a name, a code or a number", "名称、代码或文号"))
        return text

    def schema(self) -> dict[str, Any]:
        """Give an example."""
        return {"type": "string", "maxLength": TEXT_MAX, "examples": [self.sample]}


def unknown(text: str, known: Sequence[str], *, well_formed: bool = False) -> UnfitError:
    """Refuse a word that is none of those known, naming the nearest, or all where they are few."""
    close = get_close_matches(text.strip().lower()[:60], known, n=1)
    few = len(known) <= _FEW
    en = f"one of {', '.join(known)}" if few else f"one of {len(known)} codes"
    zh = f"{'、'.join(known)} 之一" if few else f"{len(known)} 个代码之一"
    do = Words(f"did you mean {close[0]}?", f"是否指 {close[0]}？") if close else None
    return UnfitError(Words(en, zh), do, well_formed=well_formed)


_FEW: Final = 24
