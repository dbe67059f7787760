"""What is exported fits the schemata of FollowTheMoney, is read by the SDK of CloudEvents, and is no formula."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
import yaml
from cloudevents.v1.http import from_json

from events.admission.normal_form import with_envelope
from events.envelope import Disclosure, Platform
from events.event import EVENT_TYPES, Event, event_type
from events.roles import Original
from events.rules.access import View
from events.rules.rulebook import load_rulebook
from events.types.listing import ListEntered
from ops.generator import GeneratorPlan, generate
from projections.access.views import disclosed_profile
from projections.exports.exported import ExportedSubject, ExportFormat
from projections.exports.exporting import head_of, lines_of
from tests.support import builders as a
from tests.support.given import given

ON: Final = date(2026, 6, 15)
RULEBOOK: Final = load_rulebook()
SCHEMATA: Final = {
    path.stem: yaml.safe_load(path.read_text("utf-8"))[path.stem]
    for path in (Path(__file__).parents[3] / "data/peer-ftm").glob("*.yaml")
}
FORMS: Final = {
    "date": re.compile(r"\d{4}-\d{2}-\d{2}"),
    "country": re.compile("cn"),
    "identifier": re.compile(r"\S.*"),
}


def exported(*said: Event, view: View = View.PUBLIC) -> ExportedSubject:
    profile = given(*said).on(ON)
    shown = disclosed_profile(
        profile, (), view, platform=Platform.ORGANISATION, subject_id=a.SUBJECT, on=ON
    )
    assert shown is not None
    published = {e.envelope.event_id: e.envelope.published_on for e in said}
    return ExportedSubject(shown, {k: v for k, v in published.items() if v is not None})


def lines(export: ExportFormat, *said: Event, view: View = View.PUBLIC) -> list[str]:
    return [x.decode() for x in lines_of(export, exported(*said, view=view), RULEBOOK)]


def schema_of(name: str) -> tuple[dict[str, Any], set[str], set[str]]:
    """Give the properties of a schema with all that it extends, what must be said, and its family."""
    schema = SCHEMATA[name]
    properties, required, family = {}, set(schema.get("required", ())), {name}
    for parent in schema.get("extends", ()):
        more, needed, older = schema_of(parent)
        properties |= more
        required |= needed
        family |= older
    return properties | schema.get("properties", {}), required, family


def entities(*said: Event, view: View = View.PUBLIC) -> list[dict[str, Any]]:
    """Give the entities, each held against its schema."""
    found = [json.loads(line) for line in lines(ExportFormat.FTM, *said, view=view)]
    ids = {entity["id"]: entity for entity in found}
    assert len(ids) == len(found)
    for entity in found:
        properties, required, _ = schema_of(entity["schema"])
        assert not SCHEMATA[entity["schema"]].get("abstract")
        assert required <= entity["properties"].keys()
        for name, texts in entity["properties"].items():
            row = properties[name]
            assert texts
            assert not row.get("deprecated")
            for text in texts:
                assert isinstance(text, str)
                form = FORMS.get(row.get("type", ""))
                assert form is None or form.fullmatch(text), (name, text)
                assert len(text) <= row.get("maxLength", 10_000)
                if row.get("type") == "entity":
                    assert row["range"] in schema_of(ids[text]["schema"])[2]
    return found


def penalty(**more: Any) -> Event:
    return a.a_penalty(1, "2026-03-02", subject_name="杭州样例有限公司", **more)


def test_a_penalty_is_a_sanction_whose_day_of_listing_is_another_than_its_beginning() -> None:
    firm, sanction = entities(penalty(published_on=date(2026, 3, 9)))

    assert firm["schema"] == "Company"
    assert firm["properties"]["uscCode"] == [a.SUBJECT]
    assert firm["properties"]["name"] == ["杭州样例有限公司"]
    assert sanction["schema"] == "Sanction"
    assert sanction["properties"]["entity"] == [firm["id"]]
    assert sanction["properties"]["startDate"] == ["2026-03-02"]
    assert sanction["properties"]["listingDate"] == ["2026-03-09"]


def test_a_day_of_publication_that_nobody_said_is_not_made_up() -> None:
    _, sanction = entities(penalty())

    assert "listingDate" not in sanction["properties"]


def test_an_entry_of_a_list_is_a_sanction_and_one_of_honours_is_none() -> None:
    listed = a.a_court_listing(1, "2026-03-02")
    honoured = a.a_court_listing(2, "2026-03-03")
    red = type(honoured)(
        *[
            getattr(honoured, name) if name != "list" else "redlist_general"
            for name in honoured.__struct_fields__
        ]
    )
    _, sanction = entities(listed, view=View.WHOLE)

    assert sanction["properties"]["programId"] == ["list.judgment_defaulter"]
    assert [each["schema"] for each in entities(red, view=View.WHOLE)] == ["Company"]


def test_a_body_that_is_no_company_is_an_organisation() -> None:
    shown = exported(penalty())
    body = shown._replace(profile=_renamed(shown.profile, "11330000MB1234567Q"))
    (line, *_) = lines_of(ExportFormat.FTM, body, RULEBOOK)

    assert json.loads(line)["schema"] == "Organization"


def _renamed(profile: Any, code: str) -> Any:
    return msgspec.structs.replace(profile, subject_id=code)


def test_what_is_warned_of_is_in_no_entity() -> None:
    said = [a.a_penalty(n, f"2026-0{n}-02", fine_fen=90_000_000_00) for n in range(1, 6)]
    assert given(*said).on(ON).warnings
    found = entities(*said, view=View.WHOLE)

    assert {each["schema"] for each in found} == {"Company", "Sanction"}
    assert len(found) == len(said) + 1
    assert "warning" not in json.dumps([e["properties"].get("program") for e in found])


ORIGINALS: Final = [name for name, kind in EVENT_TYPES.items() if issubclass(kind, Original)]
SANCTIONS: Final = {"PenaltyImposed", "ListEntered"}


@cache
def made_up() -> dict[str, Event]:
    """Give one event of each type that begins a record, as the generator makes all but mergers."""
    plan = GeneratorPlan(
        events=6_000, subjects=200, seed=3, first_day=date(2024, 1, 1), last_day=date(2026, 5, 31)
    )
    found: dict[str, Event] = {"SubjectMerged": a.a_merger(kind="absorbed")}
    for event in generate(plan):
        found.setdefault(event_type(event), with_envelope(event, subject_id=a.SUBJECT))
    return found


@pytest.mark.parametrize("name", ORIGINALS)
def test_each_type_of_event_fits_its_schema_and_only_what_is_decided_against_one_is_a_sanction(
    name: str,
) -> None:
    event, beside = made_up()[name], penalty()  # Who is registered only has nothing that is shown.
    told = [
        each for each in entities(event, beside, view=View.WHOLE) if "entity" in each["properties"]
    ]
    sanctions = {each["properties"]["recordId"][0] for each in told if each["schema"] == "Sanction"}
    of_honour = RULEBOOK.lists[event.list].honours if isinstance(event, ListEntered) else False
    is_one = name in SANCTIONS and not of_honour
    assert len(told) == len(sanctions) == 1 + is_one
    assert (event.envelope.event_id in sanctions) == is_one


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_a_record_of_any_other_type_would_be_no_sanction_even_if_it_were_shown(name: str) -> None:
    # Judgments and others are only counted, so no profile made of events has a record of them.
    entered = a.a_court_listing(2, "2026-03-03", subject_name="杭州样例有限公司")
    of = exported(entered, view=View.WHOLE)
    (record,) = of.profile.records
    other = msgspec.structs.replace(record, type=name)
    profile = msgspec.structs.replace(of.profile, records=[other], lists=[])
    told = [
        json.loads(x) for x in lines_of(ExportFormat.FTM, of._replace(profile=profile), RULEBOOK)
    ]
    assert [each["schema"] for each in told] == ["Company", *(["Sanction"] * (name in SANCTIONS))]


def test_the_sdk_of_cloudevents_reads_each_record() -> None:
    said = penalty(published_on=date(2026, 3, 9))
    (line,) = lines(ExportFormat.CLOUDEVENTS, said)
    event = from_json(line.encode())

    assert event["specversion"] == "1.0"
    assert event["id"] == said.envelope.event_id
    assert event["type"] == "cn.zj.credit.PenaltyImposed.v1"
    assert event["source"] == f"/departments/{said.envelope.department}"
    assert event["subject"] == a.SUBJECT
    assert event["disclosure"] == "public"
    assert event.data["document_no"] == said.envelope.document_no
    assert all(re.fullmatch("[a-z0-9]{1,20}", name) for name in event.get_attributes())


HOSTILE: Final = ("=1+1", "@SUM(A1)", "＝cmd|' /C calc'!A0", '"quoted", with a comma')


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_no_formula_in_a_table(name: str) -> None:
    (line,) = lines(ExportFormat.CSV, a.a_penalty(1, "2026-03-02", subject_name=name))
    head = head_of(ExportFormat.CSV).decode("utf-8-sig")
    ((columns), (cells)) = csv.reader(io.StringIO(head + line))
    row = dict(zip(columns, cells, strict=True))

    assert row["name"] == (name if name.startswith('"') else f"'{name}")
    assert row["subject_id"] == a.SUBJECT
    assert row["amount_fen"] == "5000000"
    assert line.endswith("\r\n")


@pytest.mark.parametrize("export", ExportFormat)
def test_what_the_public_may_not_see_is_in_no_format(export: ExportFormat) -> None:
    hidden = a.a_penalty(2, "2026-03-03", disclosure=Disclosure.SHARED, subject_name="暗处有限公司")

    assert lines(export, penalty(), hidden) == lines(export, penalty())
    assert "罚2" in "".join(lines(export, penalty(), hidden, view=View.WHOLE))
