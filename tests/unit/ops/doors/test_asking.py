"""The door of the command line: what counts by a quota and what is recorded is what HTTP counts and records."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from events.envelope import Platform
from events.errors import LedgerError
from events.rules.access import Gives, Purpose, Role
from ops.doors.asking import CommandDoor, InquiryNotKeptError, KeyShown, QuestionRefusedError
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
