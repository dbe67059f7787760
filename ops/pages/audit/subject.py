"""A subject through time: every event of it, and the difference of two points, with its causes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from events.rules.rulebook import load_rulebook
from ops.pages.audit.fields import field_told, value_told
from ops.pages.timeline.page import KnownForm, known_told
from ops.terms.naming import Naming
from ops.told.event import event_named
from ops.told.places import place_told
from projections.as_of.comparing import ABSENT, FieldCompared, MadeBy, StatesCompared
from projections.as_of.question import Question, ms_of
from projections.http.asking import parameters as p
from projections.http.asking.parameter import optional
from projections.http.asking.time_forms import DayForm
from projections.http.errors import NothingRecordedError
from projections.queries.subject.compared import read_compared
from projections.queries.subject.history import HistoryPage, history

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date, datetime

    from starlette.responses import Response

    from events.rules.rulebook import Rulebook
    from ops.pages.opened import PageAsked
    from ops.terms.terms import Terms
    from projections.http.asking.parameter import Parameter

    _Told = Callable[[str, str], str]

EVENTS_OF_PAGE: Final = 100
_ITEM: Final = re.compile(r"[^\[]*\[[^\]]*\]")
_TELLING: Final = (
    *("document_no", "type", "category", "list", "ground", "rule", "class", "level", "measure"),
    *("status", "day", "since", "points"),
)
"""What is told of a record, a warning or an entry of a list that only one side has."""
A_DAY: Final = optional("a_day", DayForm(), "One side: as it held on this day.")
A_KNOWN: Final = optional("a_known", KnownForm(), "One side: as known by the end of this day.")
A_RULES: Final = optional("a_rules", DayForm(), "One side: by the rules of this day.")
B_DAY: Final = optional("b_day", DayForm(), "The other side, likewise.")
B_KNOWN: Final = optional("b_known", KnownForm(), "The other side, likewise.")
B_RULES: Final = optional("b_rules", DayForm(), "The other side, likewise.")
_POINTS: Final = (A_DAY, A_KNOWN, A_RULES, B_DAY, B_KNOWN, B_RULES)
TAKES: Final = (*_POINTS, p.AFTER_OFFSET)


class Differing(NamedTuple):
    """The fields that differ, apart by what made them so."""

    by: str
    fields: list[FieldCompared]


async def audited_subject(asked: PageAsked) -> Response:
    """Answer every event of a subject, and the difference of the two points that are asked for."""
    service, subject = asked.service, asked[p.SUBJECT]
    page: HistoryPage | None = await service.ask(
        history,
        *(asked.said("platform"), subject),
        limit=EVENTS_OF_PAGE,
        after=asked[p.AFTER_OFFSET],
    )
    if page is None:
        raise NothingRecordedError
    a, b = _side(asked, A_DAY, A_KNOWN, A_RULES), _side(asked, B_DAY, B_KNOWN, B_RULES)
    compared: StatesCompared | None = None
    if any(each.name in asked.given for each in _POINTS):
        compared = await service.ask_costly(
            read_compared, a, b, service.calendar, service.histories
        )
    frame = asked.frame
    naming = _Documents(frame.terms, load_rulebook(), page)

    def told(path: str, value: str) -> str:
        return value_told(path, value, naming, service.today())

    return frame.render(
        "audit_subject.html",
        current="audit",
        subject=subject,
        page_of=page,
        events=[(each, event_named(each.event_type, frame.terms)) for each in page.items],
        place=lambda offset: place_told(page.place.partition, offset),
        named=lambda kind: event_named(kind, frame.terms),
        compared=compared,
        finding=None if compared is None else frame.page(_finding(compared)),
        differing=[] if compared is None else _apart(compared, told),
        field_told=lambda path: field_told(path, naming),
        value_told=told,
        absent=ABSENT,
        sides=(("a", _told(asked, a, "a")), ("b", _told(asked, b, "b"))),
        points=[_point(asked, name, side) for name, side in (("a", a), ("b", b))],
        next=None if page.next_after is None else frame.here(after=page.next_after),
    )


class _Documents(Naming):
    """Names documents by the events of a page of a subject's history."""

    def __init__(self, terms: Terms, rulebook: Rulebook, page: HistoryPage) -> None:
        """Take the words, the rules, and the events."""
        super().__init__(terms, rulebook, None)
        self._numbers = {
            each.event_id: each.event.envelope.document_no for each in page.items if each.event
        }

    def document(self, event_id: str) -> str:
        """Name the document of an event; of one on another page, the start of its id."""
        return self._numbers.get(event_id) or super().document(event_id)


