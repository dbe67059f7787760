"""Where the erasure of what is kept of a person stands, and what its events do to it. Pure.

Requested, approved by another person, days of waiting, done: what comes out of this order, or by
the wrong hand, has no effect. Days are those on which an event was recorded, which nobody chooses.
The vault goes by the same steps, from Kafka alone.
"""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias, assert_never, cast

import msgspec

from events.event import OF_SUBJECT
from events.rules.erasure import waiting_days
from events.types.subject import (
    ErasureApproved,
    ErasureCancelled,
    ErasureRequested,
    SubjectErased,
)

if TYPE_CHECKING:
    from projections.ledger.message import Known

AnyOfErasure: TypeAlias = ErasureRequested | ErasureApproved | ErasureCancelled | SubjectErased
ERASURE_EVENTS = frozenset(OF_SUBJECT)


class ErasureStage(StrEnum):
    """Where an erasure stands. From `approved` on nobody is shown anything of the person."""

    REQUESTED = "requested"
    APPROVED = "approved"
    CANCELLED = "cancelled"
    ERASED = "erased"


class NoEffect(StrEnum):
    """Why an event of an erasure did nothing."""

    SAID_BEFORE = "said_before"
    OPEN_ALREADY = "open_already"
    NOT_OPEN = "not_open"
    SAME_PERSON = "same_person"
    STILL_WAITING = "still_waiting"
    ERASED_ALREADY = "erased_already"


class Hand(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Who did a step: the department, and who there."""

    department: str
    by: str


class Erasure(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """The last erasure of a person; `erases_on` is the first day on which it may be done.

    `said` are the events that took effect, of earlier ones too, by id and offset: they do nothing
    when they come again, and are all that stays of the person's in the journal.
    """

    request: str
    document_no: str
    ground: str
    stage: ErasureStage
    requested_by: Hand
    requested_on: date
    approved_by: Hand | None = None
    approved_on: date | None = None
    erases_on: date | None = None
    ended_on: date | None = None
    said: tuple[tuple[str, int], ...] = ()

    @property
    def offsets(self) -> list[int]:
        """Give where the events stand that took effect."""
        return [offset for _, offset in self.said]

    @property
    def hides(self) -> bool:
        """Say whether nobody is shown anything of the person."""
        return self.stage in (ErasureStage.APPROVED, ErasureStage.ERASED)


def is_of_erasure(event: object) -> bool:
    """Say whether an event is one of an erasure."""
    return type(event) in ERASURE_EVENTS


def is_erased(erasure: Erasure | None) -> bool:
    """Say whether a person was erased: from then on nothing is kept of what comes."""
    return erasure is not None and erasure.stage is ErasureStage.ERASED


def take(erasure: Erasure | None, known: Known) -> tuple[Erasure | None, NoEffect | None]:
    """Give where an erasure stands after an event of it, and why that did nothing, if so."""
    said, on = cast("AnyOfErasure", known.event), known.recorded_on
    event_id = said.envelope.event_id
    why = _hindrance(erasure, said, on)
    if why is not None:
        return erasure, why
    hand = Hand(said.envelope.department, getattr(said, "by", ""))
    heard = (*(() if erasure is None else erasure.said), (event_id, known.offset))
    if isinstance(said, ErasureRequested):
        opened = Erasure(
            event_id,
            said.envelope.document_no,
            said.erasure_ground,
            ErasureStage.REQUESTED,
            hand,
            on,
            said=heard,
        )
        return opened, None
    return _moved(cast("Erasure", erasure), said, hand, on, heard), None


def _moved(
    erasure: Erasure,
    said: AnyOfErasure,
    hand: Hand,
    on: date,
    heard: tuple[tuple[str, int], ...],
) -> Erasure:
    match said:
        case ErasureApproved():
            return msgspec.structs.replace(
                erasure,
                stage=ErasureStage.APPROVED,
                approved_by=hand,
                approved_on=on,
                erases_on=on + timedelta(days=waiting_days(on)),
                said=heard,
            )
        case ErasureCancelled():
            return msgspec.structs.replace(
                erasure, stage=ErasureStage.CANCELLED, ended_on=on, said=heard
            )
        case SubjectErased():
            return msgspec.structs.replace(
                erasure, stage=ErasureStage.ERASED, ended_on=on, said=heard
            )
        case ErasureRequested():
            return erasure
        case _:
            assert_never(said)


def _hindrance(erasure: Erasure | None, said: AnyOfErasure, on: date) -> NoEffect | None:
    """Say why an event of an erasure does nothing; None where it does."""
    if is_erased(erasure):
        return NoEffect.ERASED_ALREADY
    if erasure is not None and said.envelope.event_id in dict(erasure.said):
        return NoEffect.SAID_BEFORE
    is_open = erasure is not None and erasure.stage is not ErasureStage.CANCELLED
    if isinstance(said, ErasureRequested):
        return NoEffect.OPEN_ALREADY if is_open else None
    if erasure is None or not is_open or said.request != erasure.request:
        return NoEffect.NOT_OPEN
    if isinstance(said, ErasureApproved):
        return approval_hindrance(erasure, Hand(said.envelope.department, said.by))
    if isinstance(said, SubjectErased):
        return erasing_hindrance(erasure, on)
    return None


def approval_hindrance(erasure: Erasure, hand: Hand) -> NoEffect | None:
    """Say why an approval by somebody would do nothing."""
    if erasure.stage is not ErasureStage.REQUESTED:
        return NoEffect.SAID_BEFORE if erasure.hides else NoEffect.NOT_OPEN
    return NoEffect.SAME_PERSON if hand == erasure.requested_by else None


def erasing_hindrance(erasure: Erasure, on: date) -> NoEffect | None:
    """Say why erasing on a day would do nothing."""
    if erasure.stage is not ErasureStage.APPROVED or erasure.erases_on is None:
        return NoEffect.NOT_OPEN
    return NoEffect.STILL_WAITING if on < erasure.erases_on else None
