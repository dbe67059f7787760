"""What was worked out of a long record, kept from event to event and from batch to batch. Pure.

An event changes the matters of one kind, or the tallies of one, and what else was read, concluded
and packed of the record stands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from projections.signals.kept import KeptSignals

if TYPE_CHECKING:
    from collections.abc import Iterable

    from projections.calendar.slots import Slots
    from projections.profile.shapes import ConcludedRecord
    from projections.profile.tallies import TallySum
    from projections.record.credit_record import Kind


@final
class KeptRecord:
    """What is kept of one record; whoever folds the record owns it too."""

    def __init__(self, signals: KeptSignals | None = None) -> None:
        """Begin with nothing worked out."""
        self.signals = KeptSignals() if signals is None else signals
        self.records: dict[str, ConcludedRecord] = {}
        """What was concluded of matters, by their event ids."""
        self.whole: Slots = {}
        """What others conclude of the record as a whole, while only tallies change."""
        self.sums: dict[Kind, TallySum] = {}
        self.packed: dict[int | Kind, bytes] = {}
        """Matters by their kind, and tallies by theirs, as they were packed last."""

    def change(self, changed: Iterable[int | Kind], event_id: str) -> None:
        """Note that a record changed: forget what was worked out of its kinds as a whole."""
        for each in changed:
            self.packed.pop(each, None)
            if isinstance(each, int):
                self.whole.clear()
                self.signals.parts.change(each, event_id)
            else:
                self.sums.pop(each, None)
