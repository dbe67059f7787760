"""What a department signed stays beside the event, whatever the event is, and changes nothing of it."""

from __future__ import annotations

from datetime import datetime

import msgspec
import pytest

from events.admission.admission import admit
from events.admission.rejection import Rejection, RejectionReason
from events.admission.signatures import submission_text
from events.envelope import CHINA, Attestation, Platform
from events.event import EVENT_TYPES, Event, event_to_record, event_type
from events.identifiers import is_person_token
from events.identity import content, meaning
from events.rules.offices import reports_through
from events.rules.rulebook import load_rulebook
from events.wire.codec import encode_record
from events.wire.decoding import decode_event
from events.wire.encoding import encode_event
from projections.ledger.message import Message
from projections.ledger.reading import read
from tests.support.builders import one_of_each
from tests.support.erasing import one_of_each_erasure
from tests.support.signing import a_key, a_signer, registered, signed_by

SUBMITTED_AT = datetime(2026, 6, 15, 9, tzinfo=CHINA)
EVENTS = [*one_of_each(), *one_of_each_erasure()]


def admitted(event: Event, *, signed: bool) -> Event | Rejection:
    """Submit an event of a department that must sign."""
    value = encode_record(f"credit.{event_type(event)}", event_to_record(event))
    department = event.envelope.department
    topic_of = reports_through(department)
    signer = a_signer(department)
    is_person = is_person_token(event.envelope.subject_id)
    platform = Platform.PERSON if is_person else Platform.ORGANISATION
    return admit(
        value,
        platform=platform,
        department=topic_of,
        submitted_at=SUBMITTED_AT,
        rulebook=load_rulebook(),
        signature=signed_by(signer, value, topic_of, platform) if signed else None,
        signature_check=registered(department, a_key(signer), must_sign_from="2026-01-01").check,
    )


def test_the_walk_leaves_out_no_type() -> None:
    assert {event_type(event) for event in EVENTS} == set(EVENT_TYPES)


@pytest.mark.parametrize("event", EVENTS, ids=event_type)
def test_an_event_of_any_type_keeps_what_was_signed_of_it(event: Event) -> None:
    plain = encode_record(f"credit.{event_type(event)}", event_to_record(event))
    answer = admitted(event, signed=True)

    assert not isinstance(answer, Rejection), [str(each) for each in answer.reasons]
    assert answer.envelope.attestation is not None
    assert answer.envelope.attestation.submission == plain
    assert answer.envelope.attestation.signature.startswith("— localhost/credit/departments/")
    assert decode_event(encode_event(answer)) == answer
    of_record = encode_record(f"credit.{event_type(answer)}", event_to_record(answer))
    assert encode_event(answer) == of_record


@pytest.mark.parametrize("event", EVENTS, ids=event_type)
def test_that_it_was_signed_changes_neither_its_id_nor_what_the_fold_sees(event: Event) -> None:
    answer = admitted(event, signed=True)
    assert not isinstance(answer, Rejection)
    envelope = msgspec.structs.replace(answer.envelope, attestation=None)
    plain = msgspec.structs.replace(answer, envelope=envelope)
    key = envelope.subject_id.encode()

    assert (content(answer), meaning(answer)) == (content(plain), meaning(plain))
    signed, unsigned = (read(Message(7, 0, key, encode_event(each))) for each in (answer, plain))
    assert (signed.event, signed.known) == (unsigned.event, unsigned.known)
    assert signed.problem is unsigned.problem


@pytest.mark.parametrize("event", EVENTS, ids=event_type)
def test_whoever_must_sign_is_refused_without(event: Event) -> None:
    answer = admitted(event, signed=False)

    assert isinstance(answer, Rejection)
    assert [each.code for each in answer.reasons] == [RejectionReason.SIGNATURE_MISSING]
    assert "--key FILE" in answer.reasons[0].rule


def test_the_text_that_is_signed_is_three_lines() -> None:
    """Format v1, section 5: outsiders sign and verify by it."""
    assert submission_text("credit.organisation.submissions.market-zj", b"") == (
        "credit-ledger.submission.v1\n"
        "credit.organisation.submissions.market-zj\n"
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n"
    )


def test_an_attestation_in_the_submission_itself_counts_for_nothing() -> None:
    event = EVENTS[0]
    false = Attestation("— localhost/credit/departments/x AAAAAAAA", b"said")
    envelope = msgspec.structs.replace(event.envelope, attestation=false)
    answer = admitted(msgspec.structs.replace(event, envelope=envelope), signed=True)

    assert not isinstance(answer, Rejection)
    assert answer.envelope.attestation is not None
    assert answer.envelope.attestation != false
