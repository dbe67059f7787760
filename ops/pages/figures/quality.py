"""How is reported: late, refused, missing. A department sees itself, who sees all by code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ops.dictionary.code_lists import words_of
from projections.http.asking import parameters as p
from projections.queries.quality_report import departments, missing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.responses import Response

    from ops.pages.opened import PageAsked
    from projections.quality.quality import MissingPeriod
    from projections.queries.quality_report import DepartmentQuality

COUNTS_SHOWN: Final = ("events", "due", "late", "corrected", "revoked", "repeats", "conflicts")


async def quality_page(asked: PageAsked) -> Response:
    """Answer how departments reported, in a month or in all; of one alone, by category."""
    service, frame, of = asked.service, asked.frame, asked.said("department")
    rulebook, month = service.calendar.rulebook, asked[p.MONTH]
    found: Sequence[DepartmentQuality] = await asked.ask(
        departments, rulebook, month=month, department=of
    )
    left_out: Sequence[MissingPeriod] = await asked.ask(
        missing, rulebook, until=service.today(), department=of
    )
    reasons = words_of("RejectionReason")
    return frame.render(
        "quality.html",
        current="quality",
        of=of,
        month="" if month is None else f"{month:%Y-%m}",
        found=found,
        missing=left_out,
        counts=COUNTS_SHOWN,
        reason=lambda code: frame.terms.word(reasons, code),
    )
