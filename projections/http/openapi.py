"""The service described for programs (OpenAPI 3.1) and for people, from the table of routes."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from html import escape
from typing import TYPE_CHECKING, Any, Final

import msgspec
from starlette.responses import Response

from events.admission.admission import FILE_BYTES_MAX
from events.rules.access import Gives, Purpose
from events.rules.edition import HEADER
from projections.http.asking.asked import COSTLY_AT_ONCE, FRESH, Face, json_answer
from projections.http.asking.body import BODY_BYTES_MAX
from projections.http.asking.forms import TEXT_MAX
from projections.http.asking.parameter import ParameterPlace
from projections.http.door.described import is_public, refusals_of, rights_of
from projections.http.door.door import BASIS_MAX
from projections.http.door.refusal import status_of
from projections.http.errors import (
    ERRORS,
    OF_ANY_QUESTION,
    OF_READ_MODELS,
    UNFORESEEN,
    BusyError,
    NotThereError,
    VaultClosedError,
)
from projections.http.stream import STREAMS_MAX
from projections.http.webhooks import WEBHOOKS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from projections.http.asking.asked import Asked, Row
    from projections.http.asking.parameter import Parameter

_SCHEMES: Final = {
    "key": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "crl_ID_SECRET",
        "description": "A key, as `credit-ledger access key create` makes it.",
    }
}
_ABOUT: Final = (
    "Questions to the public credit ledger. No answer ranks subjects."
    f" A body of JSON has at most {BODY_BYTES_MAX:,} bytes, a file {FILE_BYTES_MAX:,}; a text of a"
    f" parameter {TEXT_MAX:,} characters. {STREAMS_MAX} streams are open at once, and"
    f" {COSTLY_AT_ONCE} questions that read much. Where a contract bounds answers a day, RateLimit"
    " headers say how many are left."
)
_SAID_BESIDE: Final[list[dict[str, Any]]] = [
    {
        "name": "Credit-Purpose",
        "in": "header",
        "description": "For what is asked; roles that have one purpose alone need not say it.",
        "schema": {"enum": [each.value for each in Purpose]},
    },
    {
        "name": "Credit-Basis",
        "in": "header",
        "description": "The law, case number or consent that it rests on; of persons it is needed.",
        "schema": {"type": "string", "maxLength": BASIS_MAX},
    },
]
_OF_NO_READ_MODELS: Final = frozenset({Gives.DOCUMENTS, Gives.EVIDENCE})
_WITH_NAMES: Final = frozenset(
    {
        Gives.PROFILE,
        Gives.CASES,
        Gives.CONCLUSIONS,
        Gives.REPORT,
        Gives.HISTORY,
        Gives.FIND,
        Gives.LISTS,
    }
)
_REF: Final = "#/components/schemas/{name}"
_PROBLEM: Final = "Problem"
REGISTRY_TYPE: Final = "application/vnd.schemaregistry.v1+json"
_STYLE: Final = (
    "body{font:16px/1.5 system-ui;margin:2rem;max-width:80rem}"
    "td{padding:.3rem 1rem .3rem 0;vertical-align:top}dt{font-family:monospace}"
)
_POLICY: Final = (
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; style-src 'sha256-"
    f"{b64encode(sha256(_STYLE.encode()).digest()).decode()}'"
)


class Problem(msgspec.Struct, frozen=True):
    """Why there is no answer (RFC 9457): of a parameter its field, value and rule; what to do.

    `title` is the name of the error. A refusal is titled `Refused`, and its `code` says why.
    """

    title: str
    status: int
    detail: str
    do: str
    code: str | None = None
    field: str | None = None
    value: str | None = None
    rule: str | None = None


class RegistryRefusal(msgspec.Struct, frozen=True):
    """Why the registry's face does not answer, in its own manner."""

    error_code: int
    message: str


