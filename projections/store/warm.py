"""Long records kept at hand between batches: unpacked, with what was worked out of them.

A subject of many matters costs what it has, each time that an event touches it: unpacking, and
concluding every matter anew. So the states of such subjects stay with the projector that wrote
them. What is kept serves only where the row still holds the very bytes that were written; whoever
takes it owns it, so that what a failed transaction did to it is never met again.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Final

from projections.fold.state import StateAtHand

if TYPE_CHECKING:
    from projections.fold.state import SubjectState
    from projections.profile.kept import KeptRecord

WARM_FROM_BYTES: Final = 2 * 1024
"""From so many packed bytes on a state is kept: some seven matters."""

WARM_BYTES_MAX: Final = 5 * 1024 * 1024
"""Packed bytes of all states kept by a process; in memory they take fifteen times that."""


class Warm:
    """The states last written of long records; several threads may take and keep."""

    def __init__(self, bytes_max: int = WARM_BYTES_MAX) -> None:
        """Keep at most so many packed bytes; what was used last stays longest."""
        self._bytes_max = bytes_max
        self._bytes = 0
        self._states: OrderedDict[str, StateAtHand] = OrderedDict()
        self._lock = Lock()

    def keeps(self, data: bytes) -> bool:
        """Say whether a packed state is of a record long enough to be kept."""
        return len(data) >= WARM_FROM_BYTES

    def take(self, subject_id: str, data: bytes) -> StateAtHand | None:
        """Hand over what is kept of a subject, if its row still holds what was written."""
        if not self.keeps(data):
            return None
        with self._lock:
            kept = self._states.pop(subject_id, None)
            if kept is None:
                return None
            self._bytes -= len(kept.data)
        return kept if kept.data == data else None

    def keep(
        self,
        subject_id: str,
        data: bytes,
        state: SubjectState,
        worked_out: KeptRecord,
    ) -> None:
        """Keep a state as it was written and committed; the caller lets go of it."""
        if not self.keeps(data):
            return
        with self._lock:
            before = self._states.pop(subject_id, None)
            self._bytes += len(data) - (0 if before is None else len(before.data))
            self._states[subject_id] = StateAtHand(data, state, worked_out)
            while self._bytes > self._bytes_max and self._states:
                _, oldest = self._states.popitem(last=False)
                self._bytes -= len(oldest.data)
