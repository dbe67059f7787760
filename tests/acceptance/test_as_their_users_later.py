"""The plan's requirements as their users meet them: what is marked, found, followed and told from one day to another."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import pytest

from events.event import EVENT_TYPES
from tests.support import builders as a
from tests.support.answers import answer_of
from tests.support.chaos import wait_for
from tests.support.nine_fields import (
    BODY,
    CERTIFIED,
    FINED,
    GOOD,
    LATELY,
    LISTED,
    PROMISES,
    PROMISING,
    SAID,
    TIED,
    TODAY,
    WATCHED,
    YEAR,
    Province,
    firm,
    on,
    seen,
    submit,
)
from tests.support.patience import AMPLE_S

if TYPE_CHECKING:
    from pathlib import Path


WITHIN_S: Final = AMPLE_S


@pytest.mark.requirement(13, 37, 72, at="command")
def test_lag_and_latency_are_watched_and_a_bad_report_stops_nobody(
    province: Province, tmp_path: Path
) -> None:
    submit(
        province.ledger, tmp_path, "tax-zj", [a.arrears("坏", "2999-01-01", subject_id=firm(20))]
    )
    good = a.a_penalty("后", LATELY, subject_id=firm(21), fine_fen=500_000_000)
    assert submit(province.ledger, tmp_path, "market-zj", [good])["sent"] == 1
    wait_for(lambda: seen(province.ledger, firm(21)), WITHIN_S, "the other department's record")
    assert province.profile(firm(21))["supervision"]
    status = province.ask("status")
    assert "latency" in status


@pytest.mark.requirement(15, at="command")
def test_what_a_subject_says_of_itself_is_marked(province: Province) -> None:
    (record,) = province.profile(SAID)["records"]
    assert record["source"] == "self_declared"


@pytest.mark.requirement(70, at="command")
def test_a_tax_grade_is_told_with_its_year(province: Province) -> None:
    grade = next(r for r in province.profile(GOOD)["records"] if r["type"] == "GradeAssigned")
    assert grade["details"]["period"] == YEAR - 1


@pytest.mark.requirement(73, at="topic")
def test_a_recall_warns_where_it_happened_at_once(province: Province) -> None:
    city = ("--region", "330600", "--from-start", "--count", "1", "--json")
    (heard,) = province.ledger.run("watch", "warnings", *city).stdout.splitlines()
    assert "recall" in json.loads(heard)["rule"]


@pytest.mark.requirement(65, 81, at="command")
def test_identifiers_framework_and_report_template_are_exported(
    province: Province, tmp_path: Path
) -> None:
    standards = tmp_path / "standards"
    province.said("catalogue", "export", str(standards))
    names = {path.name for path in standards.rglob("*") if path.is_file()}
    assert {"identifiers.json", "manifest.json"} & names
    exchanged = {path.name.partition("-")[2] for path in (standards / "schemas").iterdir()}
    assert {f"credit.{kind}.avsc" for kind in EVENT_TYPES} <= exchanged
    places = (standards / "divisions.tsv").read_text("utf-8")
    assert all(f"\n{code}\t" in places for code in ("330100", "310000", "320000"))


@pytest.mark.requirement(29, at="command")
def test_a_firm_leads_to_its_representative_from_one_day_to_another(province: Province) -> None:
    (record,) = province.profile(TIED)["records"]
    assert (record["type"], record["details"]["role"]) == (
        "RelationRecorded",
        "legal_representative",
    )
    during, after = (
        province.ask("state", TIED, "--valid-on", on(day))["contagion"]
        for day in ("06-01", "10-01")
    )
    assert during["ties"] != after["ties"]


@pytest.mark.requirement(35, at="command")
def test_a_subject_is_found_however_its_code_is_written_and_a_wrong_one_is_refused(
    province: Province,
) -> None:
    full_width = "".join(chr(ord(each) + 0xFEE0) for each in FINED)
    for written in (FINED.lower(), f" {FINED[:9]} {FINED[9:]} ", full_width):
        assert province.ask("profile", written)["subject_id"] == FINED
    wrong = FINED[:-1] + ("0" if FINED[-1] != "0" else "1")
    done = province.ledger.run("profile", wrong)
    assert (done.returncode, "check digit" in done.stderr) == (2, True)


@pytest.mark.requirement(39, at="command")
def test_a_body_of_government_is_a_subject_of_the_ledger_that_it_reports_to(
    province: Province,
) -> None:
    profile = province.profile(BODY)
    assert profile["kind"] == "government_body"
    assert [each["category"] for each in profile["records"]] == ["default.government"]
    assert province.told["ndrc-zj"]["refused"] == 0


@pytest.mark.requirement(59, at="command")
def test_a_monitor_warns_while_two_penalties_lie_in_its_window_and_no_longer(
    province: Province,
) -> None:
    def warned(day: str) -> dict[str, str]:
        profile = province.ask("state", WATCHED, "--valid-on", day)["state"]["profile"]
        return {each["rule"]: each["level"] for each in profile["warnings"]}

    now = warned(TODAY.isoformat())
    assert now
    assert warned((TODAY + timedelta(days=800)).isoformat()) != now


@pytest.mark.requirement(93, at="command")
def test_an_auditor_folds_everything_anew_and_finds_no_difference(province: Province) -> None:
    done = province.ledger.run("replay", "--json")
    assert done.returncode == 0, done.stderr
    assert answer_of(done.stdout)


@pytest.mark.requirement(95, 96, at="command")
def test_an_entry_of_one_city_binds_everywhere_until_its_removal(province: Province) -> None:
    during = province.ask("state", LISTED, "--valid-on", on("06-01"))
    (listed,) = during["state"]["profile"]["lists"]
    assert listed["status"] == "in_effect"
    assert during["state"]["profile"]["supervision"]
    (after,) = province.profile(LISTED)["lists"]
    assert after["status"] == "ended"


@pytest.mark.requirement(106, at="command")
def test_a_certificate_is_followed_from_its_grant_to_its_withdrawal(province: Province) -> None:
    told = province.ask("history", CERTIFIED)["items"]
    states = [each["event"]["status"] for each in told]
    assert states == ["granted", "suspended", "restored", "withdrawn"]
    assert {each["event"]["scheme"] for each in told} == {"compulsory"}
    assert province.profile(CERTIFIED)["categories"]["certification.product"]["public"] == 4


def test_each_of_the_four_kinds_of_commitment_is_kept_or_broken_in_the_profile(
    province: Province,
) -> None:
    records = province.profile(PROMISING)["records"]
    kinds = {
        (r["category"], r["document_no"].removeprefix(f"诺{r['category']}")): r for r in records
    }
    assert {key: each["status"] for key, each in kinds.items()} == {
        (category, outcome): {"performed": "settled", "breached": "breached"}[outcome]
        for category in PROMISES
        for outcome in ("performed", "breached")
    }
    (warning,) = [
        w for w in province.profile(PROMISING)["warnings"] if w["rule"] == "warning.breaches"
    ]
    broken = {kinds[category, "breached"]["event_id"] for category in PROMISES}
    assert set(warning["evidence"]) == broken
