"""Across admission: whatever one submission holds, it is refused, cheaply, and shortly."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
import pytest

from events.admission.admission import Submission, admit, check
from events.admission.checks import ITEMS_MAX
from events.admission.rejection import (
    REASONS_MAX,
    Reason,
    Rejection,
)
from events.envelope import CHINA, Platform
from events.event import Event, event_type
from events.rules.rulebook import load_rulebook
from events.types.amendment import FieldChange
from events.wire.codec import encode_record
from tests.support import builders as a
from tests.support.given import value_of

RULEBOOK = load_rulebook()
NOON = datetime(2025, 6, 15, 12, tzinfo=CHINA)
BROKER_BYTES_MAX = 1_000_000
EVERY_TYPE = a.one_of_each()
NAMES = [f"{place} {event_type(event)}" for place, event in enumerate(EVERY_TYPE)]


def admitted(value: bytes | None) -> Event | Rejection:
    return admit(
        value,
        platform=Platform.ORGANISATION,
        department="market-zj",
        submitted_at=NOON,
        rulebook=RULEBOOK,
    )


def codes_of(outcome: Event | Rejection) -> list[str]:
    assert isinstance(outcome, Rejection), outcome
    return [each.code.value for each in outcome.reasons]


def bytes_of(rejection: Rejection) -> int:
    fields = msgspec.to_builtins(rejection)
    fields |= {"topic": "t", "partition": 0, "offset": 0, "submitted_at": NOON}
    return len(encode_record("credit.Rejection", fields))


def filled(event: Event, text: str, count: int) -> Event:
    """Give the event with every text replaced, and every list of texts filled with it."""
    changes: dict[str, Any] = {"envelope": replaced(event.envelope, text, count)}
    return msgspec.structs.replace(event, **changes | fields_of(event, text, count))


def replaced(struct: Any, text: str, count: int) -> Any:
    return msgspec.structs.replace(struct, **fields_of(struct, text, count))


def fields_of(struct: Any, text: str, count: int) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    for field in struct.__struct_fields__:
        value = getattr(struct, field)
        if type(value) is str:
            changes[field] = text
        elif field == "changes":
            changes[field] = [FieldChange(text, text)] * count
        elif isinstance(value, (list, tuple)) and (not value or type(value[0]) is str):
            changes[field] = type(value)([text] * count)
    return changes


@pytest.mark.parametrize("text", ["", " ", "\x00", "\x00" * 500, "330106190001010017", "\u202e"])
@pytest.mark.parametrize("count", [1, ITEMS_MAX, ITEMS_MAX + 1, 20_000])
@pytest.mark.parametrize("event", EVERY_TYPE, ids=NAMES)
def test_a_refusal_of_any_type_fits_into_a_message(event: Event, count: int, text: str) -> None:
    """What cannot be told apart by its schema is told by its length; 64 KiB may hold 31,000 items."""
    said = filled(event, text, count)
    outcome = check(
        Submission(platform=Platform.ORGANISATION, department="x", submitted_at=NOON, event=said),
        RULEBOOK,
    )
    assert isinstance(outcome, Rejection)
    assert len(outcome.reasons) <= REASONS_MAX + 1
    assert bytes_of(outcome) < BROKER_BYTES_MAX


@pytest.mark.parametrize("event", EVERY_TYPE, ids=NAMES)
def test_a_list_that_is_too_long_is_refused_for_its_length_alone(event: Event) -> None:
    lists = {f: getattr(event, f) for f in event.__struct_fields__}
    for field, value in lists.items():
        if isinstance(value, (list, tuple)):
            long = type(value)(["x"] * (ITEMS_MAX + 1))
            said = msgspec.structs.replace(event, **{field: long})
            organisation = Platform.ORGANISATION
            outcome = check(
                Submission(platform=organisation, department="", submitted_at=NOON, event=said),
                RULEBOOK,
            )
            assert codes_of(outcome) == ["list_too_long"], field


DEEP = 60_000 // 2


@pytest.mark.parametrize(
    "value",
    ["[" * 3_000, "[" * DEEP + "]" * DEEP, '{"a":' * 10_000, '"' + "[" * 3_000],
    ids=["open", "closed", "objects", "quoted"],
)
@pytest.mark.parametrize("field", ["facts", "kinds", "fine_fen", "envelope.region", "nothing"])
def test_a_value_that_nests_deeply_is_refused(field: str, value: str) -> None:
    correction = msgspec.structs.replace(
        a.a_correction(a.a_penalty(), "2025-03-01", fine_fen=1),
        changes=[FieldChange(field, value)],
    )
    codes = codes_of(admitted(value_of(correction)))

    assert set(codes) <= {"correction_value_wrong", "correction_field_unknown", "text_too_long"} | {
        "event_id_not_derived"
    }
    assert {"correction_value_wrong", "correction_field_unknown"} & set(codes)


def test_another_party_named_often_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from events.admission import parties  # noqa: PLC0415 - patched here only

    asked: list[str] = []

    def counted(field: str, code: str, subject_id: str) -> list[Reason]:  # noqa: ARG001
        asked.append(code)
        return []

    monkeypatch.setattr(parties, "check_party", counted)
    listing = msgspec.structs.replace(a.a_tax_listing(), responsible=(" ",) * ITEMS_MAX)
    admitted(value_of(listing))

    assert len(asked) == 1