def _finding(compared: StatesCompared) -> str:
    """Say how they differ; of two days, each has its own law, whoever asked for none."""
    code = _FINDINGS[compared.finding]
    is_of_days = compared.a["valid_on"] != compared.b["valid_on"]
    return "diff_day_law" if code == "diff_law" and is_of_days else code


_FINDINGS: Final = {
    "the same": "diff_same",
    "other events": "diff_events",
    "same events, other law": "diff_law",
    "same events, another day": "diff_day",
}


def _side(
    asked: PageAsked,
    day: Parameter[date | None],
    known: Parameter[datetime | None],
    rules: Parameter[date | None],
) -> Question:
    """Read one side: where nothing is said, today, as known by now, by the rules of the day."""
    known_at = asked[known]
    return Question(
        platform=asked.said("platform"),
        subject_id=asked[p.SUBJECT],
        valid_on=asked[day] or asked.service.today(),
        known_at_ms=None if known_at is None else ms_of(known_at),
        rules_on=asked[rules],
    )


def _told(asked: PageAsked, side: Question, name: str) -> dict[str, str]:
    """Give the fields of a side as they stand in the form."""
    known = asked.said(f"{name}_known")
    return {
        "day": str(side.valid_on),
        "known": "" if known is None else str(known.date()),
        "rules": str(side.rules_on or ""),
    }


def _point(asked: PageAsked, name: str, side: Question) -> str:
    """Say in words what a side is of, for who reads the page printed, without its form."""
    frame, known = asked.frame, asked.said(f"{name}_known")
    return frame.page(
        "point",
        side=frame.page(f"side_{name}"),
        day=side.valid_on,
        known=known_told(frame, known, asked.given.get(f"{name}_known")),
        rules=side.rules_on or side.valid_on,
    )


def _apart(compared: StatesCompared, told: _Told) -> list[Differing]:
    """Set apart what other law alone made, then another day alone, from what events made."""
    law = [each for each in compared.fields if each.made_by == [MadeBy.LAW]]
    day = [each for each in compared.fields if each.made_by == [MadeBy.DAY]]
    rest = [each for each in compared.fields if each not in law and each not in day]
    found = (("event", rest), ("law", law), ("day", day))
    return [Differing(by, _together(fields, told)) for by, fields in found if fields]


def _together(fields: Sequence[FieldCompared], told_as: _Told) -> list[FieldCompared]:
    """Tell what only one side has, such as a record, by one line in place of one a field."""
    of_item: dict[str, list[FieldCompared]] = {}
    for each in fields:
        match = _ITEM.match(each.field)
        of_item.setdefault(each.field if match is None else match[0], []).append(each)
    told: list[FieldCompared] = []
    for item, own in of_item.items():
        if len(own) > 1 and (_all_absent(own, "a") or _all_absent(own, "b")):
            told.append(_one(item, own, told_as))
        else:
            told += own
    return told


def _all_absent(fields: Sequence[FieldCompared], side: str) -> bool:
    return all(getattr(each, side) == ABSENT for each in fields)


def _one(item: str, fields: Sequence[FieldCompared], told_as: _Told) -> FieldCompared:
    """Put the fields of an item together: what it says of itself, and all that made it so."""
    sides = {}
    for side in ("a", "b"):
        said = {
            each.field.rpartition(".")[2]: told_as(each.field, getattr(each, side))
            for each in fields
            if getattr(each, side) != ABSENT
        }
        told = [said[name] for name in _TELLING if name in said]
        sides[side] = ABSENT if _all_absent(fields, side) else " · ".join(told) or "…"
    return FieldCompared(
        item,
        sides["a"],
        sides["b"],
        [*dict.fromkeys(by for each in fields for by in each.made_by)],
        [*{event.offset: event for each in fields for event in each.events}.values()],
        [*dict.fromkeys(rule for each in fields for rule in each.rules)],
    )
