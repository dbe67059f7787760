"""Lists of serious dishonesty (严重失信主体名单) and their like: entry and removal."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from events.fields import (
    DocumentNo,
    FreeText,
    GroundCode,
    Holds,
    LaterDay,
    ListCode,
    PartyCode,
    PastDay,
    Text,
    Whole,
)
from events.roles import Original, OthersAmendment, OwnAmendment

RemovalReason: TypeAlias = Annotated[
    str,
    Text(
        Holds.CODE,
        one_of=("performed", "settled", "term_over", "repaired", "entered_wrongly", "other"),
    ),
]
TermMonths: TypeAlias = Annotated[int, Whole(1, 1_200, "months")]


class ListNoticeGiven(Original, frozen=True, gc=False):
    """Notice that the subject is to enter a list (列入告知), with the time for its defence."""

    list: ListCode
    ground: GroundCode
    defence_until: LaterDay | None = None
    facts: FreeText | None = None


class DefenceMade(OthersAmendment, frozen=True, gc=False):
    """The subject stated its case against a notice (陈述申辩), or waived that."""

    waived: bool = False
    text: FreeText | None = None


class ListEntered(Original, frozen=True, gc=False):
    """A competent organ decided that the subject enters a list (列入名单决定)."""

    list: ListCode
    ground: GroundCode
    notified_on: PastDay | None = None
    term_months: TermMonths | None = None
    basis_document: FreeText | None = None
    duty: FreeText | None = None
    performance: FreeText | None = None
    notice_no: DocumentNo | None = None
    responsible: tuple[PartyCode, ...] = ()


class ListRemoved(OwnAmendment, frozen=True, gc=False):
    """A competent organ decided that the subject leaves a list (移出名单决定)."""

    reason: RemovalReason
