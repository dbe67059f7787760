"""The plan's requirements, each shown as its user meets it: reported by file, asked by verb, heard by topic.

Many departments report once, through `submit`, on a real broker; then each user asks for what is his.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec
import pytest

from tests.support import builders as a
from tests.support.nine_fields import (
    COURT,
    DIFFER,
    DOMAINS,
    FINED,
    GOOD,
    ITEMISED,
    LISTED,
    NINE,
    OWING,
    REPORTED,
    SECRET,
    UNWARNED,
    Province,
    on,
    submit,
)

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.requirement(1, 2, at="command")
def test_government_finance_and_society_each_report_by_file_and_none_is_refused(
    province: Province,
) -> None:
    assert {"tax-zj", "court-zj", "market-zj", "credit-zj"} <= set(province.told)
    assert {d: told["refused"] for d, told in province.told.items() if told["refused"]} == {}
    assert sum(told["sent"] for told in province.told.values()) == len(REPORTED)
    told = {each["department"]: each for each in province.ask("quality", "departments")}
    assert all(told[d]["assessment"]["counts"]["events"] for d in province.told)


@pytest.mark.requirement(4, at="command")
def test_what_a_department_keeps_beyond_decisions_is_told_item_by_item(province: Province) -> None:
    (record,) = province.profile(ITEMISED)["records"]
    assert record["details"]["items"] == [
        {"item": "tax_kind", "value": "增值税"},
        {"item": "tax_paid", "value": "1250000"},
    ]
    told = "".join(province.said("profile", ITEMISED, "--language", "zh").split())
    assert "税款征收信息" in told
    assert "税款种类：增值税；税款实缴金额：12,500.00元" in told


@pytest.mark.requirement(6, at="command")
def test_a_firm_of_which_nine_fields_reported_has_a_record_of_each(province: Province) -> None:
    shown = {each["category"] for each in province.profile(DOMAINS)["records"]}
    tallied = set(province.profile(DOMAINS)["categories"])
    assert {event.envelope.category for event in NINE.values()} <= shown | tallied


@pytest.mark.requirement(10, at="command")
def test_a_correction_is_a_further_event_and_both_stand_in_the_history(province: Province) -> None:
    (record,) = [r for r in province.profile(FINED)["records"] if r["document_no"] == "罚乙"]
    assert (record["details"]["fine_fen"], record["corrected"]) == (1_000_000, 1)
    before = province.said("history", FINED)
    assert before.count("罚乙") >= 1


@pytest.mark.requirement(22, 64, at="command")
def test_an_honour_stands_beside_the_rest_and_opens_the_fast_lane(province: Province) -> None:
    profile = province.profile(GOOD)
    assert {each["type"] for each in profile["records"]} == {"CommendationAwarded", "GradeAssigned"}
    assert any(each["class_code"] == "A" for each in profile["supervision"])


@pytest.mark.requirement(26, at="command")
def test_every_record_tells_basis_openness_period_and_privacy_class(province: Province) -> None:
    answer = province.ask("profile", FINED)
    facets = answer["facets"]["penalty.market"]
    assert {"disclosure", "compartment", "sensitivity"} <= set(facets)
    for record in answer["profile"]["records"]:
        assert record["shown"]["rule"].startswith("disclosure.")
        assert record["shown"]["shared_until"]


@pytest.mark.requirement(55, at="command")
def test_an_entry_without_notice_punishes_nobody_and_says_why(province: Province) -> None:
    (listed,) = province.ask("state", LISTED, "--valid-on", on("06-01"))["state"]["profile"][
        "lists"
    ]
    (bare,) = province.profile(UNWARNED)["lists"]
    assert listed["status"] == "in_effect"
    assert (bare["status"], bare["why"]) == ("no_effect", "no_prior_notice")


@pytest.mark.requirement(43, 56, 62, at="command")
def test_a_measure_names_who_must_act_and_who_answered(province: Province) -> None:
    (measure,) = province.ask("state", LISTED, "--valid-on", on("06-01"))["state"]["profile"][
        "measures"
    ]
    assert measure["measure"] == "credit_warning"
    assert measure["waiting_for"] == ["labour-zj"]


@pytest.mark.requirement(63, at="command")
def test_who_is_listed_is_found_by_the_list(province: Province) -> None:
    assert '"major_tax_violator"' in json.dumps(province.profile(LISTED)["lists"])


@pytest.mark.requirement(57, 88, at="command")
def test_a_firm_has_a_class_in_the_field_of_its_record_with_its_evidence(
    province: Province,
) -> None:
    (market,) = province.profile(FINED)["supervision"]
    assert (market["department"], market["domain"]) == ("market-zj", "market")
    assert market["evidence"]


@pytest.mark.requirement(66, at="command")
def test_a_case_is_followed_by_its_stages(province: Province) -> None:
    assert province.ask("cases", COURT)


@pytest.mark.requirement(69, at="command")
def test_arrears_are_told_with_what_was_paid(province: Province) -> None:
    assert province.profile(OWING)["arrears_owed_fen"] == 5_000_000


@pytest.mark.requirement(16, 54, 61, at="topic")
def test_a_supervisor_hears_of_his_city_alone_with_evidence(province: Province) -> None:
    city = ("--region", "330600", "--from-start", "--count", "1", "--json")
    (heard,) = province.ledger.run("watch", "warnings", *city).stdout.splitlines()
    told = json.loads(heard)
    assert told["region"] == "330600"
    assert told["evidence"]


@pytest.mark.requirement(38, 84, at="command")
def test_an_auditor_sees_what_each_point_of_a_score_rests_on(province: Province) -> None:
    state = province.ask("state", FINED, "--valid-on", on("12-31"))
    score = state["state"]["profile"]["score"]
    assert score["model"]
    assert any(item["events"] for item in score["items"])


@pytest.mark.requirement(9, 51, at="command")
def test_what_may_not_be_reported_is_refused_by_name_and_nothing_is_sent(
    province: Province, tmp_path: Path
) -> None:
    bad = [
        a.a_penalty("早", "2999-01-01", subject_id=SECRET),
        a.a_penalty("越", on("03-01"), subject_id=SECRET, category="penalty.tax"),
        msgspec.structs.replace(
            a.a_penalty("密", on("03-01"), subject_id=SECRET), facts="机密★五号工程"
        ),
    ]
    told = submit(province.ledger, tmp_path, "market-zj", bad)
    assert (told["sent"], told["refused"]) == (0, 3)
    reasons = json.dumps(told, ensure_ascii=False)
    for code in ("date_in_future", "department_not_entitled", "state_secret"):
        assert code in reasons


@pytest.mark.requirement(12, at="command")
def test_departments_that_name_a_firm_differently_are_told(province: Province) -> None:
    (difference,) = province.profile(DIFFER)["discrepancies"]
    assert difference["field"] == "name"
