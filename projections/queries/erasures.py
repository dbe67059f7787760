"""Erasures as they are told: where each stands, and what keeps a person from being erased."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec

from events.envelope import Platform
from events.errors import LedgerError
from events.identifiers import is_person_token
from events.rules.access import Role
from projections.fold.state import decode_state
from projections.fold.steps import current_profile
from projections.profile.erasable import KeepsFromErasing, what_keeps
from projections.record.erasure import Erasure, ErasureStage, Hand
from projections.store.erasing.erasures import erasure_of, erasures_at
from projections.store.live import live

if TYPE_CHECKING:
    from collections.abc import Collection

    from psycopg import Connection

    from projections.access.asker import Asker
    from projections.calendar.rules import RuleCalendar

_PERSON = Platform.PERSON

SUBJECTS = "subjects"
"""The department in whose name persons speak for themselves."""


class ErasureTold(msgspec.Struct, frozen=True):
    """An erasure: of whom, why, who asked for it and who approved it, and from when it is done."""

    erasure_id: str
    subject_id: str
    document_no: str
    ground: str
    stage: ErasureStage
    requested_by: Hand
    requested_on: date
    approved_by: Hand | None
    approved_on: date | None
    erases_on: date | None
    ended_on: date | None


class ErasureRefusedError(LedgerError):
    """An erasure is not taken, or has no effect: `code` says why, `kept` which records."""

    exit_code = 1

    def __init__(self, code: str, rule: str, kept: Collection[KeepsFromErasing] = ()) -> None:
        """Keep what an answer has to name."""
        named = "".join(
            f"; {each.category} {each.event_id} until {each.until or 'it ends'}" for each in kept
        )
        super().__init__(f"{code}: {rule}{named}", code=code)
        self.code, self.rule, self.kept = code, rule, tuple(kept)


def hand_of(who: Asker) -> Hand:
    """Say by whose hand. Raises `ErasureRefusedError` where the key names nobody."""
    if who.role is Role.SUBJECT:
        return Hand(SUBJECTS, who.organisation or "")
    if not who.person:
        rule = "the key names no person; `access key create --name` makes one that does"
        raise ErasureRefusedError("person_unknown", rule)
    return Hand(who.organisation or "", who.person)


def erasure_told(subject_id: str, erasure: Erasure) -> ErasureTold:
    """Tell an erasure; nothing of it names the person but the token."""
    return ErasureTold(
        erasure.request,
        subject_id,
        erasure.document_no,
        erasure.ground,
        erasure.stage,
        erasure.requested_by,
        erasure.requested_on,
        erasure.approved_by,
        erasure.approved_on,
        erasure.erases_on,
        erasure.ended_on,
    )


def erasures(
    connection: Connection[Any], subject_id: str | None, stage: ErasureStage | None, limit: int
) -> list[ErasureTold]:
    """Tell the last erasure of a person, or of all at a stage, at most `limit`."""
    at = live(connection, _PERSON)
    if subject_id is not None:
        found = erasure_of(connection, at, subject_id) if is_person_token(subject_id) else None
        known = {} if found is None or stage not in (None, found.stage) else {subject_id: found}
    else:
        stages = list(ErasureStage) if stage is None else [stage]
        known = erasures_at(connection, at, [each.value for each in stages], "", limit)
    return [erasure_told(subject, erasure) for subject, erasure in known.items()]


def standing_erasure(connection: Connection[Any], subject_id: str) -> Erasure | None:
    """Give where the erasure of a person stands."""
    return erasure_of(connection, live(connection, _PERSON), subject_id)


def is_hidden(connection: Connection[Any], subject_id: str) -> bool:
    """Say whether nobody is shown anything of a person any more."""
    erasure = standing_erasure(connection, subject_id)
    return erasure is not None and erasure.hides


def kept_from_erasing(
    connection: Connection[Any], subject_id: str, calendar: RuleCalendar, on: date
) -> list[KeepsFromErasing] | None:
    """Give what keeps a person from being erased on a day; None of whom nothing is known."""
    at = live(connection, _PERSON)
    with connection.cursor() as cursor:
        states = at.store.load_states(cursor, at.partition_of(subject_id), [subject_id])
    if subject_id not in states:
        return None
    profile = current_profile(decode_state(states[subject_id]), calendar, on)
    return what_keeps(profile, calendar.rulebook)
