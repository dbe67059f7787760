"""How often was asked about organisations, by day: what a target of the plan rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from events.dates import add_months
from events.envelope import Platform
from projections.http.asking import parameters as p
from projections.queries.quality_report import queries
from projections.store.query_count import OF_SUBJECTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.responses import Response

    from ops.pages.opened import PageAsked
    from projections.store.query_count import QueryCount


async def queries_page(asked: PageAsked) -> Response:
    """Answer by day and kind of question how often was asked; never by whom, or of whom."""
    frame, today = asked.frame, asked.service.today()
    month = asked[p.MONTH] or add_months(today.replace(day=1), -1)
    found: Sequence[QueryCount] = await asked.ask(queries, month=month)
    counted = {
        (each.day, each.kind): each.count
        for each in found
        if each.platform is Platform.ORGANISATION and each.kind in OF_SUBJECTS
    }
    days = sorted({day for day, _ in counted})
    of_month = (add_months(month, 1) - month).days
    return frame.render(
        "queries.html",
        current="plan",
        month=f"{month:%Y-%m}",
        kinds=OF_SUBJECTS,
        days=[(day, [counted.get((day, kind), 0) for kind in OF_SUBJECTS]) for day in days],
        total=sum(counted.values()),
        of_month=of_month,
        a_day=sum(counted.values()) // of_month,
        is_counted=bool(found),
    )
