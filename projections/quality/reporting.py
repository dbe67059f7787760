"""What departments reported (部门报送), counted as it is applied. Pure, compiled.

The shapes and the rest of the assessment stand in `projections.quality.quality`.
"""

from __future__ import annotations

from datetime import date  # noqa: TC003 - mypyc needs it at run time
from typing import TYPE_CHECKING, Final

from events.envelope import Source
from events.types.amendment import RecordCorrected, RecordRevoked
from projections.quality.quality import Counts, Deadlines, LastDays, Reporter
from projections.record.chain import Flaw

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from projections.ledger.message import Known

_IMPORTED: Final = Source.IMPORTED
_SELF_DECLARED: Final = Source.SELF_DECLARED
_REPEAT: Final = Flaw.REPEAT
_CONFLICT: Final = Flaw.CONFLICT
_WAITING: Final = Flaw.WAITING


class Reporting:
    """What was reported, counted as it is applied."""

    def __init__(self, deadlines: Deadlines) -> None:
        """Begin with nothing counted."""
        self._deadlines = deadlines
        self._alike: dict[tuple[str, str, type, str, date], tuple[Counts, LastDays]] = {}

    def count(self, applied: Iterable[Known], flaws: Mapping[int, Flaw]) -> None:
        """Count events that were applied; `flaws` says by offset what is wrong with some of them.

        What was imported or declared by its subject owes nobody a day, so it is never due.
        """
        told_apart = self._deadlines.told_apart
        alike = self._alike
        for known in applied:
            event = known.event
            envelope = event.envelope
            recorded_on = known.recorded_on
            kind = type(event)
            region = "" if told_apart is None else told_apart(envelope.region)
            place = (envelope.department, envelope.category, kind, region, recorded_on)
            counted = alike.get(place)
            if counted is None:
                last_days = self._deadlines.last_days(kind.__name__, envelope.category, region)
                counted = alike[place] = (Counts(), last_days)
            counts, last_days = counted
            counts.events += 1
            if flaws and (flaw := flaws.get(known.offset)) is not None:
                _count_flaw(counts, flaw)
                if flaw is not _WAITING:
                    continue  # It says nothing, so there was nothing to report by a day.
            if envelope.remarks:
                counts.remarked += 1
            if kind is RecordCorrected:
                counts.corrected += 1
            elif kind is RecordRevoked:
                # To take back an amendment is to correct oneself; the record stands.
                if event.amendment is None:  # type: ignore[union-attr]
                    counts.revoked += 1
                else:
                    counts.corrected += 1
            decided_on = envelope.occurred_on
            source = envelope.source
            if decided_on is None:
                counts.undated += 1
            elif source is not _IMPORTED and source is not _SELF_DECLARED:
                last_day = last_days[decided_on]
                if last_day is not None:
                    counts.due += 1
                    if recorded_on > last_day:
                        counts.late += 1
                        counts.late_days += (recorded_on - last_day).days

    def by_month(self) -> dict[Reporter, Counts]:
        """Give what was counted, by department, category and month."""
        by_reporter: dict[Reporter, Counts] = {}
        for (department, category, _, _, day), (counts, _) in self._alike.items():
            reporter = Reporter(department, category, day.replace(day=1))
            held = by_reporter.get(reporter)
            if held is None:
                held = by_reporter[reporter] = Counts()
            held.add(counts)
        return by_reporter


def _count_flaw(counts: Counts, flaw: Flaw) -> None:
    if flaw is _REPEAT:
        counts.repeats += 1
    elif flaw is _CONFLICT:
        counts.conflicts += 1
    elif flaw is _WAITING:
        counts.waiting += 1
    else:
        counts.misplaced += 1
