"""The state of one subject as a projector keeps it: record, what was told, where it stands.

Pure data; `projections.fold.steps` says how it moves on.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

import msgspec

from projections.notices.notice import Told
from projections.record.credit_record import CreditRecord
from projections.record.erasure import Erasure

if TYPE_CHECKING:
    from projections.profile.kept import KeptRecord
    from projections.record.credit_record import Kind

NEVER: Final = date.min


class SubjectState(msgspec.Struct, gc=False, array_like=True):
    """All that is stored of a subject. Owned by whoever folds it: steps change it in place."""

    record: CreditRecord
    told: Told
    events: int = 0
    last_offset: int = -1
    assessed_on: date = NEVER
    dismissed: list[int] = []
    erasure: Erasure | None = None


class StateAtHand(NamedTuple):
    """A state as it was written, and what was worked out of its record."""

    data: bytes
    state: SubjectState
    kept: KeptRecord


class StatesAtHand(Protocol):
    """Who keeps the states of long records between batches, as `store.warm` does."""

    def keeps(self, data: bytes) -> bool:
        """Say whether a packed state is of a record long enough to be kept."""

    def take(self, subject_id: str, data: bytes) -> StateAtHand | None:
        """Hand over what is kept of a subject, if its row still holds what was written."""


def new_state() -> SubjectState:
    """Give the state of a subject of which nothing is known."""
    return SubjectState(CreditRecord(), Told())


_encoder: Final = msgspec.msgpack.Encoder()
_decoder: Final = msgspec.msgpack.Decoder(SubjectState)


def encode_state(state: SubjectState, packed: dict[int | Kind, bytes] | None = None) -> bytes:
    """Pack a state for its row.

    `packed` holds of some kinds of matters and tallies how these pack; what lacks is added to it.
    """
    if packed is None:
        return _encoder.encode(state)
    record = state.record
    parts = (
        {kind: _raw(packed, kind, matters) for kind, matters in record.kinds.items()},
        record.marked,
        record.facts,
        {kind: _raw(packed, kind, days) for kind, days in record.tallies.items()},
        *(record.names, record.repeats, record.anomalies, record.rewritten),
    )
    told = (state.told, state.events, state.last_offset, state.assessed_on)
    return _encoder.encode((parts, *told, state.dismissed, state.erasure))


def _raw(packed: dict[int | Kind, bytes], kind: int | Kind, of_kind: object) -> msgspec.Raw:
    data = packed.get(kind)
    if data is None:
        data = packed[kind] = _encoder.encode(of_kind)
    return msgspec.Raw(data)


def decode_state(data: bytes) -> SubjectState:
    """Unpack a state from its row."""
    return _decoder.decode(data)
