"""The service described for programs (OpenAPI 3.1) and for people, from the table of routes."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from html import escape
from typing import TYPE_CHECKING, Any, Final

import msgspec
from starlette.responses import Response

from events.rules.edition import HEADER
from projections.http.asking.asked import FRESH, Face, json_answer
from projections.http.asking.parameter import ParameterPlace

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from projections.http.asking.asked import Asked, Row
    from projections.http.asking.parameter import Parameter

_REF: Final = "#/components/schemas/{name}"
_PROBLEM: Final = "Problem"
_STYLE: Final = (
    "body{font:16px/1.5 system-ui;margin:2rem;max-width:80rem}"
    "td{padding:.3rem 1rem .3rem 0;vertical-align:top}dt{font-family:monospace}"
)
_POLICY: Final = (
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; style-src 'sha256-"
    f"{b64encode(sha256(_STYLE.encode()).digest()).decode()}'"
)


class Problem(msgspec.Struct, frozen=True):
    """Why there is no answer (RFC 9457): of a parameter its field, value and rule; what to do."""

    title: str
    status: int
    detail: str
    do: str
    field: str | None = None
    value: str | None = None
    rule: str | None = None


def describe(rows: Iterable[Row]) -> dict[str, Any]:
    """Give the OpenAPI 3.1 document of some routes."""
    rows = list(rows)
    types = [row.answer_type for row in rows if row.answer_type is not None]
    schemas, components = msgspec.json.schema_components([*types, Problem], ref_template=_REF)
    of_type = dict(zip(map(repr, types), schemas, strict=False))
    paths: dict[str, dict[str, Any]] = {}
    for row in rows:
        for method in row.methods:
            operations = paths.setdefault(_plain(row.path), {})
            operations[method.lower()] = _operation(row, of_type.get(repr(row.answer_type)))
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Credit ledger",
            "version": "1",
            "description": "Questions to the public credit ledger. No answer ranks subjects.",
        },
        "paths": paths,
        "components": {"schemas": components},
    }


def _plain(path: str) -> str:
    return path.replace(":path}", "}")


def _operation(row: Row, schema: Any) -> dict[str, Any]:
    text = "The edition of the rulebook that the answer was given under."
    edition = {"description": text, "schema": {"type": "string"}}
    answer: dict[str, Any] = {"description": row.summary, "headers": {HEADER: edition}}
    if schema is not None:
        answer["content"] = {"application/json": {"schema": schema}}
    responses = {"200": answer}
    if row.face is Face.OURS:
        problem = {
            "description": "Problem details, naming field, value, rule, and what to do.",
            "content": {
                "application/problem+json": {"schema": {"$ref": _REF.format(name=_PROBLEM)}}
            },
        }
        responses["default"] = problem
    told = {"summary": row.summary, "parameters": _parameters(row), "responses": responses}
    body = {
        each.name: {**each.form.schema(), "description": each.text}
        for each in row.takes
        if each.place is ParameterPlace.BODY
    }
    if body:
        schema = {"type": "object", "additionalProperties": False, "properties": body}
        told["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schema}},
        }
    return told


def _parameters(row: Row) -> list[dict[str, Any]]:
    """Give a row's parameters; those of the registry's paths are texts."""
    known = {each.name for each in row.takes}
    bare = [name for name in re.findall(r"{(\w+)(?::path)?}", row.path) if name not in known]
    texts = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in bare
    ]
    return [
        *(_parameter(each) for each in row.takes if each.place is not ParameterPlace.BODY),
        *texts,
    ]


def _parameter(parameter: Parameter[Any]) -> dict[str, Any]:
    schema = parameter.form.schema()
    if parameter.absent is not None:
        schema = {**schema, "default": parameter.absent}
    return {
        "name": parameter.name,
        "in": parameter.place.value,
        "required": parameter.place is ParameterPlace.PATH,
        "description": parameter.text,
        "schema": schema,
    }


async def document(asked: Asked) -> Response:
    """Answer the OpenAPI document."""
    return json_answer(describe(asked.request.app.state.rows))


async def page(asked: Asked) -> Response:
    """Answer the same for people, without any script."""
    return Response(
        _page(asked.request.app.state.rows),
        media_type="text/html",
        headers={"Cache-Control": FRESH, "Content-Security-Policy": _POLICY},
    )


def _page(rows: Sequence[Row]) -> str:
    listed = "".join(
        f"<tr><td><code>{' '.join(row.methods)} {escape(_plain(row.path))}</code>"
        f"<td>{escape(row.summary)}<td><dl>{''.join(map(_told, row.takes))}</dl>"
        for row in rows
    )
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><title>Credit ledger</title>"
        f"<style>{_STYLE}</style>"
        "<h1>Credit ledger: queries</h1><p>A department reports; the ledger records; anyone "
        "entitled may ask, and anyone may check. Machine-readable: <a href=/openapi.json>"
        f"openapi.json</a>.</p><table>{listed}</table></html>"
    )


def _told(parameter: Parameter[Any]) -> str:
    return f"<dt>{escape(parameter.name)}<dd>{escape(parameter.text)}"


def not_found_page(status: int, message: str) -> Response:
    """Answer people that a page is not there, and where the documents are."""
    text = (
        "<!doctype html><html lang=en><meta charset=utf-8><title>Credit ledger</title>"
        f"<style>{_STYLE}</style><h1>{escape(message)}</h1>"
        "<p>What can be asked: <a href=/docs>docs</a>.</p></html>"
    )
    return Response(text, status, {"Content-Security-Policy": _POLICY}, "text/html")
