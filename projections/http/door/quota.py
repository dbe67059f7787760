"""How many answers a contract gives a day: counted before one is made, told with each.

The count is one statement of the database, so of two requests for the last one, one gets it. What
was not answered is given back.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from events.envelope import CHINA
from projections.access.asker import COUNTED, RefusalCode
from projections.http.door.refusal import NotGivenError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.responses import Response

    from projections.access.asker import AccessPermit
    from projections.http.asking.asked import Asked

_DAY_S = 86_400


async def within_quota(
    asked: Asked, permit: AccessPermit, answer: Callable[[], Awaitable[Response]]
) -> Response:
    """Give an answer that counts by the contract of a permit, and tell how many are left.

    Raises `NotGivenError` where none is left today, and what `answer` raises.
    """
    contract, service = permit.bounded_by, asked.service
    if contract is None or contract.a_day is None:
        return await answer()
    on, now = service.today(), service.now()
    left = await service.ask(service.gate.take, contract, on)
    told = quota_told(contract.a_day, left or 0, now)
    if left is None:
        error = NotGivenError(RefusalCode.QUOTA_USED, permit.rule)
        error.headers |= {**told, "Retry-After": str(_until_midnight_s(now))}
        raise error
    try:
        given = await answer()
    except BaseException as error:
        if isinstance(error, NotGivenError) and error.code.value in COUNTED:
            error.headers |= told
        else:
            await service.ask(service.gate.give_back, contract, on)
        raise
    given.headers.update(told)
    return given


def quota_told(a_day: int, left: int, now: datetime) -> dict[str, str]:
    """Give the headers of the IETF's draft on rate limits: how many a day, how many are left."""
    return {
        "RateLimit-Policy": f'"day";q={a_day};w={_DAY_S}',
        "RateLimit": f'"day";r={left};t={_until_midnight_s(now)}',
    }


def _until_midnight_s(now: datetime) -> int:
    tomorrow: date = now.astimezone(CHINA).date() + timedelta(days=1)
    return int((datetime.combine(tomorrow, time(), CHINA) - now).total_seconds()) + 1
