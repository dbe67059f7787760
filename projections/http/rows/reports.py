"""Rows of what is asked of many together, and of what is published of the standards."""

from __future__ import annotations

from typing import Final

from events.rules.access import Gives
from projections.http import reports, standards
from projections.http.asking import parameters as p
from projections.http.asking.asked import Row
from projections.http.errors import DeskAwayError, StandardUnknownError
from projections.quality.quality import MissingPeriod
from projections.quality.use import InformationUse
from projections.queries import quality_report
from projections.queries.evaluation_report import RegionYear, YearNotFrozenError
from projections.queries.quality_report import DepartmentUnknownError
from projections.queries.region_now import (
    DayPassedError,
    RegionNow,
    RegionUnknownError,
    RegionUnsweptError,
)
from projections.store.evaluation import Frozen
from projections.store.live import ProjectionBehindError
from projections.store.query_count import QueryCount

REPORT_ROWS: Final = (
    Row(
        path="/v1/evaluations",
        answer=reports.years,
        gives=Gives.YEARS,
        summary="Which years are frozen, and the digests over their rows.",
        answer_type=list[Frozen],
    ),
    Row(
        path="/v1/evaluations/{year}/regions/{region}",
        answer=reports.region_year,
        gives=Gives.YEARS,
        errors=(YearNotFrozenError,),
        summary="A region's index in the frozen evaluation of a year, and all it was read from.",
        takes=(p.YEAR, p.REGION),
        answer_type=RegionYear,
    ),
    Row(
        path="/v1/regions/{region}",
        answer=reports.region,
        gives=Gives.REGION_NOW,
        errors=(DayPassedError, ProjectionBehindError, RegionUnknownError, RegionUnsweptError),
        summary="A region's index now, from the live read models.",
        takes=(p.REGION, p.REGION_ON),
        costly=True,
        answer_type=RegionNow,
    ),
    Row(
        path="/v1/quality/departments",
        answer=reports.departments,
        gives=Gives.QUALITY,
        errors=(DepartmentUnknownError,),
        summary="How each department reported: late, mended, repeated, refused; by code.",
        takes=(p.MONTH, p.DEPARTMENT),
        answer_type=list[quality_report.DepartmentQuality],
    ),
    Row(
        path="/v1/quality/missing",
        answer=reports.missing,
        gives=Gives.QUALITY,
        summary="Periods in which a department recorded nothing of what it must report regularly.",
        takes=(p.MISSING_SINCE, p.DEPARTMENT),
        answer_type=list[MissingPeriod],
    ),
    Row(
        path="/v1/quality/targets",
        answer=reports.targets,
        gives=Gives.QUERY_COUNTS,
        summary="The plan's targets, and what the ledger knows of them.",
        answer_type=quality_report.PlanReport,
    ),
    Row(
        path="/v1/quality/queries",
        answer=reports.queries,
        gives=Gives.QUERY_COUNTS,
        summary="How often was asked, by day and kind of question; never by whom or of whom.",
        takes=(p.MONTH,),
        answer_type=list[QueryCount],
    ),
    Row(
        path="/v1/quality/use",
        answer=reports.use,
        gives=Gives.USE,
        errors=(DeskAwayError,),
        summary="How departments, cities and counties used information in a month; by code.",
        takes=(p.MONTH, p.DEPARTMENT, p.USED_IN),
        costly=True,
        answer_type=InformationUse,
    ),
    Row(
        path="/v1/standards",
        answer=standards.manifest,
        gives=Gives.DOCUMENTS,
        errors=(StandardUnknownError,),
        summary="What is published of the standards: version, digest, files with theirs.",
    ),
    Row(
        path="/v1/standards/{file:path}",
        answer=standards.standard,
        gives=Gives.DOCUMENTS,
        errors=(StandardUnknownError,),
        summary="One file: data-dictionary.json or .md, asyncapi.json, divisions.tsv, schemas/….",
        takes=(p.FILE,),
    ),
)
