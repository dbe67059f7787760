"""The three stages of a case: filed (涉案受理), judged (诉讼判决), enforced (案件执行)."""

from __future__ import annotations

from enum import StrEnum

from events.fields import DocumentNo, FreeText, LaterDay
from events.roles import Original


class CourtRole(StrEnum):
    """Role of the subject in a case."""

    PLAINTIFF = "plaintiff"
    DEFENDANT = "defendant"
    THIRD_PARTY = "third_party"
    PERSON_EXECUTED = "person_executed"
    OTHER = "other"


class CaseFiled(Original, frozen=True, gc=False):
    """A court accepted a case; its number is the case number (案号)."""

    role: CourtRole
    cause: FreeText | None = None
    claim_fen: int | None = None


class JudgmentRendered(Original, frozen=True, gc=False):
    """A court gave a judgment that has taken effect; its number is the case number (案号)."""

    role: CourtRole
    cause: FreeText | None = None
    result: FreeText | None = None
    amount_fen: int | None = None
    filed_no: DocumentNo | None = None
    sentence_served_on: LaterDay | None = None


class EnforcementOpened(Original, frozen=True, gc=False):
    """A court opened enforcement (执行立案); `judgment_no` names what it enforces."""

    judgment_no: DocumentNo | None = None
    target_fen: int | None = None
