"""Admission as a whole: pure, complete, and content with what the ledger already holds."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.admission.admission import Submission, admit, check
from events.admission.rejection import Rejection, RejectionReason, reason, repeatable
from events.envelope import CHINA, Platform, Source
from events.event import EVENT_TYPES, Event, event_type
from events.rules.rulebook import load_rulebook
from tests.support import builders as a
from tests.support.erasing import one_of_each_erasure
from tests.support.given import value_of

RULEBOOK = load_rulebook()
NOON = datetime(2025, 6, 15, 12, tzinfo=CHINA)
PENALTY = a.a_penalty()
EVERY_TYPE = a.one_of_each()
NAMES = [f"{place} {event_type(event)}" for place, event in enumerate(EVERY_TYPE)]


def checked(event: Event, at: datetime = NOON, department: str | None = None) -> Event | Rejection:
    return check(
        Submission(
            platform=Platform.ORGANISATION,
            department=department or event.envelope.department,
            submitted_at=at,
            event=event,
        ),
        RULEBOOK,
    )


def admitted(value: bytes | None) -> Event | Rejection:
    return admit(
        value,
        platform=Platform.ORGANISATION,
        department="market-zj",
        submitted_at=NOON,
        rulebook=RULEBOOK,
    )


@pytest.mark.parametrize("event", EVERY_TYPE, ids=NAMES)
def test_a_report_in_order_is_admitted_just_as_it_was_said(event: Event) -> None:
    assert checked(event) == event


@pytest.mark.parametrize("event", EVERY_TYPE, ids=NAMES)
def test_admission_gives_the_id_that_a_department_leaves_out(event: Event) -> None:
    envelope = msgspec.structs.replace(event.envelope, event_id="")

    assert checked(msgspec.structs.replace(event, envelope=envelope)) == event


def test_every_event_type_is_tried_here() -> None:
    of_persons = one_of_each_erasure()
    tried = {event_type(event) for event in (*EVERY_TYPE, *of_persons)}
    assert tried == set(EVENT_TYPES)
    for event in of_persons:
        submission = Submission(
            platform=Platform.PERSON,
            department=event.envelope.department,
            submitted_at=NOON,
            event=event,
        )
        assert check(submission, RULEBOOK) == event


@pytest.mark.parametrize("event", EVERY_TYPE, ids=NAMES)
def test_what_is_admitted_is_admitted_again_unchanged(event: Event) -> None:
    once = checked(event)
    assert not isinstance(once, Rejection)

    assert checked(once) == once


def test_the_day_of_a_submission_is_a_day_in_china() -> None:
    """16:30 in Greenwich is half past midnight of the next day in China."""
    of_the_16th = a.a_penalty(on="2025-06-16")

    assert isinstance(checked(of_the_16th, datetime(2025, 6, 15, 15, 59, tzinfo=UTC)), Rejection)
    assert checked(of_the_16th, datetime(2025, 6, 15, 16, 30, tzinfo=UTC)) == of_the_16th


def test_an_imported_source_reports_under_its_own_name() -> None:
    imported = a.arrears(department="tax-tianjin", source=Source.IMPORTED, region="120000")

    assert checked(imported) == imported


def test_a_refusal_names_whose_report_it_was() -> None:
    refused = checked(a.a_penalty(legal_basis=""))

    assert isinstance(refused, Rejection)
    assert (refused.event_type, refused.subject_id) == ("PenaltyImposed", a.SUBJECT)
    assert (refused.department, refused.document_no) == ("market-zj", "罚1")


@settings(max_examples=300)
@given(st.binary(max_size=200))
def test_any_bytes_at_all_get_an_answer(value: bytes) -> None:
    assert isinstance(admitted(value), Rejection)


@settings(max_examples=300)
@given(st.data())
def test_any_damage_to_good_bytes_gets_an_answer(data: st.DataObject) -> None:
    value = bytearray(value_of(data.draw(st.sampled_from(EVERY_TYPE))))
    for _ in range(data.draw(st.integers(1, 4))):
        value[data.draw(st.integers(0, len(value) - 1))] = data.draw(st.integers(0, 255))
    answer = admitted(bytes(value))

    assert isinstance(answer, (Rejection, *EVENT_TYPES.values()))


@settings(max_examples=200)
@given(st.text(max_size=40), st.sampled_from(["subject_id", "department", "region", "category"]))
def test_any_text_in_a_code_gets_an_answer(text: str, field: str) -> None:
    envelope = msgspec.structs.replace(PENALTY.envelope, event_id="", **{field: text})
    answer = checked(msgspec.structs.replace(PENALTY, envelope=envelope))

    assert isinstance(answer, (Rejection, type(PENALTY)))


def test_a_long_value_is_shortened_in_a_reason() -> None:
    told = reason(RejectionReason.TEXT_TOO_LONG, "facts", "长" * 500, "short")

    assert told.value == "长" * 80 + "…"


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("合同11010519491231002X号", False),
        ("１１０１０５１９４９１２３１００２Ｘ", False),
        ("110105194912310021", False),
        ("x" * 70 + " 11010519491231002X", False),
        ("110105194913310021", True),
        ("A11010519491231002X", False),
        ("91330000PDY00001XQ", True),
    ],
)
def test_an_identity_number_is_not_shown_even_mistyped(text: str, seen: bool) -> None:  # noqa: FBT001 - a column
    assert (repeatable(text) == text) is seen


def test_what_is_extended_is_not_granted_yet() -> None:
    granted = a.a_repair(PENALTY, "2025-06-10", extended=True)
    put_off = a.a_repair(PENALTY, "2025-06-10", granted=False, extended=True)

    refused = checked(granted)
    assert isinstance(refused, Rejection)
    assert [each.field for each in refused.reasons] == ["granted"]
    assert checked(put_off) == put_off
