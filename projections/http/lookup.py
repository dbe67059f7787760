"""What is looked up: subjects by names and numbers, firms by places, products, days of review."""

from __future__ import annotations

from typing import TYPE_CHECKING

from events.rules.access import View
from projections.access.asker import RefusalCode
from projections.http.asking import parameters as p
from projections.http.asking.asked import json_answer
from projections.http.door.refusal import NotGivenError
from projections.profile.findable import Reader
from projections.queries import directory, finding

if TYPE_CHECKING:
    from starlette.responses import Response

    from projections.http.asking.asked import Asked


async def find(asked: Asked) -> Response:
    """Answer the subjects to which a name, code or number leads."""
    page = await asked.ask(
        finding.find,
        asked[p.PLATFORM],
        asked[p.TEXT] or "",
        _sought(asked),
        asked.service.calendar,
    )
    asked.subjects = [each.subject_id for each in page.found]
    return json_answer(page, headers=asked.next_link(page.next_after))


async def findings(asked: Asked) -> Response:
    """Answer what was found in a product or a batch."""
    page = await asked.ask(
        finding.findings,
        asked[p.PLATFORM],
        _sought(asked),
        asked.service.calendar,
        product=asked[p.PRODUCT],
        batch=asked[p.BATCH],
    )
    asked.subjects = [each.subject_id for each in page.found]
    return json_answer(page, headers=asked.next_link(page.next_after))


async def firms(asked: Asked) -> Response:
    """Answer the firms of a region or an industry."""
    page = await asked.ask(
        directory.firms,
        asked[p.PLATFORM],
        finding.Sought(reader=_reader(asked), on=asked.service.today(), limit=asked[p.SUBJECTS]),
        asked.service.calendar,
        region=asked[p.SEATED_IN],
        industry=asked[p.INDUSTRY],
        after=asked[p.AFTER_PLACE],
    )
    asked.subjects = [each.subject_id for each in page.firms]
    return json_answer(page, headers=asked.next_link(page.next_after))


async def reviews(asked: Asked) -> Response:
    """Answer the warnings that are to be reviewed by a day; supervisors ask, not the public."""
    today = asked.service.today()
    page = await asked.ask(
        directory.to_review,
        asked[p.PLATFORM],
        finding.Sought(reader=Reader.SHARED, on=today, limit=asked[p.SUBJECTS]),
        asked.service.calendar,
        by=asked[p.REVIEWED_BY] or today,
        after=asked[p.AFTER_REVIEW],
    )
    asked.subjects = [each.subject_id for each in page.warnings]
    return json_answer(page, headers=asked.next_link(page.next_after))


def _sought(asked: Asked) -> finding.Sought:
    """Give who looks, and which page of subjects is wanted."""
    return finding.Sought(
        reader=_reader(asked),
        on=asked.service.today(),
        limit=asked[p.SUBJECTS],
        after=asked[p.AFTER_SUBJECT],
    )


def _reader(asked: Asked) -> Reader:
    """Give for whom is looked up. Raises `NotGivenError` where the public looks as an authority."""
    if asked.permit.view is View.PUBLIC and asked[p.READER] is not Reader.PUBLIC:
        raise NotGivenError(RefusalCode.UNAUTHENTICATED, asked.permit.rule)
    return asked[p.READER]
