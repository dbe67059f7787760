"""The course of an objection (异议): raised, answered, re-reviewed (复核), answered again. Pure.

Every answer is kept. The first stands until a later one of the same course, which holds from its
own day; what a re-review says goes before what was answered below it.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

from events.dates import FOREVER
from projections.calendar.rules import place_of
from projections.record.marks import days_of_marks, is_answered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from projections.calendar.rules import RulePlace, RulesOfDay
    from projections.record.credit_record import Fact
    from projections.record.marks import Marks, Objection, Reply
    from projections.record.matters import AnyMatter

NEVER_DELETED: Final = date.min


def is_pending(objection: Objection, on: date) -> bool:
    """Say whether an objection, or what asks for a re-review, waits for its answer on a day."""
    answered = objection.answered_on
    return objection.raised_on <= on and (answered is None or on < answered)


def standing_answers(objections: Sequence[Objection], on: date) -> list[Reply]:
    """Give the answers that hold on a day or will later: none that another has replaced by then."""
    return [
        answer
        for answer, replaced_on in _answers(objections)
        if on < replaced_on and answer.day < replaced_on
    ]


def _answers(objections: Sequence[Objection]) -> list[tuple[Reply, date]]:
    """Give each answer, and the first day on which a later one of its course has replaced it."""
    courses: dict[str, list[tuple[int, Objection]]] = {}
    earlier = {objection.event_id: objection for objection in objections}
    for objection in objections:
        first, reviews = _origin(objection, earlier)
        courses.setdefault(first, []).append((reviews, objection))
    answers: list[tuple[Reply, date]] = []
    for course in courses.values():
        course.sort(key=lambda stage: stage[0])
        replaced_on = FOREVER
        for answer in reversed([reply for _, each in course for reply in each.answers]):
            answers.append((answer, replaced_on))
            replaced_on = min(replaced_on, answer.day)
    return answers


def _origin(objection: Objection, earlier: dict[str, Objection]) -> tuple[str, int]:
    """Give the first objection of a course, and how many re-reviews lie between."""
    reviews = 0
    # What is not known (yet), or was raised later, is not what is looked at again.
    while (
        (above := earlier.get(objection.review_of or "")) is not None
        and above.raised_on <= objection.raised_on
        and reviews < len(earlier)
    ):
        objection, reviews = above, reviews + 1
    return objection.event_id, reviews


def place_of_fact(fact: Fact) -> RulePlace:
    """Give what the scope of a rule looks at in what a register says."""
    kind = "SubjectChanged" if fact.kind is None else "SubjectRegistered"
    return kind, fact.category, fact.region


def is_deleted(place: RulePlace, marks: Marks | None, rules: RulesOfDay) -> bool:
    """Say whether what was recorded is, on the day of the rules, as if it had never been."""
    return marks is not None and rules.on < deleted_until(place, marks, rules)


def deleted_until(place: RulePlace, marks: Marks | None, rules: RulesOfDay) -> date:
    """Give the first day on which what was recorded is there again, if an answer deleted it.

    A deletion holds on all days before: `date.min` where nothing deletes, `FOREVER` where no later
    answer takes it back. It is the same by the rules of any day: those of the answer's count.
    """
    until = NEVER_DELETED
    for answer, replaced_on in _answers(() if marks is None else marks.objections):
        if until < replaced_on and answer.day < replaced_on:
            cited = rules.objection(place, answer.day)
            if cited is not None and cited[1].effects.get(answer.outcome) == "void":
                until = replaced_on
    return until


def marks_on(matter: AnyMatter, rules: RulesOfDay) -> tuple[bool, date]:
    """Say whether marks delete a matter, and give the next day that any of them names."""
    marks = matter.marks
    is_gone = is_answered(marks) and is_deleted(place_of(matter), marks, rules)
    return is_gone, next_day_of(marks, rules.on)


def next_day_of(marks: Marks | None, on: date) -> date:
    """Give the next day that marks name; `FOREVER` where none does."""
    return min([day for day in days_of_marks(marks) if day > on], default=FOREVER)
