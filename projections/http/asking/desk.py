"""The desk: where the service hands in what is said to it, and asks what became of it. A seam.

The service itself writes nothing and knows no broker; whoever composes it gives it a desk.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from projections.queries.outcomes import LineFate

if TYPE_CHECKING:
    from psycopg import Connection

    from projections.queries.waiting import Addressed


class LineTold(msgspec.Struct, frozen=True):
    """What became of a line by now; `why` gives the codes of what it waits for or fell to."""

    line: int
    outcome: LineFate
    why: tuple[str, ...]
    event_id: str | None


class ReceiptTold(msgspec.Struct, frozen=True):
    """A receipt: whose, of when, of which file, and what became of its lines."""

    receipt_id: str
    department: str
    given_at: datetime
    name: str
    lines: list[LineTold]


class TakenNote(msgspec.Struct, frozen=True):
    """What became of an acknowledgement; `repeat` where note was taken before.

    `waiting` where it was handed in and is not recorded yet: the receipt tells.
    """

    warning_id: str
    department: str
    outcome: LineFate
    receipt: str | None = None


class Desk(Protocol):
    """Takes what is reported. Raises `DeskAwayError` where it cannot."""

    def receipt(self, connection: Connection[Any], receipt_id: str) -> ReceiptTold | None:
        """Give a receipt, and what became of its lines by now; None where there is none."""

    def take_note(self, told: Addressed, department: str, note: str | None) -> TakenNote:
        """Record that a department took note of a warning. Raises `NotTakenError`."""
