"""The door of the command line: what counts by a quota and what is recorded is what HTTP counts and records."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from events.envelope import Platform
from events.errors import LedgerError
from events.rules.access import Gives, Purpose, Role
from ops.doors.asking import (
    ActRefusedError,
    CommandDoor,
    InquiryNotKeptError,
    KeyShown,
    QuestionRefusedError,
)
from projections.access.asker import Asker, Contract, RefusalCode, Wanted
from tests.support import builders as a
from tests.support.asking import GateOfTests, noon

if TYPE_CHECKING:
    from projections.access.asker import AccessPermit

DAY = date(2026, 6, 15)
WANTED = Wanted(gives=Gives.PROFILE, platform=Platform.ORGANISATION, subject=a.SUBJECT)
TWO_A_DAY = Contract(contract_id="c", purposes=(Purpose.LENDING,), start=date(2026, 1, 1), a_day=2)


@pytest.fixture
def gate() -> GateOfTests:
    return GateOfTests(
        agency=Asker(role=Role.AGENCY, organisation="agency-1", key_id="k", contracts=(TWO_A_DAY,))
    )


@pytest.fixture
def door(gate: GateOfTests) -> CommandDoor:
    shown = KeyShown("agency", Purpose.LENDING)
    nothing_is_read: Any = None
    return CommandDoor(nothing_is_read, gate, shown, noon(DAY), question="profile")


def nothing_shown(_: AccessPermit) -> bytes:
    raise QuestionRefusedError(RefusalCode.NOTHING_PUBLIC, "rule")


def fails(_: AccessPermit) -> bytes:
    raise LedgerError("of ours")


def left(gate: GateOfTests) -> int:
    return 2 - gate.used["c", DAY]


def test_an_answer_counts_and_so_does_that_nothing_is_shown(
    door: CommandDoor, gate: GateOfTests
) -> None:
    assert door.ask(WANTED, lambda _: b"{}") == b"{}"
    assert left(gate) == 1
    with pytest.raises(QuestionRefusedError):
        door.ask(WANTED, nothing_shown)
    assert left(gate) == 0
    assert [each.outcome for each in gate.inquiries] == ["answered", "nothing_public"]


def test_that_none_is_left_is_refused_and_recorded(door: CommandDoor, gate: GateOfTests) -> None:
    for _ in range(2):
        door.ask(WANTED, lambda _: b"{}")
    with pytest.raises(QuestionRefusedError, match="quota_used"):
        door.ask(WANTED, lambda _: b"{}")

    assert [each.outcome for each in gate.inquiries] == ["answered", "answered", "quota_used"]


@pytest.mark.parametrize("answer", [lambda _: b"{}", nothing_shown, fails])
def test_what_is_not_recorded_is_not_answered_and_not_counted(
    door: CommandDoor, gate: GateOfTests, answer: Any
) -> None:
    gate.is_away = True
    with pytest.raises(InquiryNotKeptError):
        door.ask(WANTED, answer)

    assert left(gate) == 2


def test_what_fails_is_recorded_and_not_counted(door: CommandDoor, gate: GateOfTests) -> None:
    with pytest.raises(LedgerError, match="of ours"):
        door.ask(WANTED, fails)

    assert left(gate) == 2
    assert [each.outcome for each in gate.inquiries] == ["LedgerError"]


def door_of(gate: GateOfTests, key: str | None) -> CommandDoor:
    nothing_is_read: Any = None
    return CommandDoor(nothing_is_read, gate, KeyShown(key), noon(DAY), question="submit")


def test_who_runs_the_ledger_acts_for_any_department_and_that_is_recorded_first() -> None:
    gate = GateOfTests(local=Asker(role=Role.OPERATOR, key_id="k"))
    door_of(gate, "local").let_act("market-zj")

    assert [(each.rule, each.outcome) for each in gate.inquiries] == [
        ("operator.local_acts", "answered")
    ]
    gate.is_away = True
    with pytest.raises(InquiryNotKeptError):
        door_of(gate, "local").let_act("market-zj")


def test_a_department_acts_as_itself_alone_and_nobody_else_acts() -> None:
    gate = GateOfTests(
        market=Asker(role=Role.DEPARTMENT, organisation="market-zj", key_id="m"),
        auditor=Asker(role=Role.AUDITOR, key_id="a"),
    )
    door_of(gate, "market").let_act("market-zj")
    assert gate.inquiries == []

    refused = {
        ("market", "tax-zj"): ("not_own", "department.local_acts"),
        ("auditor", "market-zj"): ("purpose_not_of_role", "nothing_without_a_row"),
        ("gone", "market-zj"): ("unauthenticated", "no_key_in_force"),
        (None, "market-zj"): ("unauthenticated", "nothing_without_a_row"),
    }
    for (key, department), (code, rule) in refused.items():
        with pytest.raises(ActRefusedError) as error:
            door_of(gate, key).let_act(department)
        assert (error.value.code, error.value.rule, error.value.exit_code) == (code, rule, 2)
    assert [each.outcome for each in gate.inquiries] == ["not_own", "purpose_not_of_role"]
