"""What reaches a subject through its ties on a day, as known at a cut of all partitions."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from events.dates import known_date
from projections.as_of.contagion import ContagionAsked
from tests.support import builders as a
from tests.support.builders import PERSON, SUBJECT
from tests.support.histories import FIRST
from tests.support.whole_ledger import WholeLedger

if TYPE_CHECKING:
    from events.event import Event
    from projections.as_of.contagion import Contagion
    from tests.support.whole_ledger import Said
from tests.support.tied import RULE, SISTER, THIRD


def fled(subject: str, on: str, no: object = 1) -> Event:
    """Give that a subject fled its taxes: red from that day on."""
    return a.a_tax_listing(no, on, ground="fled", subject_id=subject, notified_on="2024-01-10")


def tie(subject: str, on: str = "2024-05-01", no: object = 1, **fields: Any) -> Event:
    """Give that a subject is represented by the boss."""
    return a.a_relation(no, on, subject_id=subject, **fields)


def said(*events: Event | tuple[Event, str]) -> list[Said]:
    """Give events with the day of recording: that beside one, else its own."""
    days = [each if isinstance(each, tuple) else (each, None) for each in events]
    return [
        (event, date.fromisoformat(on) if on else known_date(event.envelope, FIRST).day)
        for event, on in days
    ]


OWN, ITS, RED = tie(SUBJECT), tie(SISTER), fled(SISTER, "2025-03-10")
PAIR = WholeLedger(said(OWN, ITS, (RED, "2025-03-20")))


def asked(ledger: WholeLedger, on: str, cut: dict[int, int] | None = None) -> Contagion:
    return ledger.state(SUBJECT, date.fromisoformat(on), cut).contagion


@pytest.mark.requirement(90)
def test_the_answer_names_rule_ties_and_what_is_red_there_and_the_whole_cut() -> None:
    found = asked(PAIR, "2025-03-10")
    assert found.warning is not None
    red, listed = found.red

    assert found.asked is ContagionAsked.CONCLUDED
    assert (found.warning.rule, found.warning.rule_from.year) == (RULE, 1980)
    assert found.warning.level == "yellow"
    assert found.warning.region == OWN.envelope.region
    ids = [event.envelope.event_id for event in (OWN, ITS, RED)]
    assert found.warning.evidence == (*sorted(ids[:2]), ids[2])
    assert listed.rule == "warning.list_entry"
    assert (red.subject_id, red.partition, red.rule) == (SISTER, 1, "warning.fled")
    assert (red.through, set(red.ties), red.evidence) == ((PERSON,), set(ids[:2]), (ids[2],))
    assert (found.cut, found.relatives, found.red_relatives) == ("0:1,1:2", 1, 1)
    assert [(each.other, each.since) for each in found.ties] == [(PERSON, date(2024, 5, 1))]


@pytest.mark.requirement(59)
def test_the_same_day_is_answered_as_known_at_the_cut_of_the_relative() -> None:
    assert asked(PAIR, "2025-03-25").warning is not None
    assert asked(PAIR, "2025-03-25", {0: 1, 1: 1}).warning is None, "not yet known of the sister"
    assert asked(PAIR, "2025-03-25", {0: 1, 1: 0}).relatives == 0, "nor that there is one"
    assert asked(PAIR, "2025-03-09").warning is None, "the day before it fled"
    assert PAIR.state(SISTER, date(2025, 3, 25)).contagion.warning is None, "nobody is its own"


def test_where_the_cut_says_nothing_of_a_partition_nothing_is_concluded_and_that_is_said() -> None:
    found = asked(PAIR, "2025-03-25", {0: 1})

    assert (found.asked, found.silent) == (ContagionAsked.CUT_SILENT, [1])
    assert (found.warning, found.cut, found.relatives) == (None, None, 0)


def test_who_is_tied_to_nobody_needs_no_other_partition() -> None:
    shareholder = tie(SUBJECT, role="shareholder")
    ended = tie(SUBJECT, no=2, until="2025-01-01")
    alone = WholeLedger(said(shareholder, ended, ITS, RED))

    assert asked(alone, "2025-03-25").asked is ContagionAsked.NOBODY_TIED
    assert asked(alone, "2025-03-25", {0: 2}) == asked(alone, "2025-03-25")
    assert asked(alone, "2025-01-01").asked is ContagionAsked.CONCLUDED, "the last day of the tie"


@pytest.mark.requirement(29)
@pytest.mark.parametrize(
    ("own", "more", "warned"),
    [
        pytest.param(OWN, [ITS], True, id="both tied"),
        pytest.param(OWN, [], False, id="the sister is not"),
        pytest.param(tie(SUBJECT, other=SISTER), [], True, id="the sister itself controls it"),
        pytest.param(
            OWN, [ITS, a.a_relation_end(ITS, "2025-03-15", subject_id=SISTER)], False, id="ended"
        ),
        pytest.param(
            OWN, [ITS, a.a_revocation(ITS, "2025-04-15", subject_id=SISTER)], False, id="annulled"
        ),
        pytest.param(tie(SUBJECT, other=THIRD), [ITS], False, id="another boss"),
        pytest.param(OWN, [tie(SISTER, "2025-03-26")], False, id="tied later"),
        pytest.param(
            OWN,
            [ITS, a.named(msgspec.structs.replace(a.a_correction(ITS, "2025-04-15", other=THIRD)))],
            False,
            id="corrected to another",
        ),
        pytest.param(
            OWN,
            [
                tie(SISTER, other=THIRD),
                a.a_correction(tie(SISTER, other=THIRD), "2025-04-15", other=PERSON),
            ],
            True,
            id="corrected to the same",
        ),
    ],
)
def test_one_is_reached_while_both_are_tied(own: Event, more: list[Event], warned: bool) -> None:  # noqa: FBT001 - a column of the table
    ledger = WholeLedger(said(own, RED, *((event, "2025-05-01") for event in more)))

    assert (asked(ledger, "2025-03-25").warning is not None) is warned


def test_a_relative_with_messages_that_wait_is_named() -> None:
    wrong = a.a_correction(ITS, "2025-03-01", other=PERSON)
    bad = msgspec.structs.replace(wrong.changes[0], value='{"no": "text"}')
    wrong = a.named(msgspec.structs.replace(wrong, changes=[bad]))
    ledger = WholeLedger(said(OWN, ITS, wrong, RED))
    found = asked(ledger, "2025-03-25")

    assert found.parked == [SISTER]
    assert (found.relatives, found.warning) == (1, None), "what waits is not known yet"


def test_without_anybody_who_looks_the_answer_says_so() -> None:
    from tests.support.given import answer  # noqa: PLC0415 - only asked for here

    found = answer(PAIR.messages[SUBJECT], date(2025, 3, 25)).contagion

    assert (found.asked, found.warning) == (ContagionAsked.NOT_LOOKED, None)
