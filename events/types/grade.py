"""Grades that departments give (信用评价等级): tax, labour, environment, customs."""

from __future__ import annotations

from events.fields import FreeText, GradeCode, LaterDay, SchemeCode, Year
from events.roles import Original


class GradeAssigned(Original, frozen=True, gc=False):
    """A department graded the subject by its own scheme; `period` is the year assessed."""

    scheme: SchemeCode
    grade: GradeCode
    period: Year | None = None
    valid_until: LaterDay | None = None
    basis: FreeText | None = None
