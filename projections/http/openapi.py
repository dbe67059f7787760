"""The service described: one table of routes, from which OpenAPI 3.1 and the page are made."""

from __future__ import annotations

import re
from typing import Any, Final

_TEXTS: Final = {
    "platform": "organisation or person.",
    "subject": "Unified social credit code, or a person's token.",
    "list": "Code of the list.",
    "on": "Day to assess on; default today.",
    "archive": "Code of an archive, such as food_drug or labour; see /v1/archives.",
    "profession": "Code of a profession: its professional archive.",
    "publication": "basic, prompting or penalty: only this publication class.",
    "valid_on": "The day in the world; default today.",
    "known_at": "As known at this moment, ISO 8601.",
    "cut": "As known before these offsets, P:O[,P:O...]; a state's contagion needs all partitions.",
    "rules": "of_the_day or today.",
    "limit": "How many at most.",
    "after": "Where the page before ended.",
    "status": "in_effect, no_effect, ended or void.",
    "region": "Division code; a filter takes in all below it.",
    "level": "blue, yellow, orange or red.",
    "domain": "Field of supervision, such as tax; of the stream also several, with commas.",
    "kind": "warning, candidate, alarm or discrepancy.",
    "active": "true: only warnings that hold.",
    "month": "Month of recording, such as 2026-11.",
    "department": "Code of a department; of the stream: what is for it, or of its function.",
    "since": "First day to look at; default the month of the first record.",
    "by": "industry, domain, region, kind or rule.",
    "until": "Last day to look at; default today.",
    "every": "How many months apart, 1 to 12.",
    "file": "Name of a published file.",
    "id": "Schema id.",
    "year": "A year that was frozen, such as 2025.",
}

_ROUTES: Final[tuple[tuple[str, str, str], ...]] = (
    (
        "/v1/{platform}/subjects/{subject}/profile",
        "Current credit profile: what is disclosed and until when; whole, or by archive.",
        "on archive domain profession publication",
    ),
    (
        "/v1/{platform}/subjects/{subject}/history",
        "Every event of a subject, and what it did.",
        "cut limit after",
    ),
    (
        "/v1/{platform}/subjects/{subject}/state",
        "State valid on a day, as known at a moment or a cut.",
        "valid_on known_at cut rules",
    ),
    (
        "/v1/{platform}/subjects/{subject}/cases",
        "Court cases of a subject, their stages chained by number.",
        "on",
    ),
    (
        "/v1/{platform}/subjects/{subject}/evaluations/{year}",
        "A subject in the frozen evaluation of a year, and what its points rest on.",
        "",
    ),
    ("/v1/evaluations", "Which years are frozen, and the digests over their rows.", ""),
    (
        "/v1/evaluations/{year}/regions/{region}",
        "A region's index in the frozen evaluation of a year, and all that it was read from.",
        "",
    ),
    (
        "/v1/regions/{region}",
        "A region's index now, from the live read models; on a day that has not passed.",
        "on",
    ),
    (
        "/v1/{platform}/subjects/{subject}/hint",
        "Composite hint: one word, why, and the versions of the models that it rests on.",
        "on",
    ),
    ("/v1/archives", "The archives: fields and professions a profile can be narrowed to.", ""),
    ("/v1/{platform}/lists", "The lists, and how many entries they hold.", ""),
    ("/v1/{platform}/lists/{list}", "Entries of a list.", "status region limit after"),
    (
        "/v1/{platform}/warnings",
        "Warnings in the order of telling.",
        "region level domain kind subject active limit after",
    ),
    (
        "/v1/{platform}/warnings/stream",
        "The same as server-sent events, resumable without limit (Last-Event-ID or after).",
        "region level domain kind department after",
    ),
    (
        "/v1/{platform}/analysis/warnings",
        "How many warnings stood at the end of each month, by level; no subject is named.",
        "by since until every",
    ),
    (
        "/v1/quality/departments",
        "How each department reported: late, mended, repeated, refused; in the order of codes.",
        "month department",
    ),
    (
        "/v1/quality/missing",
        "Periods in which a department recorded nothing of what it must report regularly.",
        "since department",
    ),
    ("/v1/quality/targets", "The plan's targets, and what the ledger knows of them.", ""),
    (
        "/v1/standards",
        "What is published of the standards: version, digest, files with theirs.",
        "",
    ),
    (
        "/v1/standards/{file}",
        "One of them: data-dictionary.json or .md, asyncapi.json, divisions.tsv, schemas/….",
        "",
    ),
    (
        "/v1/quality/queries",
        "How often was asked, by day and kind of question; never by whom or of whom.",
        "month",
    ),
    ("/healthz", "Whether the service runs.", ""),
    ("/readyz", "Whether the database answers and the read models are there.", ""),
    ("/latencyz", "Latency from recording to read models, by platform; 503 while missed.", ""),
    ("/metrics", "Prometheus metrics.", ""),
    ("/schemas/ids/{id}", "A schema by its id: the read part of the Schema Registry API.", ""),
)


def describe() -> dict[str, Any]:
    """Give the OpenAPI 3.1 document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Credit ledger",
            "version": "1",
            "description": "Reads of the public credit ledger. No answer ranks subjects.",
        },
        "paths": {path: {"get": _operation(path, text, names)} for path, text, names in _ROUTES},
    }


def _operation(path: str, summary: str, names: str) -> dict[str, Any]:
    parameters = [_parameter(name, "path") for name in re.findall(r"{(\w+)}", path)]
    parameters += [_parameter(name, "query") for name in names.split()]
    problem = {"description": "Problem details, naming field, value and rule."}
    return {
        "summary": summary,
        "parameters": parameters,
        "responses": {"200": {"description": summary}, "400": problem, "404": problem},
    }


def _parameter(name: str, place: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": place,
        "required": place == "path",
        "description": _TEXTS[name],
        "schema": {"type": "integer" if name in ("limit", "id") else "string"},
    }
