"""Whatever can be reported can be signed: by a key at hand, or elsewhere, over its very bytes."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING

import msgspec
import pytest

from events.admission.admission import admit
from events.admission.rejection import Rejection
from events.envelope import CHINA, Platform
from events.event import EVENT_TYPES, Event, event_type
from events.roles import OfSubject, OperatorsWord
from events.rules.offices import reports_through
from ops.sdk import outbox
from ops.submission.defaults import defaults_for
from ops.submission.files.reading import open_file
from ops.submission.line import BadLine, GoodLine, RepeatedLine
from ops.submission.sending import _headers
from ops.submission.signed import LineSigning
from ops.submission.validation import Validator
from tests.support.reported import REPORTED, the_fields
from tests.support.signing import a_key, a_signer, registered, signed_by

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from events.rules.rulebook import Rulebook

Line = GoodLine | BadLine | RepeatedLine


class Office:
    """Checks what a department hands in, as it is checked at its desk."""

    def __init__(self, rulebook: Rulebook, now: datetime, department: str) -> None:
        self.rulebook, self.now, self.department = rulebook, now, department
        self.signer = a_signer(department)
        self.keys = registered(department, a_key(self.signer), must_sign_from="2020-01-01")

    def lines(self, text: str | bytes, signing: LineSigning) -> list[Line]:
        data = text.encode() if isinstance(text, str) else text
        defaults = defaults_for(self.rulebook, department=self.department)
        validator = Validator(defaults, self.rulebook, self.now, signing=signing)
        return list(validator.lines(open_file(data, "a.ndjson")))

    def admitted(self, line: GoodLine) -> Event | Rejection:
        """Give what admission makes of the message that is sent."""
        headers = dict(_headers(line, self.now))
        return admit(
            line.value,
            platform=line.platform,
            department=reports_through(self.department),
            submitted_at=self.now,
            rulebook=self.rulebook,
            signature=headers.get("signature"),
            signature_check=self.keys.check,
        )


def as_json(event: Event) -> str:
    return msgspec.json.encode(the_fields(event)).decode()


def as_signed(made: Line, office: Office, **changed: object) -> str:
    """Write a line as a department signs it elsewhere."""
    assert isinstance(made, GoodLine)
    by = signed_by(office.signer, made.value, reports_through(office.department)).decode()
    told = {"value": b64encode(made.value).decode(), "signature": by, **changed}
    return msgspec.json.encode(told).decode()


@pytest.fixture
def market_office(rulebook: Rulebook, now: datetime) -> Office:
    return Office(rulebook, now, "market-zj")


PENALTY = next(event for event in REPORTED if event_type(event) == "PenaltyImposed")


def test_the_walk_leaves_out_no_type() -> None:
    apart = {n for n, k in EVENT_TYPES.items() if issubclass(k, OfSubject | OperatorsWord)}
    assert {event_type(event) for event in REPORTED} == {*EVENT_TYPES} - apart


@pytest.mark.parametrize("event", REPORTED, ids=event_type)
def test_every_type_is_signed_in_a_file_and_over_http(
    event: Event, rulebook: Rulebook, now: datetime
) -> None:
    """Over HTTP: the bytes that /v1/seal makes, signed by the SDK, come back with the signature."""
    office = Office(rulebook, now, event.envelope.department)
    (unsigned,) = office.lines(as_json(event), LineSigning())
    (by_key,) = office.lines(as_json(event), LineSigning(office.signer, office.keys.check))
    (elsewhere,) = office.lines(as_signed(unsigned, office), LineSigning(check=office.keys.check))

    assert isinstance(unsigned, GoodLine)
    assert isinstance(by_key, GoodLine)
    assert isinstance(elsewhere, GoodLine)
    assert by_key.value == elsewhere.value == unsigned.value
    assert by_key.signature == elsewhere.signature
    for line in (by_key, elsewhere):
        answer = office.admitted(line)
        assert not isinstance(answer, Rejection), [str(each) for each in answer.reasons]
        assert answer.envelope.attestation is not None
        assert answer.envelope.event_id == line.event.envelope.event_id


@pytest.mark.parametrize("event", REPORTED, ids=event_type)
def test_whoever_must_sign_is_told_at_once(event: Event, rulebook: Rulebook, now: datetime) -> None:
    office = Office(rulebook, now, event.envelope.department)
    (line,) = office.lines(as_json(event), LineSigning(check=office.keys.check))

    assert isinstance(line, BadLine)
    assert [each.code.value for each in line.reasons] == ["signature_missing"]


def test_a_key_that_is_not_in_force_is_told_before_anything_is_sent(market_office: Office) -> None:
    over = registered("market-zj", a_key(market_office.signer, end="2021-01-01"))
    (line,) = market_office.lines(as_json(PENALTY), LineSigning(market_office.signer, over.check))

    assert isinstance(line, BadLine)
    assert [(each.code.value, each.field) for each in line.reasons] == [
        ("signature_key_not_in_force", "--key")
    ]


def test_signed_lines_stand_beside_others_and_keep_their_order(market_office: Office) -> None:
    (unsigned,) = market_office.lines(as_json(PENALTY), LineSigning())
    signed = as_signed(unsigned, market_office)
    text = "\n".join((signed, as_json(PENALTY), "{", signed))
    lines = market_office.lines(text, LineSigning())

    assert [type(each).__name__ for each in lines] == [
        *("GoodLine", "RepeatedLine", "BadLine", "RepeatedLine")
    ]
    assert [each.line for each in lines] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("changed", "codes"),
    [
        ({"value": "?"}, ["bytes_undecodable"]),
        ({"value": 7}, ["bytes_undecodable"]),
        ({"value": ""}, ["bytes_undecodable"]),
        ({"value": "AAAA"}, ["bytes_undecodable"]),
        ({"signature": 7}, ["signature_wrong"]),
        ({"signature": ""}, ["signature_wrong"]),
        ({"signature": "— x"}, ["signature_wrong"]),
        ({"fine_fen": 1}, ["value_not_allowed"]),
        ({"platform": "person", "line": 9}, None),
    ],
)
def test_odd_signed_lines_are_refused_by_field(
    market_office: Office, changed: dict[str, object], codes: list[str] | None
) -> None:
    (unsigned,) = market_office.lines(as_json(PENALTY), LineSigning())
    text = as_signed(unsigned, market_office, **changed)
    (line,) = market_office.lines(text, LineSigning(check=market_office.keys.check))

    found = None if isinstance(line, GoodLine) else line
    assert (found and [each.code.value for each in found.reasons]) == codes  # type: ignore[union-attr]


def test_nobody_hands_in_what_another_department_signed(
    market_office: Office, rulebook: Rulebook, now: datetime
) -> None:
    (unsigned,) = market_office.lines(as_json(PENALTY), LineSigning())
    other = Office(rulebook, now, "tax-zj")
    (line,) = other.lines(as_signed(unsigned, market_office), LineSigning())

    assert isinstance(line, BadLine)
    assert "department_not_of_topic" in [each.code.value for each in line.reasons]


def test_the_sdk_signs_as_we_do(market_office: Office, tmp_path: Path) -> None:
    place = tmp_path / "market.key"
    place.write_text(market_office.signer.private_text() + "\n", "utf-8")
    (unsigned,) = market_office.lines(as_json(PENALTY), LineSigning())
    assert isinstance(unsigned, GoodLine)
    made = {
        "value": b64encode(unsigned.value).decode(),
        "topic": "credit.organisation.submissions.market-zj",
    }
    told = msgspec.json.decode(outbox._signed(made, outbox.signs_with(str(place))))

    assert told["signature"].encode() == signed_by(market_office.signer, unsigned.value)
    assert market_office.now.astimezone(CHINA).year == 2026
    assert unsigned.platform is Platform.ORGANISATION
