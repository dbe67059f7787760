"""What is asked of many together: analysis, quality of reporting, evaluations, regions.

No answer names a subject that it is not about, and none ranks.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from events.dates import add_months
from events.envelope import Platform
from projections.http.asking import parameters as p
from projections.http.asking.asked import FINAL, json_answer, told_final
from projections.http.errors import BadRequestError, DeskAwayError
from projections.http.words import Words
from projections.queries import evaluation_report, quality_report, warning_analysis
from projections.queries.region_now import region_now

if TYPE_CHECKING:
    from starlette.responses import Response

    from projections.http.asking.asked import Asked
    from projections.quality.use import InformationUse

MONTHS_BEFORE: Final = 12


async def analysis(asked: Asked) -> Response:
    """Answer how many warnings stood at the end of each month, by industry, field, region, kind."""
    until = asked[p.UNTIL] or asked.service.today()
    since = asked[p.SINCE] or add_months(until, -MONTHS_BEFORE)
    if since > until:
        rule = Words(f"a day not after until, {until}", f"不晚于 until（{until}）")
        raise BadRequestError("since", str(since), rule)
    days = warning_analysis.sample_days(since, until, asked[p.EVERY])
    found = await asked.ask(
        warning_analysis.warnings_standing, asked[p.PLATFORM], asked[p.BY], days
    )
    return json_answer(found)


async def departments(asked: Asked) -> Response:
    """Answer how each department reported, in the order of codes."""
    found = await asked.ask(
        quality_report.departments,
        asked.service.calendar.rulebook,
        month=asked[p.MONTH],
        department=asked[p.DEPARTMENT],
    )
    return json_answer(found)


async def missing(asked: Asked) -> Response:
    """Answer the periods in which nothing was recorded of what must be reported regularly."""
    found = await asked.ask(
        quality_report.missing,
        asked.service.calendar.rulebook,
        until=asked.service.today(),
        since=asked[p.MISSING_SINCE],
        department=asked[p.DEPARTMENT],
    )
    return json_answer(found)


async def targets(asked: Asked) -> Response:
    """Answer the plan's targets, and what the ledger knows of them."""
    service = asked.service
    await inquiries_kept(asked)
    found = await asked.ask(quality_report.targets, service.calendar.rulebook, on=service.today())
    return json_answer(found)


async def inquiries_kept(asked: Asked) -> None:
    """Keep every inquiry, where there is a broker to read them off."""
    with suppress(DeskAwayError):
        for platform in Platform:
            await asked.ask(asked.service.gate.catch_up, platform)


async def queries(asked: Asked) -> Response:
    """Answer how often was asked on each day of a month, by kind of question."""
    month = asked[p.MONTH] or asked.service.today().replace(day=1)
    return json_answer(await asked.ask(quality_report.queries, month=month))


async def use(asked: Asked) -> Response:
    """Answer how departments, cities and counties used information in a month."""
    return json_answer(await use_asked(asked))


async def use_asked(asked: Asked) -> InformationUse:
    """Ask for the use of a month, once every inquiry is kept. Raises `DeskAwayError`."""
    service = asked.service
    for platform in Platform:
        await asked.ask(service.gate.catch_up, platform)
    found: InformationUse = await asked.ask(
        quality_report.use_in_month,
        service.calendar.rulebook,
        month=asked[p.MONTH] or service.today().replace(day=1),
        on=service.today(),
        department=asked.said("department"),
        region=asked[p.USED_IN],
    )
    return found


async def years(asked: Asked) -> Response:
    """Answer which years are frozen, with the digests over their rows."""
    return json_answer(await asked.ask(evaluation_report.years))


async def subject_year(asked: Asked) -> Response:
    """Answer a subject's evaluation of a year, with the reasons of its points."""
    found = await asked.ask(
        evaluation_report.subject_year,
        asked[p.PLATFORM],
        asked[p.SUBJECT],
        asked[p.YEAR],
        asked.service.calendar,
    )
    return json_answer(found.answer, headers=told_final(final=not found.answer.differs))


async def region_year(asked: Asked) -> Response:
    """Answer a region's evaluation of a year, with all that it was read from."""
    found = await asked.ask(evaluation_report.region_year, asked[p.REGION], asked[p.YEAR])
    return json_answer(found, FINAL)


async def region(asked: Asked) -> Response:
    """Answer a region's index now, from the live read models."""
    service = asked.service
    on = asked[p.REGION_ON] or service.today()
    return json_answer(await asked.ask(region_now, service.calendar, asked[p.REGION], on))
