"""What a page is asked: each field read by its form, every fault told at its field, none alone.

A field that was left empty is as good as absent, and what was typed stands in the form again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

from ops.terms.terms import Language
from projections.http.asking.forms import Around, UnfitError, read_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.requests import Request

    from projections.http.asking.asked import Service
    from projections.http.asking.parameter import Parameter
    from projections.http.words import Words

T = TypeVar("T")


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
                self._read[parameter.name] = read_text(parameter.form, text, around)
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
