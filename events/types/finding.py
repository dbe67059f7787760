"""Findings short of a penalty: inspections (检查), recalls (召回), recorded conduct (失信行为)."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

import msgspec

from events.envelope import Envelope


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


class InspectionReported(msgspec.Struct, frozen=True, gc=False):
    """An inspection or a sampling was done (监督检查、产品抽查)."""

    envelope: Envelope
    result: InspectionResult
    item: str | None = None
    batch_no: str | None = None
    risk: Seriousness | None = None
    rectify_by: date | None = None
    facts: str | None = None


class RecallOrdered(msgspec.Struct, frozen=True, gc=False):
    """Products were recalled (缺陷产品召回); `level` 1 is the gravest."""

    envelope: Envelope
    product: str
    batch_no: str | None = None
    level: int | None = None
    reason: str | None = None


class ConductRecorded(msgspec.Struct, frozen=True, gc=False):
    """Conduct was recorded without a penalty, such as misconduct in an examination (考试违纪)."""

    envelope: Envelope
    conduct: str
    seriousness: Seriousness = Seriousness.GENERAL
    facts: str | None = None
