"""Grades that departments give (信用评价等级): tax, labour, environment, customs."""

from __future__ import annotations

from datetime import date

import msgspec

from events.envelope import Envelope


class GradeAssigned(msgspec.Struct, frozen=True, gc=False):
    """A department graded the subject by its own scheme; `period` is the year assessed."""

    envelope: Envelope
    scheme: str
    grade: str
    period: int | None = None
    valid_until: date | None = None
    basis: str | None = None
