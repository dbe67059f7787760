"""Lists of serious dishonesty (严重失信主体名单) and their like: entry and removal."""

from __future__ import annotations

from datetime import date

import msgspec

from events.envelope import Envelope


class ListNoticeGiven(msgspec.Struct, frozen=True, gc=False):
    """Notice that the subject is to enter a list (列入告知), with the time for its defence."""

    envelope: Envelope
    list: str
    ground: str
    defence_until: date | None = None
    facts: str | None = None


class DefenceMade(msgspec.Struct, frozen=True, gc=False):
    """The subject stated its case against a notice (陈述申辩), or waived that."""

    envelope: Envelope
    concerns: str
    waived: bool = False
    text: str | None = None


class ListEntered(msgspec.Struct, frozen=True, gc=False):
    """A competent organ decided that the subject enters a list (列入名单决定)."""

    envelope: Envelope
    list: str
    ground: str
    notified_on: date | None = None
    term_months: int | None = None
    basis_document: str | None = None
    duty: str | None = None
    performance: str | None = None
    notice_no: str | None = None
    responsible: tuple[str, ...] = ()


class ListRemoved(msgspec.Struct, frozen=True, gc=False):
    """A competent organ decided that the subject leaves a list (移出名单决定)."""

    envelope: Envelope
    concerns: str
    reason: str
