"""One entry of a credit record (信用记录): an original event and all that later events said of it.

Pure. An entry is the fold of its chain: every ledger event that names the same record, in ledger
order. Chains are short, so a late or repeated event is met by folding its chain anew.
"""

from __future__ import annotations

from datetime import date

import msgspec

from events.envelope import Dated
from events.roles import Original
from projections.record.marks import (
    Answer,
    Marks,
    Payment,
)


class Entry(msgspec.Struct, frozen=True, gc=False):
    """A record as now known: the original, corrected, and what ends or lessens it, with days."""

    event: Original
    offset: int
    clock: Dated
    payments: tuple[Payment, ...] = ()
    ended_on: date | None = None
    ended_by: str | None = None
    annulled: bool = False
    corrections: tuple[str, ...] = ()
    marks: Marks | None = None
    answers: tuple[Answer, ...] = ()
    heard_on: date | None = None


class Anomaly(msgspec.Struct, frozen=True, gc=False):
    """An event that stands in the ledger and has no effect, and why."""

    event_id: str
    offset: int
    kind: str


class Chain(msgspec.Struct, frozen=True, gc=False):
    """The fold of a chain: the entry (None while its original is awaited) and the anomalies."""

    entry: Entry | None
    repeats: int = 0
    anomalies: tuple[Anomaly, ...] = ()


EMPTY_CHAIN = Chain(None)
