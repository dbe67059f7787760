"""Across the dictionary: the data dictionary holds all that the sources hold, in both languages, and says its version."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from events import identifiers
from events.envelope import Envelope
from events.event import EVENT_TYPES
from events.rules.rulebook import load_rulebook
from events.wire.schemas import load_schemas
from ops.cli import app
from ops.dictionary.artefacts import artefacts
from ops.dictionary.asyncapi import asyncapi, topic_kind
from ops.dictionary.code_lists import code_lists, enumerations
from ops.dictionary.contents import dictionary
from ops.dictionary.records import official_columns
from ops.submission.files.cells import read_day
from ops.terms.terms import field_names
from projections.as_of.state import canonical
from projections.calendar.rules import RuleCalendar
from projections.http.application import create_service
from projections.profile.shapes import Profile
from streams.topics import topic_table
from tests.support.asking import client_of, gate, noon
from tests.support.named import there_is

FOUND = dictionary()
RULEBOOK = load_rulebook()
MARKDOWN = artefacts()["data-dictionary.md"].body.decode()
RECORDS = {record["record"]: record for record in FOUND["records"]}


def codes(name: str) -> set[str]:
    return {row["code"] for row in FOUND["code_lists"][name]}


@pytest.mark.requirement(65, 80)
def test_every_event_type_and_every_field_stands_in_it_with_what_it_means() -> None:
    for name, kind in EVENT_TYPES.items():
        record = RECORDS[f"credit.{name}"]
        fields = [field["name"] for field in record["fields"]]
        assert ["envelope", *fields] == list(kind.__struct_fields__)
        assert record["doc"]
        for field in record["fields"]:
            assert field["doc"], (name, field["name"])
            assert field["name_zh"], (name, field["name"])
    assert {field["name"] for field in FOUND["envelope"]} == set(Envelope.__struct_fields__)
    assert set(RECORDS) == {entry.record for entry in load_schemas()}
    named = {field["name"] for record in RECORDS.values() for field in record["fields"]}
    assert set(field_names()) == named | {field["name"] for field in FOUND["envelope"]}


@pytest.mark.requirement(80)
def test_an_amount_says_its_unit_and_a_day_that_it_is_one() -> None:
    penalty = {field["name"]: field for field in RECORDS["credit.PenaltyImposed"]["fields"]}

    assert penalty["fine_fen"]["unit"] == "fen (分), 0.01 yuan"
    assert penalty["publish_until"]["type"] == "day or null"
    assert penalty["kinds"]["type"] == "list of PenaltyKind"
    assert penalty["kinds"]["required"]
    assert not penalty["fine_fen"]["required"]
    assert penalty["kinds"]["codes"] in FOUND["code_lists"]


@pytest.mark.requirement(80)
def test_every_code_list_is_whole_and_in_both_languages() -> None:
    assert codes("categories") == set(RULEBOOK.categories)
    assert codes("departments") == set(RULEBOOK.departments)
    assert codes("lists") == set(RULEBOOK.lists)
    assert codes("measures") == set(RULEBOOK.measures)
    assert codes("indicators") == set(RULEBOOK.indicators)
    assert codes("professions") == set(RULEBOOK.professions)
    assert codes("warnings") == {rule.id for rule in RULEBOOK.warnings}
    assert codes("event_types") == set(EVENT_TYPES)
    for name, symbols in enumerations():
        assert codes(name) == set(symbols), name
    for name, rows in code_lists().items():
        assert rows, name
        assert all(row["name_zh"] and row["name_en"] for row in rows), name


@pytest.mark.requirement(80)
def test_a_field_that_holds_codes_names_a_list_that_exists() -> None:
    known = {*FOUND["code_lists"], "divisions"}
    fields = [field for record in RECORDS.values() for field in record["fields"]]

    assert {field["codes"] for field in [*fields, *FOUND["envelope"]]} - {None} <= known


@pytest.mark.requirement(65)
def test_the_columns_of_the_official_form_lead_to_fields_that_exist() -> None:
    penalty = {field["name"]: field for field in RECORDS["credit.PenaltyImposed"]["fields"]}
    envelope = {field["name"]: field for field in FOUND["envelope"]}

    assert penalty["fine_fen"]["official_columns"][:2] == ["罚款金额(万元)", "CF_NR_FK"]
    assert "行政处罚决定书文号" in envelope["document_no"]["official_columns"]
    checked_only = {"subject_class", "state", "subject_number", "number_kind"}
    licence = {field["name"]: field for field in RECORDS["credit.LicenceGranted"]["fields"]}
    assert licence["valid_until"]["official_columns"][:2] == ["有效期至", "XK_YXQZI"]
    known = penalty.keys() | licence.keys() | envelope.keys()
    assert set(official_columns()) - checked_only <= known
    assert "CF_NR_FK" in MARKDOWN


@pytest.mark.requirement(65)
def test_the_delta_is_mapped_by_codes_gateways_and_clocks() -> None:
    delta = {row["code"]: row for row in FOUND["regions"]}
    shanghai, zhejiang = delta["310000"], delta["330000"]

    assert list(delta) == ["310000", "320000", "330000", "340000"]
    assert [each["department"] for each in shanghai["gateways"]] == ["credit-sh"]
    assert shanghai["clocks"]["shared"] == {"clock": "ended", "months": 60}
    for row in delta.values():
        days = {read_day(each) for each in row["moments"]["with_zone"]}
        assert days == {date(2026, 3, 5)}
    assert zhejiang["clocks"]["shared"] == {"clock": "recognised", "months": 60}
    assert (shanghai["objection_working_days"], zhejiang["objection_working_days"]) == (7, 5)
    assert shanghai["own_rules"] == [
        "disclosure.penalty_market_shanghai",
        "disclosure.penalty_shanghai",
        "disclosure.bad_shanghai",
        "objection.shanghai",
    ]
    assert delta["320000"]["own_rules"] == []
    places = {row["code"] for row in FOUND["divisions"]}
    assert {"330106", "330103", "310000", "320100", "340100"} <= places


@pytest.mark.requirement(81)
@pytest.mark.parametrize("row", FOUND["identifiers"], ids=lambda row: row["code"])
def test_each_rule_of_identifiers_holds_of_its_example_and_not_of_the_wrong_one(row: Any) -> None:
    checks: dict[str, Any] = {
        "credit_code": identifiers.credit_code_problem,
        "organisation_code": identifiers.organisation_code_problem,
        "registration_no": identifiers.registration_number_problem,
        "tax_no": identifiers.tax_number_problem,
        "identity_number": identifiers.identity_number_problem,
        "person_token": lambda text: None if identifiers.is_person_token(text) else "malformed",
        "division": lambda text: None if text.isdigit() and len(text) == 6 else "malformed",
    }
    check = checks[row["code"]]

    assert check(row["example"]) is None
    assert check(row["wrong"]) is not None
    assert row["name_zh"] in MARKDOWN


@pytest.mark.requirement(81)
def test_framework_service_rules_and_report_template_are_published_whole() -> None:
    assert [each["id"] for each in FOUND["evaluation"]] == [
        *(model.id for model in RULEBOOK.scores),
        *(region.id for region in RULEBOOK.regions),
        *(hint.id for hint in RULEBOOK.hints),
    ]
    rules = FOUND["service"]
    assert [r["id"] for r in rules["objections"]] == [r.id for r in RULEBOOK.objections]
    assert [r["id"] for r in rules["repairs"]] == [r.id for r in RULEBOOK.repairs]
    assert [r["id"] for r in rules["reporting"]] == [r.id for r in RULEBOOK.deadlines]
    sections = [row["code"] for row in FOUND["report"]["sections"]]
    assert sections.index("PenaltyImposed") < sections.index("score") < sections.index("rules")
    told = FOUND["report"]["json_schema"]["$defs"]["Profile"]["properties"]
    assert set(told) == set(Profile.__struct_fields__)


@pytest.mark.requirement(80)
def test_the_security_profile_says_what_is_in_force_and_which_tests_show_it() -> None:
    for row in FOUND["security"]:
        assert row["state"] in {"in force", "later"}, row["code"]
        assert (row["state"] == "in force") == bool(row.get("shown_by")), row["code"]
        for name in row.get("shown_by", ()):
            assert there_is(name), name
    states = {row["code"]: row["state"] for row in FOUND["security"]}
    assert [code for code, state in states.items() if state == "later"] == ["domestic_signatures"]
    assert "安全服务 Security profile" in MARKDOWN


@pytest.mark.requirement(80)
def test_its_version_and_digest_say_which_it_is() -> None:
    body = {key: value for key, value in FOUND.items() if key != "digest"}

    assert FOUND["digest"] == hashlib.sha256(canonical(body)).hexdigest()
    assert FOUND["version"].split(".")[0] == str(max(entry.id for entry in load_schemas()))
    assert FOUND["version"] in MARKDOWN
    assert FOUND["digest"] in MARKDOWN
    program = "from ops.dictionary.contents import dictionary; print(dictionary()['digest'])"
    for seed in ("1", "2"):
        again = subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "PATH": ""},
            capture_output=True,
            text=True,
            check=True,
        )
        assert again.stdout.strip() == FOUND["digest"]


@pytest.mark.requirement(80)
def test_every_topic_is_described_with_its_messages_and_settings() -> None:
    found = asyncapi("1.2")
    topics = topic_table(RULEBOOK)

    assert found["asyncapi"] == "3.1.0"
    assert list(found["channels"]) == [topic.name for topic in topics]
    for topic in topics:
        for action, accounts in (("send", topic.writers), ("receive", topic.readers)):
            assert found["operations"][f"{action}.{topic.name}"]["x-accounts"] == sorted(accounts)
    ledger = found["channels"]["credit.organisation.events.v1"]
    assert ledger["bindings"]["kafka"]["partitions"] == 12
    assert set(ledger["messages"]) == set(EVENT_TYPES)
    for name, channel in found["channels"].items():
        assert channel["messages"], name
        for message in channel["messages"].values():
            assert message["$ref"].rpartition("/")[2] in found["components"]["messages"]
    warning = found["components"]["messages"]["Warning"]
    newest = load_schemas().current("credit.Warning")
    assert warning["payload"]["schema"] == json.loads(newest.text)
    assert warning["bindings"]["kafka"]["schemaIdLocation"] == "payload"
    assert {topic_kind(name) for name in found["channels"]} == {
        *(
            "submissions",
            "events",
            "rejections",
            "profiles",
            "patches",
            "lists",
            "duties",
            "warnings",
        ),
        *("checkpoints", "inquiries", "access"),
    }


@pytest.mark.requirement(80)
def test_the_verb_writes_every_file_and_a_manifest_of_their_digests(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["catalogue", "export", str(tmp_path / "new")])
    manifest = json.loads((tmp_path / "new/manifest.json").read_bytes())

    assert done.exit_code == 0, done.output
    assert manifest["version"] == FOUND["version"]
    for name, said in manifest["files"].items():
        body = (tmp_path / "new" / name).read_bytes()
        assert hashlib.sha256(body).hexdigest() == said["sha256"], name
    assert sum(name.startswith("schemas/") for name in manifest["files"]) == len(load_schemas())
    assert {"data-dictionary.json", "data-dictionary.md", "asyncapi.json", "divisions.tsv"} <= set(
        manifest["files"]
    )


@pytest.mark.requirement(80)
def test_the_service_serves_what_the_verb_writes() -> None:
    pool: Any = None
    app = create_service(
        pool, RuleCalendar(RULEBOOK), noon(date(2026, 1, 1)), dict, artefacts, gate=gate()
    )
    client = client_of(app, key=None)

    assert client.get("/v1/standards").json()["digest"] == FOUND["digest"]
    answer = client.get("/v1/standards/data-dictionary.md")
    assert answer.headers["content-type"].startswith("text/markdown")
    assert answer.content == artefacts()["data-dictionary.md"].body
    schema = client.get("/v1/standards/schemas/0003-credit.PenaltyImposed.avsc")
    assert schema.json()["name"] == "PenaltyImposed"
    assert client.get("/v1/standards/passwords").status_code == 404


def test_a_row_more_in_the_catalogue_stands_in_it_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    row = msgspec.structs.replace(RULEBOOK.categories["recall.food"][-1], code="recall.toys")
    more = msgspec.structs.replace(
        RULEBOOK, categories={**RULEBOOK.categories, "recall.toys": [row]}
    )
    monkeypatch.setattr("ops.dictionary.code_lists.load_rulebook", lambda: more)

    assert "recall.toys" in {each["code"] for each in code_lists()["categories"]}
