"""As-of: a subject's state valid on a day, as known at a cut of the ledger. Pure.

The answer depends on the messages before the cut, the day and the rulebook, on nothing else; so
Postgres and Kafka give the same bytes, and the hash can be checked by anybody. Messages of others
are asked for only where the subject is tied to somebody.
"""

from __future__ import annotations

import hashlib
from datetime import date
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from events.rules.edition import edition
from projections.as_of.contagion import Contagion, contagion_as_of
from projections.as_of.known_history import ParkedAt, known_history, record_on
from projections.profile.profile import assess
from projections.profile.shapes import Profile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from events.event import Event
    from projections.as_of.contagion import Look
    from projections.as_of.question import Part, Question
    from projections.calendar.rules import RuleCalendar
    from projections.ledger.message import Known, Read
    from projections.record.credit_record import CreditRecord


class Held(msgspec.Struct, frozen=True, gc=False):
    """One event of the subject that the answer rests on."""

    offset: int
    event_id: str
    event_type: str
    recorded_ms: int


class OwnState(msgspec.Struct, frozen=True, gc=False):
    """What follows from the subject's own messages before its cut.

    `cut` is the first offset not known; `rules_on` the day whose rules were used.
    """

    platform: str
    subject_id: str
    valid_on: date
    partition: int
    cut: int
    rules_on: date
    events: list[Held]
    parked: ParkedAt | None
    profile: Profile | None


class State(OwnState, frozen=True, gc=False):
    """The answer: the subject's own state, and what reaches it from others at the same cut.

    `known_at` is the moment that was asked for, in ISO 8601; None where the cut was given, or is
    all that is known.
    """

    contagion: Contagion
    known_at: str | None


class StateDocument(msgspec.Struct, frozen=True, gc=False):
    """The answer as `state_bytes` writes it: each part, the SHA-256 of its bytes, the edition."""

    state: OwnState
    state_hash: str
    contagion: Contagion
    contagion_hash: str
    edition: str
    known_at: str | None


class Concluded(NamedTuple):
    """A state, and what it was concluded from: the record of the facts in effect on its day."""

    state: OwnState
    record: CreditRecord
    chains: Mapping[str, Sequence[Known]]


_canonical: Final = msgspec.json.Encoder(order="sorted")


def canonical(value: Any) -> bytes:
    """Encode as canonical JSON: UTF-8, keys sorted, no white space, no floats."""
    return _canonical.encode(value)


def state_bytes(state: State) -> bytes:
    """Give the answer as canonical JSON: both parts, SHA-256 of the bytes of each, edition, moment.

    The hash of the state rests on the subject's own messages alone, so that it stays what it was
    whoever is tied to whom, and needs no more of a cut than the subject's own partition.
    """
    own, contagion = canonical(_own(state)), canonical(state.contagion)
    return b"".join(
        (
            *(b'{"contagion":', contagion, b',"contagion_hash":"', _sha256(contagion)),
            *(b'","edition":', canonical(edition()), b',"known_at":', canonical(state.known_at)),
            *(b',"state":', own, b',"state_hash":"', _sha256(own), b'"}'),
        )
    )


def state_hash(state: OwnState) -> str:
    """Give the SHA-256 of the state's canonical JSON, as `state_bytes` names it."""
    return _sha256(canonical(_own(state))).decode()


def _own(state: OwnState) -> OwnState:
    return OwnState(*(getattr(state, name) for name in OwnState.__struct_fields__))


def _sha256(body: bytes) -> bytes:
    return hashlib.sha256(body).hexdigest().encode()


def state_as_of(
    items: Sequence[Read],
    question: Question,
    part: Part,
    calendar: RuleCalendar,
    look: Look | None = None,
) -> State:
    """Fold the subject's messages before the cut, and assess on the day.

    `items` are all of the subject within `part`, to which the question's cut or moment came, in
    ledger order, their recorded times made monotone over the partition. Facts whose own day is
    after that asked about are left out. `look` finds who shares a representative or controller;
    without it the answer says that nobody looked.
    """
    own, _, chains = concluded_as_of(items, question, part, calendar)
    rules = calendar.on(question.rules_of).seen_from(question.valid_on)
    contagion = contagion_as_of(chains, question.subject_id, rules, calendar, look)
    return State(
        **{name: getattr(own, name) for name in own.__struct_fields__},
        contagion=contagion,
        known_at=question.known_at,
    )


def concluded_as_of(
    items: Sequence[Read], question: Question, part: Part, calendar: RuleCalendar
) -> Concluded:
    """Answer as `state_as_of` does but for contagion; and give what it was concluded from."""
    applied, chains, parked = known_history(items, calendar)
    record, later = record_on(chains, question.valid_on)
    rules = calendar.on(question.rules_of).seen_from(question.valid_on)
    profile = assess(record, rules) if applied else None
    if profile is not None and later is not None:
        changes_on = min(later, profile.next_change_on or later)
        profile = msgspec.structs.replace(profile, next_change_on=changes_on)
    state = OwnState(
        question.platform,
        question.subject_id,
        question.valid_on,
        part.partition,
        part.cut,
        question.rules_of,
        [_held(item, item.event) for item in applied if item.event is not None],
        parked,
        profile,
    )
    return Concluded(state, record, chains)


def _held(item: Read, event: Event) -> Held:
    message = item.message
    return Held(message.offset, event.envelope.event_id, type(event).__name__, message.recorded_ms)
