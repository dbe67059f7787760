"""The body of what is said to the service: one JSON object of texts, read within bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from projections.http.asking.code_forms import unknown
from projections.http.asking.parameter import ParameterPlace
from projections.http.errors import NOT_SHOWN, BadRequestError, repeated_part
from projections.http.words import Words

if TYPE_CHECKING:
    from starlette.requests import Request

    from projections.http.asking.asked import Row
    from projections.http.asking.bodies import Bodies

BODY_BYTES_MAX: Final = 16_384
_JSON: Final = "application/json"


def takes_body(row: Row) -> bool:
    """Say whether something is said to a route."""
    return any(each.place is ParameterPlace.BODY for each in row.takes)


async def body_of(request: Request, row: Row) -> dict[str, str]:
    """Read the object. Raises `BadRequestError` for what is no JSON, too long, or not taken.

    No page of another site can send this type without asking first, which is never granted.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _JSON:
        rule = Words(f"the body is {_JSON}", f"正文类型须为 {_JSON}")
        raise BadRequestError("Content-Type", kind[:60], rule)
    bodies: Bodies = request.app.state.service.bodies
    async with bodies.of(request, BODY_BYTES_MAX) as data:
        try:
            said = msgspec.json.decode(data, type=dict[str, str])
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
            rule = Words("one JSON object, whose values are texts", "一个 JSON 对象，各值均为文本")
            raise BadRequestError("body", NOT_SHOWN, rule) from None
    names = [each.name for each in row.takes if each.place is ParameterPlace.BODY]
    for name in said:
        if name not in names:
            error = unknown(name, names)
            raise BadRequestError(repeated_part(name), NOT_SHOWN, error.rule, error.do)
    return said
