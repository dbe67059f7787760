"""One question for each route of the running service: what a test asks that asks them all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from projections.http.asking.asked import Face

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx
    from starlette.testclient import TestClient

    from projections.http.asking.asked import Row


class RouteAsked(NamedTuple):
    """How a route is asked: what follows its path, and what is sent as the body.

    Braces of a path are filled in by name; so are those of a query.
    """

    query: str = ""
    body: str | None = None


QUESTIONS: Final[Mapping[str, RouteAsked]] = {
    "/v1/{platform}/subjects/{subject}/profile": RouteAsked(),
    "/v1/{platform}/subjects/{subject}/history": RouteAsked(),
    "/v1/{platform}/subjects/{subject}/state": RouteAsked(),
    "/v1/{platform}/subjects/{subject}/cases": RouteAsked(),
    "/v1/{platform}/subjects/{subject}/hint": RouteAsked(),
    "/v1/{platform}/subjects/{subject}/evaluations/{year}": RouteAsked(),
    "/v1/{platform}/subjects/{subject}/inquiries": RouteAsked(),
    "/v1/{platform}/subjects/{subject}/report": RouteAsked("?purpose=own"),
    "/v1/{platform}/find": RouteAsked("?q={name}"),
    "/v1/{platform}/findings": RouteAsked("?product={product}"),
    "/v1/{platform}/subjects": RouteAsked("?region={region}"),
    "/v1/{platform}/exports/{format}": RouteAsked("?region={region}"),
    "/v1/{platform}/reviews": RouteAsked(),
    "/v1/{platform}/lists": RouteAsked(),
    "/v1/{platform}/lists/{list}": RouteAsked("?region={region}"),
    "/v1/{platform}/warnings": RouteAsked("?region={region}"),
    "/v1/{platform}/warnings/stream": RouteAsked("?region={region}"),
    "/v1/{platform}/analysis/warnings": RouteAsked("?since=2026-05-01"),
    "/v1/{platform}/departments/{department}/waits": RouteAsked(),
    "/v1/{platform}/warnings/{warning}/acknowledgements": RouteAsked(
        body='{{"department": "{department}"}}'
    ),
    "/v1/{platform}/events/{event_id}/proof": RouteAsked("?subject={subject}"),
    "/v1/consents": RouteAsked("?subject={subject}"),
    "/v1/erasures": RouteAsked("?subject={subject}"),
    "/v1/erasures/{erasure}": RouteAsked("?subject={subject}"),
    "/v1/erasures/{erasure}/approval": RouteAsked(),
    "/v1/consents/{consent}": RouteAsked("?subject={subject}"),
    "/v1/archives": RouteAsked(),
    "/v1/receipts/{receipt}": RouteAsked(),
    "/v1/submissions": RouteAsked("?department={department}", "{{}}"),
    "/v1/seal": RouteAsked("?department={department}", "{{}}"),
    "/v1/person/tokens": RouteAsked(body='{{"subject_number": "330106190001010017"}}'),
    "/v1/submissions/{receipt}": RouteAsked(),
    "/v1/templates/{template}": RouteAsked(),
    "/v1/evaluations": RouteAsked(),
    "/v1/evaluations/{year}/regions/{region}": RouteAsked(),
    "/v1/regions/{region}": RouteAsked(),
    "/v1/quality/departments": RouteAsked("?department={department}"),
    "/v1/quality/missing": RouteAsked("?department={department}"),
    "/v1/quality/use": RouteAsked("?department={department}&region={region}"),
    "/v1/quality/targets": RouteAsked(),
    "/v1/quality/queries": RouteAsked(),
    "/v1/standards": RouteAsked(),
    "/v1/standards/{file:path}": RouteAsked(),
    "/evidence/policy": RouteAsked(),
    "/evidence/verify.py": RouteAsked(),
    "/evidence/{platform}/checkpoint": RouteAsked(),
    "/evidence/{platform}/tile/{tile:path}": RouteAsked(),
    "/v1/verify": RouteAsked(body="{{}}"),
    "/healthz": RouteAsked(),
    "/readyz": RouteAsked(),
    "/latencyz": RouteAsked(),
    "/metrics": RouteAsked(),
    "/openapi.json": RouteAsked(),
    "/docs": RouteAsked(),
}
"""Of every route that is not the registry's. A test holds that none is left out."""

BY_METHOD: Final = {
    ("POST", "/v1/erasures"): RouteAsked(body='{{"subject": "{subject}"}}'),
    ("POST", "/v1/consents"): RouteAsked(
        body='{{"platform": "{platform}", "subject": "{subject}", "organisation": "agency-7"}}'
    ),
}
"""Where one path is asked by two methods."""

OF_ANY: Final[Mapping[str, str]] = {
    "platform": "organisation",
    "subject": "91330000PDY00001XQ",
    "department": "market-zj",
    "region": "330106",
    "name": "杭州样例有限公司",
    "product": "电热水壶",
    "list": "judgment_defaulter",
    "format": "csv",
    "year": "2025",
    "warning": "11111111-2222-5333-8444-555555555555",
    "event_id": "11111111-2222-5333-8444-555555555555",
    "receipt": "20260615-abcdefgh",
    "erasure": "11111111-2222-5333-8444-555555555555",
    "consent": "11111111-2222-5333-8444-555555555555",
    "template": "PenaltyImposed.csv",
    "file:path": "asyncapi.json",
    "tile:path": "0/000",
}
"""What braces are filled with where a test says nothing else."""


def ask_route(
    client: TestClient, row: Row, filled: Mapping[str, str], headers: Mapping[str, str]
) -> httpx.Response:
    """Ask a route its question, braces filled."""
    asked = QUESTIONS[row.path]
    values = {**OF_ANY, **filled}
    asked = BY_METHOD.get((row.methods[0], row.path), asked)
    path = row.path
    for name, value in values.items():
        path = path.replace(f"{{{name}}}", value)
    more: dict[str, Any] = {}
    if asked.body is not None:
        more["content"] = asked.body.format_map(values)
        headers = {**headers, "Content-Type": "application/json"}
    query = asked.query.format_map(values)
    return client.request(row.methods[0], path + query, headers=dict(headers), **more)


def is_ours(row: Row) -> bool:
    """Say whether a route is asked here: the registry gives published schemas alone."""
    return row.face is not Face.REGISTRY
