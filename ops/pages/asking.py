"""What a page is asked: each field read by its form, every fault told at its field, none alone.

A field that was left empty is as good as absent, and what was typed stands in the form again.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar, cast
from unicodedata import normalize

from ops.submission.files.cells import read_day
from ops.terms.terms import Language
from projections.http.asking.forms import Around, UnfitError, read_text
from projections.http.asking.time_forms import DayForm, MonthForm, YearForm

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.requests import Request

    from projections.http.asking.asked import Service
    from projections.http.asking.forms import Form
    from projections.http.asking.parameter import Parameter
    from projections.http.words import Words

T = TypeVar("T")

_MONTH: Final = re.compile(r"([0-9]{4})(?:[-/.]|年)?([0-9]{1,2})月?")


def as_meant(form: Form[Any], text: str) -> str:
    """Give a day, a month or a year as its form writes it, where somebody wrote it otherwise.

    Programs are asked for one way to write them; people have the ways in which files have them.
    """
    if isinstance(form, DayForm):
        day = read_day(text)
        return str(day) if isinstance(day, date) else text
    if isinstance(form, MonthForm | YearForm):
        plain = "".join(normalize("NFKC", text).split())
        if isinstance(form, YearForm):
            return plain.removesuffix("年")
        match = _MONTH.fullmatch(plain)
        return plain if match is None else f"{match[1]}-{match[2]:0>2}"
    return text


def page_within(number: int | None, size: int, count: int) -> int:
    """Give the number of a page that there is: of one beyond the end, the last."""
    return min(number or 1, max(1, -(-count // size)))


class FieldProblem(NamedTuple):
    """What is wrong with a field: its name and label, the text given, the rule, what to do."""

    field: str
    label: str
    value: str
    rule: str
    do: str


class PageQuestion:
    """The query of a page: what was given, what was read of it, what is wrong with it."""

    def __init__(
        self, request: Request, takes: Iterable[tuple[Parameter[Any], str]], language: Language
    ) -> None:
        """Read the fields that a page takes, each with its label; others are not looked at."""
        service: Service = request.app.state.service
        around = Around(service.now(), service.calendar.rulebook, None)
        self._language = language
        self.given: dict[str, str] = {}
        self.problems: list[FieldProblem] = []
        self._read: dict[str, Any] = {}
        for parameter, label in takes:
            text = request.query_params.get(parameter.name, "").strip()
            self.given[parameter.name] = text
            if not text:
                self._read[parameter.name] = parameter.absent
                continue
            try:
                meant = as_meant(parameter.form, text)
                self._read[parameter.name] = read_text(parameter.form, meant, around)
            except UnfitError as error:
                shown = text[:60] if error.shown else ""
                self.given[parameter.name] = text if error.shown else ""
                self.refuse(parameter.name, label, shown, error.rule, error.do)

    def __getitem__(self, parameter: Parameter[T]) -> T:
        """Give what was read of a field."""
        return cast("T", self._read.get(parameter.name))

    def refuse(
        self, field: str, label: str, value: str, rule: Words, do: Words | None = None
    ) -> None:
        """Note what is wrong with a field."""
        self.problems.append(
            FieldProblem(field, label, value, self._in(rule), "" if do is None else self._in(do))
        )

    def _in(self, words: Words) -> str:
        return words.zh if self._language is Language.ZH else words.en
