"""The stages of a case, chained by number: filed (涉案受理), judged (诉讼判决), enforced (执行).

Pure. A subject's cases are read from its entries when they are asked for, not kept in its record,
since a bank or an insurer may have thousands of them.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import msgspec

from events.numbers import number_key, same_number
from events.types.court import CaseFiled, EnforcementOpened, JudgmentRendered
from projections.record.traits import owed_fen

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from projections.record.entry import Entry


class CaseStage(msgspec.Struct, frozen=True):
    """One stage of a case: `filed`, `judged` or `enforced`; amounts are fen, None unknown."""

    stage: str
    number: str
    event_id: str
    day: date
    day_basis: str
    department: str
    role: str | None
    cause: str | None
    result: str | None
    amount_fen: int | None
    owed_fen: int | None
    ended_on: date | None


class Case(msgspec.Struct, frozen=True):
    """A case by the number of its first known stage; stages in the order of their days.

    `names` are the numbers that its stages refer to and that no stage known has.
    """

    number: str
    stages: tuple[CaseStage, ...]
    names: tuple[str, ...]


def chain_cases(entries: Iterable[Entry], on: date) -> list[Case]:
    """Chain the court stages of a subject that are in effect on a day, by their numbers."""
    known = [s for entry in entries if (s := _stage(entry, on)) is not None]
    by_number: dict[str, list[tuple[CaseStage, str | None]]] = {}
    for stage, refers_to in known:
        by_number.setdefault(number_key(stage.number), []).append((stage, refers_to))
    parents = {
        number_key(stage.number): number_key(refers_to)
        for stage, refers_to in known
        if refers_to is not None and not same_number(refers_to, stage.number)
    }
    chains: dict[str, list[tuple[CaseStage, str | None]]] = {}
    for key, stages in by_number.items():
        chains.setdefault(_first_known(key, parents, by_number), []).extend(stages)
    built = (_case(by_number[first][0][0].number, stages) for first, stages in chains.items())
    return sorted(built, key=_first_day)


def _first_known(number: str, parents: dict[str, str], known: Container[str]) -> str:
    """Follow the numbers back to the first stage that is known; a circle ends where it began."""
    seen = {number}
    while (parent := parents.get(number)) is not None and parent in known and parent not in seen:
        seen.add(parent)
        number = parent
    return number


def _case(number: str, chained: list[tuple[CaseStage, str | None]]) -> Case:
    stages = sorted((stage for stage, _ in chained), key=lambda s: (s.day, s.event_id))
    known = {number_key(stage.number) for stage in stages}
    names = {said for _, said in chained if said is not None and number_key(said) not in known}
    return Case(number, tuple(stages), tuple(sorted(names)))


def _first_day(case: Case) -> tuple[date, str]:
    return case.stages[0].day, case.number


def _stage(entry: Entry, on: date) -> tuple[CaseStage, str | None] | None:
    """Read a stage and the number that it refers to; None for what is no stage or not yet."""
    event = entry.event
    if entry.annulled or entry.clock.day > on:
        return None
    if isinstance(event, CaseFiled):
        role, cause, claim = event.role.value, event.cause, event.claim_fen
        return _built(entry, "filed", role, cause, None, claim, None), None
    if isinstance(event, JudgmentRendered):
        role, cause, amount = event.role.value, event.cause, event.amount_fen
        return _built(entry, "judged", role, cause, event.result, amount, None), event.filed_no
    if isinstance(event, EnforcementOpened):
        target, number = event.target_fen, event.judgment_no
        owed = owed_fen(target, entry.payments, on)
        return _built(entry, "enforced", None, None, None, target, owed), number
    return None


def _built(
    entry: Entry,
    stage: str,
    role: str | None,
    cause: str | None,
    result: str | None,
    amount_fen: int | None,
    owed: int | None,
) -> CaseStage:
    envelope = entry.event.envelope
    return CaseStage(
        stage,
        envelope.document_no,
        envelope.event_id,
        entry.clock.day,
        entry.clock.basis,
        envelope.department,
        role,
        cause,
        result,
        amount_fen,
        owed,
        entry.ended_on,
    )
