"""Across admission and rejection: whatever a submission is, its answer is one that the broker takes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
import pytest

from events.admission import admission
from events.admission.admission import admit
from events.admission.rejection import (
    REASONS_MAX,
    Rejection,
    RejectionReason,
    first_reasons,
    reason,
)
from events.envelope import CHINA, Platform
from events.event import Event, event_to_record, event_type
from events.rules.rulebook import load_rulebook
from events.types.amendment import FieldChange
from events.wire.codec import encode_record
from tests.support import builders as a

RULEBOOK = load_rulebook()
SUBMITTED_AT = datetime(2025, 6, 15, 9, tzinfo=CHINA)
BROKER_TAKES = 1_000_000
"""librdkafka's `message.max.bytes`, which is below the broker's own."""


def outcome(event: Event) -> Event | Rejection:
    return admit(
        encode_record(f"credit.{event_type(event)}", event_to_record(event)),
        platform=Platform.ORGANISATION,
        department=event.envelope.department,
        submitted_at=SUBMITTED_AT,
        rulebook=RULEBOOK,
    )


def size_of(rejection: Rejection) -> int:
    place: dict[str, Any] = {
        "topic": "t",
        "partition": 0,
        "offset": 0,
        "submitted_at": SUBMITTED_AT,
    }
    return len(encode_record("credit.Rejection", msgspec.to_builtins(rejection) | place))


def test_a_list_of_31_000_is_refused_before_anything_in_it_is_looked_at() -> None:
    refused = outcome(msgspec.structs.replace(a.arrears(), taxes=["\x00"] * 31_000))

    assert isinstance(refused, Rejection)
    assert [each.code for each in refused.reasons] == [RejectionReason.LIST_TOO_LONG]


def test_a_submission_with_500_faults_is_refused_with_a_hundred_and_a_word_of_the_rest() -> None:
    arrears = msgspec.structs.replace(a.arrears(), taxes=["\x00"] * 500)
    refused = outcome(arrears)

    assert isinstance(refused, Rejection)
    assert len(refused.reasons) == REASONS_MAX + 1
    assert refused.reasons[-1].code is RejectionReason.MORE_REASONS
    assert refused.reasons[-1].value == "more than 100"
    assert size_of(refused) < BROKER_TAKES


def test_however_long_its_reasons_are_a_refusal_fits_into_a_message() -> None:
    long = reason(RejectionReason.VALUE_NOT_ALLOWED, "字" * 10_000, "值" * 10_000, "则" * 10_000)
    refused = Rejection(first_reasons([long] * 1_000))

    assert size_of(refused) < BROKER_TAKES
    assert refused.reasons[0].rule.startswith("则")
    assert refused.reasons[-1].code is RejectionReason.MORE_REASONS


def test_reasons_beyond_the_first_hundred_are_not_even_looked_for() -> None:
    looked = 0

    def endless() -> Any:
        nonlocal looked
        while True:
            looked += 1
            yield reason(RejectionReason.VALUE_MISSING, "field", "", "rule")

    first_reasons(endless())

    assert looked == REASONS_MAX + 1


@pytest.mark.parametrize("levels", [900, 3_000, 30_000])
def test_a_correction_whose_value_nests_deeply_is_refused(levels: int) -> None:
    correction = a.a_correction(a.a_penalty(), "2025-03-01", fine_fen=1)
    nested = msgspec.structs.replace(correction, changes=[FieldChange("fine_fen", "[" * levels)])
    refused = outcome(nested)

    assert isinstance(refused, Rejection)
    assert RejectionReason.CHECK_FAILED not in {each.code for each in refused.reasons}
    assert RejectionReason.CORRECTION_VALUE_WRONG in {each.code for each in refused.reasons}


def test_a_check_that_fails_is_a_refusal_that_says_where_and_quotes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails(*_: Any) -> Any:
        raise ValueError("quotes 110105194912310021")

    monkeypatch.setattr(admission, "check", fails)
    refused = outcome(a.a_penalty())

    assert isinstance(refused, Rejection)
    (why,) = refused.reasons
    assert why.code is RejectionReason.CHECK_FAILED
    assert why.value.startswith("ValueError at test_refusals.py:")
    assert "1101" not in str(refused)
