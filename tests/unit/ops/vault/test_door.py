"""A door seals every event type about a person, the same each time, so that admission takes it."""

from __future__ import annotations

import msgspec
import pytest

from events.admission.admission import Submission, admit, check
from events.admission.normal_form import with_envelope
from events.admission.rejection import Rejection, RejectionReason
from events.admission.texts import Sealing
from events.envelope import Disclosure, Platform
from events.event import Event, event_to_record, event_type
from events.identity import event_id
from events.rules.rulebook import load_rulebook
from events.sealing.form import SealSuite, looks_sealed
from events.sealing.texts import is_personal
from events.types.amendment import FieldChange, RecordCorrected
from events.wire.codec import encode_record
from ops.vault.door import CheckingDoor
from projections.sealing.sealer import SealKeeper
from tests.support.builders import a_correction, a_penalty, one_of_each
from tests.unit.ops.submission.conftest import NOW

TOKEN = "P0123456789abcdef0123456789abcdef"
WORDS = "当事人于夜间未依法登记"


def spoken(event: Event) -> Event:
    """Give the event of a person with words in every text that may hold some."""
    told = with_envelope(event, subject_id=TOKEN, subject_name="测某某", event_id="")
    fields = [f for f in event.__struct_fields__ if f != "envelope" and is_personal(type(event), f)]
    return msgspec.structs.replace(told, **dict.fromkeys(fields, WORDS))


def through(event: Event, door: CheckingDoor) -> Event:
    derived = event_id(Platform.PERSON, event)
    (sealed,) = door.sealed([with_envelope(event, event_id=derived)])
    assert sealed is not None
    return with_envelope(sealed, event_id=event_id(Platform.PERSON, sealed))


@pytest.mark.parametrize("suite", SealSuite)
@pytest.mark.parametrize("event", one_of_each(), ids=event_type)
def test_every_event_about_a_person_is_the_same_event_when_it_is_sent_twice(
    event: Event, suite: SealSuite
) -> None:
    door, said = CheckingDoor(suite), spoken(event)

    first, second = through(said, door), through(said, door)
    value = encode_record(f"credit.{event_type(first)}", event_to_record(first))

    assert first == second
    assert "测某某".encode() not in value
    assert WORDS.encode() not in value


def submitted(event: Event, door: CheckingDoor | None) -> Event | Rejection:
    keeper = SealKeeper(None if door is None else door._named("seals"))
    return admit(
        encode_record(f"credit.{event_type(event)}", event_to_record(event)),
        platform=Platform.PERSON,
        department=event.envelope.department,
        submitted_at=NOW,
        rulebook=load_rulebook(),
        seal_holds=keeper,
    )


def checked(event: Event) -> Event:
    submission = Submission(
        platform=Platform.PERSON,
        department=event.envelope.department,
        submitted_at=NOW,
        event=with_envelope(event, event_id=""),
    )
    outcome = check(submission, load_rulebook(), Sealing(is_to_come=True))
    assert not isinstance(outcome, Rejection), outcome
    return outcome


def a_persons_penalty() -> Event:
    penalty = msgspec.structs.replace(a_penalty("罚1", "2024-03-04"), facts=WORDS)  # type: ignore[call-arg]
    return with_envelope(
        penalty, subject_id=TOKEN, subject_name="测某某", disclosure=Disclosure.SHARED
    )


def test_admission_takes_what_a_door_sealed_and_nobody_else_s_seal() -> None:
    door = CheckingDoor(SealSuite.INTL)
    sealed = through(checked(a_persons_penalty()), door)

    assert submitted(sealed, door) == sealed
    for other in (CheckingDoor(SealSuite.INTL), None):
        refused = submitted(sealed, other)
        assert isinstance(refused, Rejection)
        assert {each.code for each in refused.reasons} == {RejectionReason.SEAL_BROKEN}
        assert all(each.value == "(not shown)" for each in refused.reasons)


def test_a_sealed_text_is_refused_in_another_field_record_and_of_another_person() -> None:
    door = CheckingDoor(SealSuite.INTL)
    sealed = through(checked(a_persons_penalty()), door)
    moved = [
        msgspec.structs.replace(sealed, content=sealed.facts),  # type: ignore[union-attr]
        with_envelope(sealed, document_no="罚2"),
        with_envelope(sealed, subject_id="Pffffffffffffffffffffffffffffffff"),
    ]

    for event in moved:
        refused = submitted(with_envelope(event, event_id=""), door)
        assert isinstance(refused, Rejection)
        assert RejectionReason.SEAL_BROKEN in {each.code for each in refused.reasons}


def test_a_corrected_text_is_sealed_for_the_field_that_it_is_put_into() -> None:
    door, penalty = CheckingDoor(SealSuite.INTL), checked(a_persons_penalty())
    correction = a_correction(penalty, "2024-05-06", facts="更正后的事实")
    correction = with_envelope(correction, subject_name="测某某")

    sealed = through(checked(correction), door)
    admitted = submitted(sealed, door)

    assert isinstance(admitted, RecordCorrected), admitted
    (change,) = admitted.changes
    text = msgspec.json.decode(change.value)
    assert looks_sealed(text)
    record = through(penalty, door)
    put = msgspec.structs.replace(record, facts=text)  # type: ignore[call-arg]
    assert submitted(put, door) == put
    assert isinstance(change, FieldChange)
