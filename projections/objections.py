"""The course of an objection (异议): raised, answered, re-reviewed (复核), answered again. Pure.

Every answer is kept. The first stands until a later one of the same course, which holds from its
own day; what a re-review says goes before what was answered below it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from projections.deadlines import objection_deadline
from projections.rules import FOREVER, Place
from projections.shown import ShownAnswer, ShownObjection

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from projections.credit_record import Fact
    from projections.marks import Marks, Objection, Reply
    from projections.rules import RulesOfDay


def is_pending(objection: Objection, on: date) -> bool:
    """Say whether an objection, or what asks for a re-review, waits for its answer on a day."""
    answered = objection.answered_on
    return objection.raised_on <= on and (answered is None or on < answered)


def standing_answers(objections: Sequence[Objection], on: date) -> list[Reply]:
    """Give the answers that hold on a day or will later: none that another has replaced by then."""
    courses: dict[str, list[tuple[int, Objection]]] = {}
    earlier = {objection.event_id: objection for objection in objections}
    for objection in objections:
        first, reviews = _origin(objection, earlier)
        courses.setdefault(first, []).append((reviews, objection))
    found: list[Reply] = []
    for course in courses.values():
        course.sort(key=lambda stage: stage[0])
        replaced_on = FOREVER
        for answer in reversed([reply for _, each in course for reply in each.answers]):
            if on < replaced_on and answer.day < replaced_on:
                found.append(answer)
            replaced_on = min(replaced_on, answer.day)
    return found


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


def place_of_fact(fact: Fact) -> Place:
    """Give what the scope of a rule looks at in what a register says."""
    kind = "SubjectChanged" if fact.kind is None else "SubjectRegistered"
    return kind, fact.category, fact.region


def is_deleted(place: Place, marks: Marks | None, rules: RulesOfDay) -> bool:
    """Say whether what was recorded is, on the day of the rules, as if it had never been."""
    if marks is None:
        return False
    for answer in standing_answers(marks.objections, rules.on):
        found = rules.objection(place, answer.day)
        if found is not None and found[1].effects.get(answer.outcome) == "void":
            return True
    return False


def shown_objections(
    place: Place, marks: Marks | None, rules: RulesOfDay
) -> tuple[ShownObjection, ...]:
    """Give the objections raised by the day, each with its last day and its answers so far."""
    if marks is None:
        return ()
    return tuple(
        _shown(objection, place, rules)
        for objection in marks.objections
        if objection.raised_on <= rules.on
    )


def _shown(objection: Objection, place: Place, rules: RulesOfDay) -> ShownObjection:
    due = objection_deadline(objection, place, rules)
    return ShownObjection(
        objection.event_id,
        objection.raised_on,
        objection.review_of,
        None if due == FOREVER else due,
        tuple(
            ShownAnswer(answer.event_id, answer.day, answer.department, answer.outcome.value)
            for answer in objection.answers
            if answer.day <= rules.on
        ),
    )
