"""Tax arrears (欠税): announced or ordered, and settled."""

from __future__ import annotations

import msgspec

from events.envelope import Envelope
from events.fields import Code, EventId, FreeText


class TaxArrearsAnnounced(msgspec.Struct, frozen=True, gc=False):
    """A tax authority announced or ordered payment of unpaid tax (欠税公告, 税务处理决定)."""

    envelope: Envelope
    taxes: list[Code] = []
    balance_fen: int | None = None
    new_fen: int | None = None
    period: FreeText | None = None


class TaxArrearsSettled(msgspec.Struct, frozen=True, gc=False):
    """Tax owed was paid, in part or whole (欠税清缴)."""

    envelope: Envelope
    concerns: EventId
    paid_fen: int | None
    cleared: bool
