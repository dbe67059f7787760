"""The same thing said twice has one id; what differs in the world has another."""

from __future__ import annotations

from uuid import uuid5

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.envelope import Attestation, Platform
from events.event import Event
from events.identity import NAMESPACE, content, derived_id, event_id
from tests.support import builders as a

ORGANISATION = Platform.ORGANISATION


def envelope_changed(event: Event, **changes: object) -> Event:
    return msgspec.structs.replace(
        event, envelope=msgspec.structs.replace(event.envelope, **changes)
    )


def test_the_id_is_frozen_for_all_time() -> None:
    """The ledger is full of these; a change of derivation would make every retry a new event."""
    assert str(NAMESPACE) == "72fc7892-cd36-5b9e-be53-79a202015640"
    assert event_id(ORGANISATION, a.a_penalty()) == "50752215-cef7-5fef-aa7a-c03229cd2a7d"


def test_a_retry_has_the_id_of_the_first_try() -> None:
    first, retry = a.a_penalty(fine_fen=1), a.a_penalty(fine_fen=2)

    assert event_id(ORGANISATION, first) == event_id(ORGANISATION, retry)


@pytest.mark.parametrize(
    "changes",
    [
        {"department": "tax-zj"},
        {"document_no": "罚2"},
        {"subject_id": a.OTHER_SUBJECT},
        {"item_no": 2},
    ],
)
def test_what_names_a_document_makes_another_id(changes: dict[str, object]) -> None:
    penalty = a.a_penalty()

    assert event_id(ORGANISATION, envelope_changed(penalty, **changes)) != event_id(
        ORGANISATION, penalty
    )


def test_the_platforms_and_the_types_never_share_an_id() -> None:
    penalty, honour = a.a_penalty(), a.a_commendation()
    honour = envelope_changed(honour, document_no=penalty.envelope.document_no)

    assert event_id(Platform.PERSON, penalty) != event_id(ORGANISATION, penalty)
    assert event_id(ORGANISATION, honour) != event_id(ORGANISATION, penalty)


def test_an_amendment_is_named_by_its_content() -> None:
    penalty = a.a_penalty()
    one, same, other = (a.a_correction(penalty, "2025-03-01", fine_fen=n) for n in (1, 1, 2))

    assert one.envelope.event_id == same.envelope.event_id != other.envelope.event_id


def test_what_is_said_of_every_type_has_an_id_of_its_own() -> None:
    ids = [event_id(ORGANISATION, event) for event in a.one_of_each()]

    assert len(ids) == len(set(ids))


def test_two_answers_to_one_objection_on_one_day_are_told_apart_by_what_they_say() -> None:
    objection = a.an_objection(a.a_penalty(), "2025-03-01")
    more_time, again, decided = (
        a.an_answer(objection, "2025-03-05", outcome)
        for outcome in ("extended",) * 2 + ("deleted",)
    )

    assert more_time.envelope.event_id == again.envelope.event_id != decided.envelope.event_id


@pytest.mark.parametrize(
    "changes",
    [
        {"event_id": "x"},
        {"observed_on": a.day("2025-05-05")},
        {"remarks": ["region_unknown"]},
        {"attestation": Attestation("— a bWU=", b"said")},
    ],
)
def test_what_belongs_to_handling_is_not_content(changes: dict[str, object]) -> None:
    penalty = a.a_penalty()

    assert content(envelope_changed(penalty, **changes)) == content(penalty)


def test_every_other_field_of_the_envelope_is_content() -> None:
    penalty = a.a_penalty()
    handling = {"event_id", "observed_on", "remarks", "attestation"}
    for name in set(penalty.envelope.__struct_fields__) - handling:
        assert content(envelope_changed(penalty, **{name: "changed"})) != content(penalty), name


@given(st.lists(st.text(st.characters(exclude_characters="\x1f", exclude_categories=["Cs"]))))
def test_parts_do_not_run_into_each_other(parts: list[str]) -> None:
    assert derived_id(*parts, "ab", "c") != derived_id(*parts, "a", "bc")


def test_a_field_left_unsaid_is_no_part_of_what_is_said() -> None:
    """Else an optional field of a later schema would give new ids to what was reported before."""
    settled = a.a_settled(a.a_default(), "2025-05-01")
    said = content(settled)

    assert b"paid_fen" not in said
    paid = msgspec.structs.replace(settled, paid_fen=1)
    assert b'"paid_fen":1' in content(paid)


@given(st.lists(st.text(max_size=40), max_size=6))
def test_a_derived_id_is_the_uuid5_of_its_parts(parts: list[str]) -> None:
    assert derived_id(*parts) == str(uuid5(NAMESPACE, "\x1f".join(parts)))
