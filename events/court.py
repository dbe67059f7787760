"""Judgments that have taken effect (生效裁判)."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from events.envelope import Envelope


class CourtRole(StrEnum):
    """Role of the subject in a case."""

    PLAINTIFF = "plaintiff"
    DEFENDANT = "defendant"
    THIRD_PARTY = "third_party"
    PERSON_EXECUTED = "person_executed"
    OTHER = "other"


class JudgmentRendered(msgspec.Struct, frozen=True, gc=False):
    """A court gave a judgment that has taken effect; its number is the case number (案号)."""

    envelope: Envelope
    role: CourtRole
    cause: str | None = None
    result: str | None = None
    amount_fen: int | None = None
