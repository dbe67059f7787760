"""Marks of secrecy, as the rules name them, and what each does to a submission. Pure."""

from __future__ import annotations

from enum import StrEnum

from events.rules.code_lists import DatedRow


class SecrecyEffect(StrEnum):
    """What becomes of a text that bears a mark."""

    REFUSE = "refuse"
    NOT_PUBLIC = "not_public"


class SecrecyMark(DatedRow, frozen=True, kw_only=True):
    """A kind of secret, the marks by which it is known, and what they do."""

    effect: SecrecyEffect
    marks: list[str]
