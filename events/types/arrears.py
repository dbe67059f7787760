"""Tax arrears (欠税): announced or ordered, and settled."""

from __future__ import annotations

import msgspec

from events.fields import Code, FreeText
from events.roles import Original, OwnAmendment


class TaxArrearsAnnounced(Original, frozen=True, gc=False):
    """A tax authority announced or ordered payment of unpaid tax (欠税公告, 税务处理决定)."""

    taxes: list[Code] = msgspec.field(default_factory=list)
    balance_fen: int | None = None
    new_fen: int | None = None
    period: FreeText | None = None


class TaxArrearsSettled(OwnAmendment, frozen=True, gc=False):
    """Tax owed was paid, in part or whole (欠税清缴)."""

    paid_fen: int | None
    cleared: bool
