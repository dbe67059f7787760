"""What the relay will publish of a notice, as any reader of the topic decodes it."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec
import pytest

from events.envelope import Platform
from events.rules.versions import Level, WarningKind
from events.wire.codec import decode_record
from projections.calendar.workdays import KNOWN_UNTIL
from projections.conclusions.duties import DutyKind
from projections.notices.notice import (
    DutyNotice,
    DutyTransition,
    ListNotice,
    Transition,
    WarningNotice,
)
from projections.writing.outbox import decode_headers, outbox_rows

SUBJECT = "91330000PDY00001XQ"


def a_notice(transition: Transition = Transition.RAISED) -> WarningNotice:
    return WarningNotice(
        warning_id="w",
        episode_id="e",
        subject_id=SUBJECT,
        rule="candidate.x",
        rule_from=date(2020, 1, 1),
        transition=transition,
        level=Level.RED,
        previous_level=None,
        region="330200",
        domain="court",
        evidence=("a", "b"),
        on=date(2025, 1, 10),
        offset=7,
        kind=WarningKind.CANDIDATE,
        since=date(2025, 1, 9),
        expires_on=date(2026, 1, 9),
        window_months=12,
        recipients=("court-zj",),
        list="judgment_defaulter",
        acknowledged_by=("tax-zj",),
    )


@pytest.mark.requirement(16, 42)
def test_a_warning_goes_to_the_topic_of_its_region_with_all_that_it_says() -> None:
    (row,) = outbox_rows(Platform.ORGANISATION, 3, 11, [a_notice()])
    _, value = decode_record(row.value)

    assert (row.generation, row.n, row.key) == (11, 0, SUBJECT.encode())
    assert row.topic == "credit.organisation.warnings.330200"
    assert value == {
        "warning_id": "w",
        "episode_id": "e",
        "subject_id": SUBJECT,
        "subject_name": None,
        "rule": "candidate.x",
        "rule_from": date(2020, 1, 1),
        "transition": "raised",
        "level": "red",
        "previous_level": None,
        "region": "330200",
        "domain": "court",
        "evidence": ["a", "b"],
        "on": date(2025, 1, 10),
        "partition": 3,
        "offset": 7,
        "kind": "candidate",
        "recipients": ["court-zj"],
        "since": date(2025, 1, 9),
        "expires_on": date(2026, 1, 9),
        "window_months": 12,
        "list": "judgment_defaulter",
        "acknowledged_by": ["tax-zj"],
    }


@pytest.mark.parametrize("transition", list(Transition))
def test_every_transition_can_be_published(transition: Transition) -> None:
    """A note taken has no symbol of its own in the published schema: see `projections.writing.outbox`."""
    (row,) = outbox_rows(Platform.ORGANISATION, 0, 0, [a_notice(transition)])
    _, value = decode_record(row.value)
    expected = "eased" if transition is Transition.ACKNOWLEDGED else transition.value
    assert value["transition"] == expected


def test_headers_say_what_a_subscriber_sorts_by_without_what_is_not_said() -> None:
    told = msgspec.structs.replace(a_notice(), recipients=("court-zj", "tax-zj"))
    lifted = msgspec.structs.replace(told, level=None, previous_level=Level.BLUE, recipients=())
    rows = outbox_rows(Platform.ORGANISATION, 3, 11, [told, lifted])

    assert [decode_headers(row.headers) for row in rows] == [
        [
            ("level", b"red"),
            ("domain", b"court"),
            ("kind", b"candidate"),
            ("transition", b"raised"),
            ("recipients", b"court-zj,tax-zj"),
        ],
        [
            ("level", b"blue"),
            ("domain", b"court"),
            ("kind", b"candidate"),
            ("transition", b"raised"),
        ],
    ]


@pytest.mark.requirement(42)
def test_a_change_of_a_list_goes_to_the_topic_of_lists_behind_what_was_told_before() -> None:
    change = ListNotice(
        *("c", "entry", SUBJECT, "judgment_defaulter", "ended", "in_effect"),
        *(date(2025, 1, 10), date(2027, 1, 10), "evades", "330100", "list.x@2020-01-01"),
        *(date(2027, 1, 10), 7),
    )
    _, row = outbox_rows(Platform.ORGANISATION, 3, 11, [a_notice(), change])
    _, value = decode_record(row.value)

    assert (row.n, row.topic) == (1, "credit.organisation.lists.v1")
    assert decode_headers(row.headers) == [
        ("list", b"judgment_defaulter"),
        ("status", b"ended"),
    ]
    assert (value["from_on"], value["until_on"], value["changed_on"]) == (
        *(date(2025, 1, 10), date(2027, 1, 10), date(2027, 1, 10)),
    )


@pytest.mark.parametrize(
    ("due_on", "provisional"),
    [(None, False), (KNOWN_UNTIL, False), (KNOWN_UNTIL + timedelta(days=1), True)],
)
def test_a_duty_says_whether_its_last_day_may_move(
    due_on: date | None, *, provisional: bool
) -> None:
    duty = DutyNotice(
        *("n", "d", DutyTransition.OPENED, "tax-zj", DutyKind.ANSWER_OBJECTION, SUBJECT),
        *("e", "r", None, "tax", "330100", due_on, date(2026, 12, 1), date(2026, 12, 1), 7),
    )
    (row,) = outbox_rows(Platform.ORGANISATION, 3, 11, [duty])
    _, value = decode_record(row.value)

    assert (value["due_on"], value["due_provisional"]) == (due_on, provisional)
