"""What is documented of an answer (`/openapi.json`), held against the answer that the service gave."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from ops.clock import today
from projections.http.openapi import describe
from projections.http.routes import ROUTES

if TYPE_CHECKING:
    from projections.http.asking.asked import Row


@cache
def document() -> dict[str, Any]:
    return describe(ROUTES, today())


def operation_of(row: Row) -> dict[str, Any]:
    found: dict[str, Any] = document()["paths"][row.plain_path]
    return dict(found[row.methods[0].lower()])


def problems_of(row: Row) -> dict[int, tuple[set[str], set[str]]]:
    """Give the codes and the titles that are documented of a route, by status."""
    found: dict[int, tuple[set[str], set[str]]] = {}
    for status, told in operation_of(row)["responses"].items():
        codes: set[str] = set()
        titles: set[str] = set()
        for content in told.get("content", {}).values():
            for part in content["schema"].get("allOf", []):
                for kind in part.get("anyOf", [part]):
                    said = kind.get("properties", {})
                    codes.update(said.get("code", {}).get("enum", []))
                    titles.update(said.get("title", {}).get("enum", []))
        if status.isdecimal():
            found[int(status)] = codes, titles
    return found


def is_documented(row: Row, answer: Any) -> None:
    """Hold that an error which the service gave is one that its documents name."""
    if answer.headers.get("content-type", "") != "application/problem+json":
        return
    said = answer.json()
    # A path that fits no row, or not this method, is answered by none of them.
    if said["title"] in {"Not Found", "Method Not Allowed"}:
        return
    codes, titles = problems_of(row).get(answer.status_code, (set(), set()))
    if said["title"] == "Refused":
        assert said["code"] in codes, (row.path, said)
    else:
        assert said["title"] in titles, (row.path, said)
