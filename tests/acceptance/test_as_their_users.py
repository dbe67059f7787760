"""The plan's requirements, each shown as its user meets it: reported by file, asked by verb, heard by topic.

Many departments report once, through `submit`, on a real broker; then each user asks for what is his.
"""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
import pytest
from typer.testing import CliRunner

from events.envelope import CHINA, Source
from events.event import EVENT_TYPES
from events.types.subject import SubjectKind
from ops.cli import app
from ops.generator.codes import synthetic_credit_code_at
from tests.support import builders as a
from tests.support.answers import answer_of
from tests.support.chaos import wait_for
from tests.support.keys import local_key_of
from tests.support.patience import AMPLE_S
from tests.support.reported import the_fields

if TYPE_CHECKING:
    from pathlib import Path

    from events.event import Event
    from tests.acceptance.conftest import Ledger

WITHIN_S: Final = AMPLE_S
TODAY: Final = datetime.now(CHINA).date()
YEAR: Final = TODAY.year - 1
LATELY: Final = (TODAY - timedelta(days=20)).isoformat()


def firm(number: int) -> str:
    """Give the code of a firm of this module alone."""
    return synthetic_credit_code_at(70_000 + number)


(
    FINED,
    DOMAINS,
    LISTED,
    UNWARNED,
    GOOD,
    OWING,
    COURT,
    RECALL,
    MEASURED,
    REGIONS,
    DIFFER,
    SAID,
    SECRET,
    CERTIFIED,
    PROMISING,
    TIED,
    WATCHED,
    ITEMISED,
) = map(firm, range(18))
BODY: Final = "11330100PDY000706M"


def on(month_day: str) -> str:
    """Give a day of last year, so that no clock of the rules is near its end."""
    return f"{YEAR}-{month_day}"


PENALTY = a.a_penalty("甲", on("03-10"), subject_id=FINED, fine_fen=500_000_000)
SECOND = a.a_penalty("乙", on("03-11"), subject_id=FINED)
ARREARS = a.arrears("甲", on("03-10"), subject_id=OWING)
NOTICE = a.a_notice("甲", on("02-01"), subject_id=LISTED)
ENTRY = a.a_tax_listing("甲", on("04-10"), notified_on=on("02-01"), subject_id=LISTED)
BARE = a.a_tax_listing("乙", on("04-10"), notified_on=None, subject_id=UNWARNED)
MEASURE = a.a_measure(ENTRY, on("05-01"), no="甲", measure="credit_warning")
FILED = a.a_filing("甲", on("01-10"), subject_id=COURT)
NINE: Final = {
    "credit": a.a_default("信贷", on("02-01"), category="default.loan", subject_id=DOMAINS),
    "tax": a.arrears("九", on("02-02"), subject_id=DOMAINS),
    "contract": a.a_commitment("九", on("02-03"), subject_id=DOMAINS),
    "quality": a.an_inspection("九", on("02-04"), subject_id=DOMAINS),
    "environment": a.a_penalty(
        "环",
        on("02-05"),
        subject_id=DOMAINS,
        department="ecology-zj",
        category="penalty.environment",
    ),
    "labour": a.a_default("薪", on("02-06"), subject_id=DOMAINS),
    "justice": a.a_judgment("九", on("02-07"), subject_id=DOMAINS),
    "trade": a.a_penalty(
        "关", on("02-08"), subject_id=DOMAINS, department="customs-hz", category="penalty.customs"
    ),
    "food_drug": a.a_recall("九", on("02-09"), subject_id=DOMAINS),
}
CERTIFICATES: Final = [
    a.a_certificate(n, on(day), status=status, subject_id=CERTIFIED)
    for n, (day, status) in enumerate(
        [
            ("02-01", "granted"),
            ("05-01", "suspended"),
            ("06-01", "restored"),
            ("09-01", "withdrawn"),
        ]
    )
]
PROMISES: Final = {
    "commitment.licence": "market-zj",  # 审批替代型
    "commitment.public": "credit-zj",  # 主动公示型
    "commitment.industry": "association-zj",  # 行业自律型
    "commitment.repair": "credit-zj",  # 信用修复型
}
"""The four kinds of commitment (信用承诺), and who reports each here."""


def promised() -> list[Event]:
    """Give of each kind one that was kept and one that was broken, with what became of it."""
    said: list[Event] = []
    for category, department in PROMISES.items():
        for outcome in ("performed", "breached"):
            source = Source.ASSOCIATION if department == "association-zj" else Source.DEPARTMENT
            made = a.a_commitment(
                f"{category}{outcome}",
                on("02-01"),
                subject_id=PROMISING,
                category=category,
                department=department,
                source=source,
            )
            said += [made, a.a_settled(made, LATELY, outcome)]
    return said


