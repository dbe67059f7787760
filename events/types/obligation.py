"""Obligations: in default (逾期、欠费、欠薪), promised (承诺、合同), and what became of them."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

import msgspec

from events.envelope import Envelope


class ObligationDefaulted(msgspec.Struct, frozen=True, gc=False):
    """An obligation to pay was not met: wages, a loan, utilities, social insurance."""

    envelope: Envelope
    creditor: str | None = None
    amount_fen: int | None = None
    due_on: date | None = None
    ordered_by: date | None = None
    persons: int | None = None
    period: str | None = None


class CommitmentMade(msgspec.Struct, frozen=True, gc=False):
    """A subject committed itself (信用承诺) or entered a contract (合同)."""

    envelope: Envelope
    matter: str
    accepted_by: str | None = None
    due_on: date | None = None


class Outcome(StrEnum):
    """What became of an obligation."""

    PERFORMED = "performed"
    PARTLY_PERFORMED = "partly_performed"
    BREACHED = "breached"
    WAIVED = "waived"


class ObligationSettled(msgspec.Struct, frozen=True, gc=False):
    """What became of an obligation, a penalty or an enforcement (履行情况)."""

    envelope: Envelope
    concerns: str
    outcome: Outcome
    paid_fen: int | None = None
