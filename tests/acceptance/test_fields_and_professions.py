"""What the plan asks of departments' own classes, of persons and of warnings under review, as users meet it.

Departments report by file on a real broker; then a supervisor, a reader and a monitor ask by verb.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import msgspec
import pytest
from typer.testing import CliRunner

from events.envelope import Disclosure, Platform, Source
from events.rules.rulebook import load_rulebook
from ops.cli import app
from ops.clock import today
from ops.generator.codes import synthetic_credit_code_at
from tests.support import builders as a
from tests.support.answers import answer_of
from tests.support.chaos import wait_for
from tests.support.keys import local_key_of
from tests.support.patience import AMPLE_S
from tests.support.reported import the_fields

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

    from events.event import Event
    from tests.acceptance.conftest import Ledger

WITHIN_S: Final = AMPLE_S
LATELY: Final = (today() - timedelta(days=20)).isoformat()
EVERYWHERE: Final = synthetic_credit_code_at(71_000)
CHEAT, DEBTOR, CONSUMER = (f"P{number:032x}" for number in (0x71001, 0x71002, 0x71003))
NAMED_FIRST: Final = {
    "certified_public_accountant",
    "tax_agent",
    "asset_appraiser",
    "land_valuer",
    "lawyer",
}
"""注册会计师、税务师、资产评估师、土地估价师、律师: the plan names them, box 3."""


def penalised_in() -> dict[str, str]:
    """Give the departments that have a class of their own and penalise, each with a category."""
    rulebook, found = load_rulebook(), dict[str, str]()
    for rule in rulebook.supervision:
        department = rulebook.department(rule.department)
        for code in rulebook.categories:
            row = rulebook.category_on(code, today())
            if (
                row is not None
                and row.domain == rule.domain
                and "PenaltyImposed" in row.event_types
                and department is not None
                and department.may_report(code)
            ):
                found.setdefault(rule.department, code)
    return found


class Users:
    """Whoever uses the command line of a ledger."""

    def __init__(self, ledger: Ledger, folder: Path) -> None:
        self._folder = folder
        self._settings = {
            "CREDIT_LEDGER_KAFKA": ledger.stack.kafka,
            "CREDIT_LEDGER_POSTGRES": ledger.stack.postgres,
            "CREDIT_LEDGER_KEYS": str(ledger.keys),
            "CREDIT_LEDGER_KEY": local_key_of(ledger.stack) or "",
        }

    def run(self, *verb: str) -> Result:
        return CliRunner().invoke(app, list(verb), env=self._settings)

    def ask(self, *verb: str) -> Any:
        done = self.run(*verb, "--json")
        assert done.exit_code == 0, done.output
        return answer_of(done.stdout)

    def report(self, department: str, *events: Event) -> None:
        """Report by a file, and do not wait: other departments report beside this one."""
        file = self._folder / f"{department}.ndjson"
        file.write_bytes(b"\n".join(msgspec.json.encode(the_fields(each)) for each in events))
        told = self.ask("submit", str(file), "--department", department, "--no-wait")
        assert (told["sent"], told["refused"]) == (len(events), 0), told

    def profile(self, subject: str, events: int, *more: str) -> Any:
        """Ask for a profile, once so many events are in it."""

        def applied() -> bool:
            done = self.run("profile", subject, "--json")
            return done.exit_code == 0 and answer_of(done.stdout)["events"] >= events

        wait_for(applied, WITHIN_S, f"{events} events of {subject}")
        return self.ask("profile", subject, *more)["profile"]


@pytest.fixture(scope="module")
def users(ledger: Ledger, tmp_path_factory: pytest.TempPathFactory) -> Users:
    return Users(ledger, tmp_path_factory.mktemp("files"))


@pytest.mark.requirement(14, 58, at="command")
def test_each_of_the_plans_departments_has_the_firm_in_a_class_by_its_own_rules(
    users: Users,
) -> None:
    categories = penalised_in()
    for department, category in categories.items():
        fine = a.a_penalty(
            department,
            LATELY,
            subject_id=EVERYWHERE,
            fine_fen=500_000_000,
            department=department,
            category=category,
        )
        users.report(department, fine)
    classes = users.profile(EVERYWHERE, len(categories))["supervision"]

    assert len({each["department"] for each in classes} & categories.keys()) >= 25
    assert len({each["rule"] for each in classes}) == len(classes)
    assert len({each["class_code"] for each in classes}) >= 2, "one rule for all would give one"
    assert all(each["evidence"] for each in classes if each["class_code"] in {"C", "D"})


@pytest.mark.requirement(76, at="command")
def test_a_warning_is_on_the_list_of_those_to_be_reviewed_until_somebody_takes_note(
    users: Users,
) -> None:
    subject = synthetic_credit_code_at(71_001)
    wages = a.a_default("观", (today() - timedelta(days=5)).isoformat(), subject_id=subject)
    users.report(wages.envelope.department, wages)
    assert users.profile(subject, 1)["warnings"]

    def under_review() -> list[Any]:
        found, after = list[Any](), tuple[str, ...]()
        while True:
            by = (today() + timedelta(days=400)).isoformat()
            page = users.ask("reviews", "--by", by, "--limit", "100", *after)
            found += [each for each in page["warnings"] if each["subject_id"] == subject]
            if page["next_after"] is None:
                return found
            after = ("--after", page["next_after"])

    (watched,) = under_review()
    assert watched["warning"]["review_by"] > LATELY
    named = watched["warning_id"]
    assert named in users.run("reviews", "--by", watched["warning"]["review_by"]).output
    done = users.run("acknowledge", named, "--department", wages.envelope.department)
    assert done.exit_code == 0, done.output
    wait_for(lambda: under_review() == [], WITHIN_S, "that the warning is off the list")


@pytest.mark.requirement(31, at="command")
def test_cheating_in_an_examination_and_a_student_loan_are_reported_of_persons_by_token(
    users: Users,
) -> None:
    cheating = a.a_conduct(
        "考",
        LATELY,
        conduct="exam_cheating",
        subject_id=CHEAT,
        subject_name=None,
        disclosure=Disclosure.SHARED,
        department="examination-zj",
        category="conduct.exam_misconduct",
    )
    loan = a.a_default(
        "贷",
        LATELY,
        subject_id=DEBTOR,
        subject_name=None,
        department="university-zj",
        category="default.student_loan",
        disclosure=Disclosure.AUTHORISED,
    )
    users.report("examination-zj", a.named(cheating, Platform.PERSON))
    users.report("university-zj", a.named(loan, Platform.PERSON))

    (cheated,) = users.profile(CHEAT, 1)["records"]
    (owed,) = users.profile(DEBTOR, 1)["records"]
    assert (cheated["category"], cheated["shown"]["public"]) == ("conduct.exam_misconduct", False)
    assert (owed["category"], owed["shown"]["public"]) == ("default.student_loan", False)


@pytest.mark.requirement(104, at="command")
def test_a_persons_career_and_unpaid_bills_are_recorded_with_their_days(
    users: Users,
) -> None:
    """个人信用消费、职业经历: when it practised, and what it owes for services."""
    of_lawyers: Any = {
        "role": "practises",
        "other": None,
        "profession": "lawyer",
        "subject_id": CONSUMER,
        "subject_name": None,
        "department": "lawyer-zj",
        "category": "relation.profession",
        "source": Source.ASSOCIATION,
    }
    first, second = (
        a.named(a.a_relation(no, day, **of_lawyers), Platform.PERSON)
        for no, day in ((1, "2019-03-01"), (2, "2024-01-08"))
    )
    left = a.named(a.a_relation_end(first, "2022-06-01"), Platform.PERSON)
    bills = [
        a.named(
            a.a_default(
                no,
                LATELY,
                category=category,
                department=department,
                disclosure=Disclosure.AUTHORISED,
                subject_id=CONSUMER,
                subject_name=None,
            ),
            Platform.PERSON,
        )
        for no, department, category in (
            ("话", "carriers-zj", "default.telecom"),
            ("水", "utility-zj", "default.utility"),
        )
    ]
    users.report("lawyer-zj", first, second, left)
    for bill in bills:
        users.report(bill.envelope.department, bill)
    profile = users.profile(CONSUMER, 5)
    career = users.ask("profile", CONSUMER, "--profession", "lawyer")["profile"]["records"]

    assert [(each["day"], each["ended_on"]) for each in career] == [
        ("2019-03-01", "2022-06-01"),
        ("2024-01-08", None),
    ]
    owed = {each["category"] for each in profile["records"] if each["owed_fen"]}
    assert owed == {"default.telecom", "default.utility"}


@pytest.mark.requirement(30, at="command")
def test_who_has_a_profession_has_an_archive_of_it_and_the_plans_join_first(users: Users) -> None:
    batches = {each["code"]: each["batch"] for each in users.ask("catalogue", "professions")}
    assert {batches[code] for code in NAMED_FIRST} == {1}
    assert set(batches.values()) == {1, 2, 3}
