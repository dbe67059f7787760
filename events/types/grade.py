"""Grades that departments give (信用评价等级): tax, labour, environment, customs."""

from __future__ import annotations

import msgspec

from events.envelope import Envelope
from events.fields import FreeText, GradeCode, LaterDay, SchemeCode, Year


class GradeAssigned(msgspec.Struct, frozen=True, gc=False):
    """A department graded the subject by its own scheme; `period` is the year assessed."""

    envelope: Envelope
    scheme: SchemeCode
    grade: GradeCode
    period: Year | None = None
    valid_until: LaterDay | None = None
    basis: FreeText | None = None
