"""What was signed is verified anew: by the keys of the day, and word by word; each fault is named."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import msgspec
import pytest

from events.admission.admission import admit
from events.admission.normal_form import with_envelope
from events.admission.rejection import Rejection
from events.envelope import CHINA, Attestation, Platform
from events.event import Event, event_to_record, event_type
from events.rules.offices import reports_through
from events.rules.rulebook import load_rulebook
from events.wire.codec import encode_record
from ops.anew.attestations import doubt_of, read_signing, settled
from ops.anew.found import DiffersError, FoundAt
from tests.support.builders import a_penalty, one_of_each
from tests.support.signing import a_key, a_signer, registered, signed_by

AT = FoundAt("credit.organisation.events.v1", 3, 7)
DAY = date(2026, 6, 15)
NOON = datetime(2026, 6, 15, 12, tzinfo=CHINA)
MIDNIGHT = datetime(2026, 6, 16, tzinfo=CHINA)
SIGNER = a_signer()


def rows(code: str, vkey: str, **days: str) -> str:
    key = "".join(f"{name} = {day}\n" for name, day in ({"from": "2026-01-01"} | days).items())
    text = f'[[department]]\ncode = "{code}"\nmust_sign_from = 2026-06-01\n'
    return f'{text}[[department.key]]\nvkey = "{vkey}"\n{key}'


def recorded(event: Event) -> Event:
    """Give a signed event as admission records it."""
    department = event.envelope.department
    signer, topic_of = a_signer(department), reports_through(department)
    value = encode_record(f"credit.{event_type(event)}", event_to_record(event))
    answer = admit(
        value,
        platform=Platform.ORGANISATION,
        department=topic_of,
        submitted_at=NOON,
        rulebook=load_rulebook(),
        signature=signed_by(signer, value, topic_of),
        signature_check=registered(department, a_key(signer)).check,
    )
    assert not isinstance(answer, Rejection)
    return answer


def doubt(event: Event, at: datetime = NOON, **days: str) -> Any:
    signing = read_signing(rows("market-zj", SIGNER.verifier.vkey(), **days))
    stamp = int(at.timestamp() * 1000)
    return doubt_of(event, Platform.ORGANISATION, signing, AT, stamp), signing


@pytest.mark.parametrize("event", one_of_each(), ids=event_type)
def test_an_event_of_any_type_that_was_rightly_signed_leaves_no_doubt(event: Event) -> None:
    department = event.envelope.department
    vkey = a_signer(department).verifier.vkey()
    stamp = int(NOON.timestamp() * 1000)
    signing = read_signing(rows(department, vkey))

    held = recorded(event)
    assert doubt_of(held, Platform.ORGANISATION, signing, AT, stamp) is None
    unsigned = with_envelope(held, attestation=None)
    assert doubt_of(unsigned, Platform.ORGANISATION, signing, AT, stamp) is not None


@pytest.mark.parametrize("event", one_of_each(), ids=event_type)
def test_an_event_that_says_otherwise_than_was_signed_is_named_by_place(event: Event) -> None:
    held = recorded(event)
    false = with_envelope(held, legal_basis="《行政处罚法》第一条")
    with pytest.raises(DiffersError) as told:
        doubt(false)
    assert told.value.difference[:4] == ("record", *AT)


def test_an_altered_amount_is_named_with_both_values() -> None:
    held = recorded(msgspec.structs.replace(a_penalty(), final_on=None))
    with pytest.raises(DiffersError) as told:
        doubt(msgspec.structs.replace(held, fine_fen=1))
    difference = told.value.difference
    assert (difference.field, difference.found) == ("fine_fen", "1")


def test_bytes_that_are_no_event_were_not_signed_for_one() -> None:
    held = recorded(msgspec.structs.replace(a_penalty(), final_on=None))
    by = held.envelope.attestation
    assert by is not None
    with pytest.raises(DiffersError, match="what was signed"):
        doubt(with_envelope(held, attestation=Attestation(by.signature, b"?")))


def test_what_was_submitted_before_midnight_is_judged_by_that_day() -> None:
    """The key ended with the day on which it signed; the record is of the next."""
    held = recorded(msgspec.structs.replace(a_penalty(), final_on=None))
    found, signing = doubt(held, MIDNIGHT, to="2026-06-16")
    assert found is not None
    assert settled(found, signing, [DAY]) is None
    wrong = settled(found, signing, [date(2026, 6, 16)])
    assert wrong is not None
    assert "in force on 2026-06-16" in str(wrong)
    assert settled(found, signing, []) is not None


@pytest.mark.parametrize("line", ["", "— x", "— x ?", "\n\n", "— localhost/credit AAAA"])
def test_what_is_no_signature_holds_on_no_day(line: str) -> None:
    held = recorded(msgspec.structs.replace(a_penalty(), final_on=None))
    by = held.envelope.attestation
    assert by is not None
    false = with_envelope(held, attestation=Attestation(line, by.submission))
    found, signing = doubt(false)
    assert found is not None
    assert settled(found, signing, [DAY]) is not None


def test_a_signature_of_nobody_registered_is_told() -> None:
    held = recorded(msgspec.structs.replace(a_penalty(), final_on=None))
    found = doubt_of(held, Platform.ORGANISATION, {}, AT, int(NOON.timestamp() * 1000))
    assert found is not None
    assert "no key of market-zj" in str(settled(found, {}, [DAY]))