REPORTED: Final = [
    *CERTIFICATES,
    *promised(),
    a.a_registration(subject_id=FINED),
    PENALTY,
    SECOND,
    a.a_correction(SECOND, on("03-20"), fine_fen=1_000_000),
    ARREARS,
    a.a_settlement(ARREARS, on("06-01"), 1_000_000),
    NOTICE,
    ENTRY,
    BARE,
    MEASURE,
    a.a_measure_answer(MEASURE, on("05-10"), "applied"),
    a.a_commendation("甲", on("03-01"), subject_id=GOOD),
    a.a_grade("A", on("04-30"), period=YEAR - 1, subject_id=GOOD),
    FILED,
    a.a_recall("甲", on("03-01"), batch_no="B20250301", level=1, subject_id=RECALL),
    a.a_recall("绍", LATELY, subject_id=REGIONS, region="330600", level=1),
    *NINE.values(),
    a.a_registration(subject_id=DIFFER, subject_name="杭州甲有限公司"),
    a.a_penalty(
        "名",
        LATELY,
        subject_id=DIFFER,
        subject_name="杭州乙有限公司",
        department="ecology-zj",
        category="penalty.environment",
    ),
    a.a_declaration("自", on("05-01"), subject_id=SAID),
    a.a_removal(ENTRY, LATELY),
    a.a_relation("甲", on("03-01"), subject_id=TIED, until=on("09-01")),
    a.a_penalty("一", LATELY, subject_id=WATCHED, fine_fen=500_000_000),
    a.a_penalty("二", LATELY, subject_id=WATCHED, fine_fen=500_000_000),
    a.particulars(on("03-01"), subject_id=ITEMISED),
    a.a_registration(subject_id=BODY, kind=SubjectKind.GOVERNMENT_BODY),
    a.a_default(
        "府",
        on("03-01"),
        subject_id=BODY,
        department="ndrc-zj",
        category="default.government",
    ),
]


class Province(NamedTuple):
    """A ledger to which departments reported, and what `submit` told each."""

    ledger: Ledger
    told: dict[str, Any]

    def ask(self, *verb: str) -> Any:
        """Ask by a verb that must succeed, and give its JSON."""
        return answer_of(self.said(*verb, "--json"))

    def said(self, *verb: str) -> str:
        """Ask by a verb that must succeed, and give what it prints."""
        stack = self.ledger.stack
        environment = {
            "CREDIT_LEDGER_KAFKA": stack.kafka,
            "CREDIT_LEDGER_POSTGRES": stack.postgres,
            "CREDIT_LEDGER_KEY": local_key_of(stack) or "",
            "COLUMNS": "200",
        }
        done = CliRunner().invoke(app, list(verb), env=environment)
        assert done.exit_code == 0, done.output
        return done.stdout

    def profile(self, subject: str) -> Any:
        return self.ask("profile", subject)["profile"]


def seen(ledger: Ledger, subject: str) -> bool:
    return ledger.run("profile", subject, "--json").returncode == 0


def submit(ledger: Ledger, folder: Path, department: str, events: list[Event]) -> Any:
    """Report as a department does: a file, and a verb."""
    file = folder / f"{department}.ndjson"
    file.write_bytes(b"\n".join(msgspec.json.encode(the_fields(event)) for event in events) + b"\n")
    done = ledger.run("submit", str(file), "--department", department, "--json")
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def province(ledger: Ledger, tmp_path_factory: pytest.TempPathFactory) -> Province:
    folder = tmp_path_factory.mktemp("reports")
    by_department: dict[str, list[Event]] = defaultdict(list)
    for event in REPORTED:
        by_department[event.envelope.department].append(event)
    told = {d: submit(ledger, folder, d, events) for d, events in by_department.items()}
    found = Province(ledger, told)
    counts: dict[str, int] = defaultdict(int)
    for event in REPORTED:
        counts[event.envelope.subject_id] += 1
    for subject, count in counts.items():

        def applied(subject: str = subject, count: int = count) -> bool:
            done = ledger.run("profile", subject, "--json")
            return done.returncode == 0 and json.loads(done.stdout)["events"] >= count

        wait_for(applied, WITHIN_S, f"{count} events of {subject}")
    return found


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
