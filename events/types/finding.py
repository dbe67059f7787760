"""Findings short of a penalty: inspections (检查), recalls (召回), recorded conduct (失信行为)."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, TypeAlias

from events.fields import DocumentNo, FreeText, LaterDay, NeededThingName, ThingName, Whole
from events.roles import Original

RecallLevel: TypeAlias = Annotated[int, Whole(1, 3, "from the gravest down")]


class InspectionResult(StrEnum):
    """What an inspection found."""

    PASSED = "passed"
    FAILED = "failed"
    RECTIFY = "rectify"
    REFUSED = "refused"
    NOT_FOUND = "not_found"


class Seriousness(StrEnum):
    """How serious a conduct or a risk is, as the reporting department judges it."""

    MINOR = "minor"
    GENERAL = "general"
    SERIOUS = "serious"


class InspectionReported(Original, frozen=True, gc=False):
    """An inspection or a sampling was done (监督检查、产品抽查)."""

    result: InspectionResult
    item: ThingName | None = None
    batch_no: DocumentNo | None = None
    risk: Seriousness | None = None
    rectify_by: LaterDay | None = None
    facts: FreeText | None = None


class RecallOrdered(Original, frozen=True, gc=False):
    """Products were recalled (缺陷产品召回); `level` 1 is the gravest."""

    product: NeededThingName
    batch_no: DocumentNo | None = None
    level: RecallLevel | None = None
    reason: FreeText | None = None


class ConductRecorded(Original, frozen=True, gc=False):
    """Conduct was recorded without a penalty, such as misconduct in an examination (考试违纪)."""

    conduct: NeededThingName
    seriousness: Seriousness = Seriousness.GENERAL
    facts: FreeText | None = None
