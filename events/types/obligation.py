"""Obligations: in default (逾期、欠费、欠薪), promised (承诺、合同), and what became of them."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, TypeAlias

from events.fields import (
    AnyDay,
    EarlierDay,
    FreeText,
    LaterDay,
    NeededThingName,
    PersonName,
    Whole,
)
from events.roles import Original, OwnAmendment

Persons: TypeAlias = Annotated[int, Whole(1, 10**7, "persons")]


class ObligationDefaulted(Original, frozen=True, gc=False):
    """An obligation to pay was not met: wages, a loan, utilities, social insurance."""

    creditor: PersonName | None = None
    amount_fen: int | None = None
    due_on: EarlierDay | None = None
    ordered_by: AnyDay | None = None
    persons: Persons | None = None
    period: FreeText | None = None


class CommitmentMade(Original, frozen=True, gc=False):
    """A subject committed itself (信用承诺) or entered a contract (合同)."""

    matter: NeededThingName
    accepted_by: PersonName | None = None
    due_on: LaterDay | None = None


class Outcome(StrEnum):
    """What became of an obligation."""

    PERFORMED = "performed"
    PARTLY_PERFORMED = "partly_performed"
    BREACHED = "breached"
    WAIVED = "waived"


class ObligationSettled(OwnAmendment, frozen=True, gc=False):
    """What became of an obligation, a penalty or an enforcement (履行情况)."""

    outcome: Outcome
    paid_fen: int | None = None
