"""The service describes itself from the tables that it answers by: rights, refusals, errors, limits.

The table of rights is asked of the running service, cell by cell (`tests/integration/test_rights.py`); what is documented is
held against the same table here, both ways.
"""

from __future__ import annotations

import json
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest

from events.envelope import Platform
from projections.access.asker import RefusalCode
from projections.http.errors import ERRORS
from projections.http.openapi import errors_of
from projections.http.routes import ROUTES
from projections.notices.webhook import signed_headers, webhook_body, webhook_key
from tests.support.described import document, operation_of, problems_of
from tests.support.questions import is_ours

TABLE: Final[dict[str, Any]] = tomllib.loads(
    (Path(__file__).parents[3] / "data/rights.toml").read_text("utf-8")
)
LETTERS: Final = {
    "u": "unauthenticated",
    "n": "person_never_public",
    "x": "not_own",
    "m": "purpose_missing",
    ".": "purpose_not_of_role",
    "r": "outside_region",
    "k": "contract_missing",
    "c": "consent_missing",
    "q": "quota_used",
}
UNSEEN: Final = {"inquiry_not_recorded", "nothing_public"}
"""What no cell of the table shows: the broker is away, or nothing is left of a view."""
OURS: Final = [row for row in ROUTES if is_ours(row)]
ASKED: Final = {
    route: {
        platform: answers[platform].split()
        for platform in ("organisation", "person")
        if platform in answers and (platform == "organisation" or "{platform}" in route)
    }
    for answers in TABLE["answers"]
    for route in answers["routes"]
}


@pytest.mark.parametrize("row", OURS, ids=lambda row: f"{row.methods[0]} {row.path}")
def test_what_a_route_refuses_is_documented_and_nothing_else(row: Any) -> None:
    cells = ASKED[f"{row.methods[0]} {row.path}"]
    seen = {LETTERS[each] for letters in cells.values() for each in letters if each in LETTERS}
    documented = {code for codes, _ in problems_of(row).values() for code in codes}

    if "platform" in {each.name for each in row.takes} and "{platform}" not in row.path:
        # Said in the body, where the table asks of organisations alone.
        seen.add("person_never_public")
    assert documented - UNSEEN == seen - UNSEEN
    is_public = any(letters[0] not in LETTERS for letters in cells.values())
    assert ({} in operation_of(row)["security"]) == is_public


def test_who_is_given_what_is_told_by_the_rows_of_the_policy() -> None:
    (profile,) = [row for row in OURS if row.path.endswith("/profile")]
    rights = {each["rule"]: each for each in operation_of(profile)["x-rights"]}

    assert rights["public.organisations"]["view"] == "public"
    assert rights["department.persons"]["needs"] == ["basis"]
    assert rights["region.seated"]["reach"] == "seated"
    assert not rights["public.organisations"]["recorded"]


def test_every_error_of_the_table_is_documented_of_some_route_or_never_leaves_its_form() -> None:
    documented = {kind for row in OURS for kind in errors_of(row)}
    read_by_a_form = {"CutUnreadableError", "CursorUnreadableError", "MemberUnreadableError"}

    assert {kind.__name__ for kind in set(ERRORS) - documented} == read_by_a_form
    assert documented <= set(ERRORS)


def test_each_status_is_that_of_its_errors_and_every_reference_leads_somewhere() -> None:
    names = {kind.__name__: told.status for kind, told in ERRORS.items()}
    for row in OURS:
        for status, (codes, titles) in problems_of(row).items():
            assert {names.get(title, 500) for title in titles} <= {status}
            assert codes <= {code.value for code in RefusalCode}
    text = json.dumps(document())
    for part in text.split('"#/components/schemas/')[1:]:
        assert part.partition('"')[0] in document()["components"]["schemas"]


def test_limits_and_keys_are_told() -> None:
    about = document()["info"]["description"]

    assert "16,384 bytes" in about
    assert "800 streams" in about
    assert document()["components"]["securitySchemes"]["key"]["scheme"] == "bearer"


def test_what_is_sent_to_webhooks_is_what_is_documented_of_it() -> None:
    (told,) = document()["webhooks"].values()
    schema = told["post"]["requestBody"]["content"]["application/json"]["schema"]
    at = datetime.now(UTC)
    body = webhook_body(
        platform=Platform.ORGANISATION,
        warning_id="w",
        subject_id="s",
        transition="raised",
        level="red",
        at=at,
    )
    said = json.loads(body)
    data = schema["properties"]["data"]

    assert set(said) == set(schema["required"]) == set(schema["properties"])
    assert set(said["data"]) == set(data["required"]) == set(data["properties"])
    assert said["data"]["level"] in data["properties"]["level"]["enum"]
    headers = signed_headers([webhook_key(bytes(32), "wh", 1)], "w", at, body)
    assert {each["name"] for each in told["post"]["parameters"]} == set(headers)