def describe(rows: Iterable[Row], on: date) -> dict[str, Any]:
    """Give the OpenAPI 3.1 document of some routes, with the rights that are in force on a day."""
    rows = list(rows)
    types = [row.answer_type for row in rows if row.answer_type is not None]
    schemas, components = msgspec.json.schema_components(
        [*types, Problem, RegistryRefusal], ref_template=_REF
    )
    of_type = dict(zip(map(repr, types), schemas, strict=False))
    paths: dict[str, dict[str, Any]] = {}
    for row in rows:
        for method in row.methods:
            operations = paths.setdefault(row.plain_path, {})
            operations[method.lower()] = _operation(row, of_type.get(repr(row.answer_type)), on)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Credit ledger",
            "version": "1",
            "description": _ABOUT,
        },
        "paths": paths,
        "webhooks": WEBHOOKS,
        "components": {"schemas": components, "securitySchemes": _SCHEMES},
    }


def _operation(row: Row, schema: Any, on: date) -> dict[str, Any]:
    text = "The edition of the rulebook that the answer was given under."
    edition = {"description": text, "schema": {"type": "string"}}
    answer: dict[str, Any] = {"description": row.summary, "headers": {HEADER: edition}}
    if schema is not None:
        answer["content"] = {"application/json": {"schema": schema}}
    responses = {"200": answer}
    told: dict[str, Any] = {"summary": row.summary, "parameters": _parameters(row)}
    if row.face is Face.REGISTRY:
        refused = {"schema": {"$ref": _REF.format(name=RegistryRefusal.__name__)}}
        text = "Refused in the registry's manner; its code says why."
        responses["default"] = {"description": text, "content": {REGISTRY_TYPE: refused}}
    else:
        responses |= _problems(row, on)
        told["security"] = [*([{}] if is_public(row, on) else []), {"key": []}]
        told["x-rights"] = rights_of(row, on)
        if any(each["purposes"] for each in told["x-rights"]):
            told["parameters"] += _SAID_BESIDE
    told["responses"] = responses
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


def _problems(row: Row, on: date) -> dict[str, Any]:
    """Give each status that a question may end in, with every code and every title of it."""
    found: dict[int, tuple[list[str], list[str]]] = {500: ([], [UNFORESEEN])}
    for code in refusals_of(row, on):
        found.setdefault(status_of(code), ([], []))[0].append(code.value)
    for kind in errors_of(row):
        found.setdefault(ERRORS[kind].status, ([], []))[1].append(kind.__name__)
    return {str(status): _problem(*found[status]) for status in sorted(found)}


def errors_of(row: Row) -> list[type[Exception]]:
    """Give the errors of the table that a question may end in."""
    kinds = [*OF_ANY_QUESTION, *row.errors]
    if row.takes:
        kinds.append(NotThereError)
    if row.gives not in _OF_NO_READ_MODELS:
        kinds += OF_READ_MODELS
    if row.gives in _WITH_NAMES and not row.stays_sealed:
        kinds.append(VaultClosedError)
    if row.costly:
        kinds.append(BusyError)
    return list(dict.fromkeys(kinds))


def _problem(codes: list[str], titles: list[str]) -> dict[str, Any]:
    ref = {"$ref": _REF.format(name=_PROBLEM)}
    kinds = []
    if codes:
        kinds.append({"properties": {"title": {"const": "Refused"}, "code": {"enum": codes}}})
    if titles:
        kinds.append({"properties": {"title": {"enum": sorted(titles)}}})
    schema = {"allOf": [ref, kinds[0] if len(kinds) == 1 else {"anyOf": kinds}]}
    return {
        "description": f"Problem details: {', '.join([*codes, *sorted(titles)])}.",
        "content": {"application/problem+json": {"schema": schema}},
    }


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
    return json_answer(describe(asked.request.app.state.rows, asked.service.today()))


async def page(asked: Asked) -> Response:
    """Answer the same for people, without any script."""
    return Response(
        _page(asked.request.app.state.rows),
        media_type="text/html",
        headers={"Cache-Control": FRESH, "Content-Security-Policy": _POLICY},
    )


def _page(rows: Sequence[Row]) -> str:
    listed = "".join(
        f"<tr><td><code>{' '.join(row.methods)} {escape(row.plain_path)}</code>"
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
