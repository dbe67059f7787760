"""Across admission, texts and particulars: every row of bad_submissions.toml, through the bytes that a department would send."""

from __future__ import annotations

import struct
import tomllib
import unicodedata
from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from events.admission.admission import SUBMISSION_BYTES_MAX, admit
from events.admission.rejection import Rejection, RejectionReason
from events.envelope import CHINA, Attestation, Platform, Source
from events.event import Event, event_from_record, event_to_record, event_type
from events.rules.rulebook import load_rulebook
from events.wire.codec import encode_record
from tests.support import builders as a
from tests.support.signing import a_key, a_signer, registered, signed_by

TABLE = Path(__file__).with_name("bad_submissions.toml")
CASES = tomllib.loads(TABLE.read_text("utf-8"))["case"]
RULEBOOK = load_rulebook()
SUBMITTED_AT = datetime(2025, 6, 15, 9, tzinfo=CHINA)
IDENTITY_NUMBERS = ("11010519491231002", "110105194912310021", "110105491231002")
NAME = "王小明"

LISTING = a.a_tax_listing()
PENALTY = msgspec.structs.replace(a.a_penalty(), final_on=None)
OBJECTION = a.an_objection(PENALTY, "2025-03-01")
MEASURE = a.a_measure(PENALTY, "2025-03-01")
BASES: dict[str, Event] = {
    "penalty": PENALTY,
    "arrears": a.arrears(),
    "tianjin arrears": a.arrears(department="tax-tianjin", source=Source.IMPORTED, region="120000"),
    "settlement": a.a_settlement(a.arrears(), "2025-03-01", 100),
    "judgment": a.a_judgment(),
    "tax listing": LISTING,
    "removal": a.a_removal(LISTING, "2025-03-01"),
    "commendation": a.a_commendation(),
    "registration": a.a_registration(),
    "change": a.a_change(),
    "correction": a.a_correction(PENALTY, "2025-03-01", fine_fen=1),
    "judgment correction": a.a_correction(a.a_judgment(), "2025-03-01", amount_fen=1),
    "list correction": a.a_correction(LISTING, "2025-03-01", ground="fled"),
    "commendation correction": a.a_correction(a.a_commendation(), "2025-03-01", level="city"),
    "revocation": a.a_revocation(PENALTY, "2025-03-01"),
    "dismissal": a.a_dismissal(7),
    "filing": a.a_filing(),
    "enforcement": a.an_enforcement(),
    "licence": a.a_licence(),
    "grade": a.a_grade(),
    "inspection": a.an_inspection(),
    "recall": a.a_recall(),
    "conduct": a.a_conduct(),
    "default": a.a_default(),
    "commitment": a.a_commitment(),
    "settled": a.a_settled(a.a_default(), "2025-03-01"),
    "relation": a.a_relation(),
    "relation end": a.a_relation_end(a.a_relation(), "2025-03-01"),
    "merger": a.a_merger(),
    "declaration": a.a_declaration(),
    "indicator": a.an_indicator(),
    "objection": OBJECTION,
    "answer": a.an_answer(OBJECTION, "2025-03-05"),
    "statement": a.a_statement(PENALTY, "2025-03-01"),
    "repair application": a.a_repair_application(PENALTY, "2025-03-01"),
    "repair": a.a_repair(PENALTY, "2025-03-10"),
    "notice": a.a_notice(),
    "defence": a.a_defence(a.a_notice(), "2024-12-04"),
    "measure": MEASURE,
    "measure answer": a.a_measure_answer(MEASURE, "2025-03-05"),
    "measure lift": a.a_measure_lift(MEASURE, "2025-06-01"),
    "acknowledgement": a.an_acknowledgement(),
    "licence correction": a.a_correction(a.a_licence(), "2025-05-01", licence_no="JY2"),
    "grade correction": a.a_correction(a.a_grade(), "2025-05-01", grade="C"),
    "inspection correction": a.a_correction(a.an_inspection(), "2025-05-01", result="passed"),
    "recall correction": a.a_correction(a.a_recall(), "2025-05-01", level=2),
    "default correction": a.a_correction(a.a_default(), "2025-05-01", persons=3),
    "relation correction": a.a_correction(a.a_relation(), "2025-05-01", until=None),
    "merger correction": a.a_correction(a.a_merger(), "2025-05-01", kind="absorbed"),
    "indicator correction": a.a_correction(a.an_indicator(), "2025-05-01", value=1),
    "notice correction": a.a_correction(a.a_notice(), "2025-05-01", ground="fled"),
    "measure correction": a.a_correction(MEASURE, "2025-05-01", until=None),
    "acknowledgement correction": a.a_correction(a.an_acknowledgement(), "2025-05-01", note=None),
}


def as_bytes(event: Event) -> bytes:
    return encode_record(f"credit.{event_type(event)}", event_to_record(event))


def with_first_kind(number: int) -> bytes:
    """Give the penalty with another number for its kind of penalty, on the wire."""
    one, other = (as_bytes(a.a_penalty(kinds=(kind,))) for kind in ("fine", "confiscation"))
    (at,) = (i for i, (x, y) in enumerate(zip(one, other, strict=True)) if x != y and i > 60)
    return one[:at] + bytes([2 * number]) + one[at + 1 :]


def with_day(number: int) -> bytes:
    """Give the penalty decided so many days after 1970-01-01, on the wire."""
    record = event_to_record(PENALTY)
    record["envelope"]["occurred_on"] = number
    return encode_record("credit.PenaltyImposed", record)


GOOD = as_bytes(PENALTY)
BYTES: dict[str, bytes | None] = {
    "none": None,
    "empty": b"",
    "four bytes": GOOD[:4],
    "json": b'{"envelope": {"subject_id": "91330000PDY00001XQ"}}',
    "truncated": GOOD[: len(GOOD) // 2],
    "frame only": GOOD[:5],
    "trailing": GOOD + b"\x00",
    "not utf-8": GOOD.replace("杭".encode(), b"\xff\xfe\xfd"),
    "huge length": GOOD[:5] + b"\xfe" * 9 + b"\x01",
    "unknown kind": with_first_kind(40),
    "impossible day": with_day(3_000_000),
    "unknown schema": struct.pack(">BI", 0, 999_999) + GOOD[5:],
    "profile": encode_record(
        "credit.Profile",
        {
            "subject_id": a.SUBJECT,
            "subject_name": None,
            "assessed_on": date(2025, 6, 15),
            "partition": 0,
            "offset": 1,
            "parked": False,
            "document": "{}",
        },
    ),
    "64 KiB and one": b"\x00" * (SUBMISSION_BYTES_MAX + 1),
}


def sent(case: dict[str, Any]) -> tuple[bytes | None, str]:
    """Give the bytes of a case and the department on whose topic they come."""
    if "bytes" in case:
        return BYTES[case["bytes"]], case.get("topic", "market-zj")
    base = BASES[case["said"]]
    record = event_to_record(base)
    record["envelope"]["event_id"] = ""
    if case.get("platform") == "person":
        record["envelope"]["subject_name"] = None
        if record["envelope"]["disclosure"] == "public":
            record["envelope"]["disclosure"] = "shared"
    if case["said"] == "correction" and "long" in case:
        record["changes"] = [{"field": "facts", "value": f'"{"长" * case["long"]["facts"]}"'}]
    else:
        for field, length in case.get("long", {}).items():
            put(record, field, "长" * length)
    for field in case.get("without", []):
        put(record, field, None)
    for field, value in case.get("with", {}).items():
        put(record, field, value)
    if "attested" in case:
        record["envelope"]["attestation"] = {"signature": "— x bWU=", "submission": b"said"}
    value = encode_record(f"credit.{event_type(base)}", record)
    return value, case.get("topic", base.envelope.department)


def put(record: dict[str, Any], field: str, value: object) -> None:
    owner = record["envelope"] if field.startswith("envelope.") else record
    owner[field.removeprefix("envelope.")] = value


SIGNERS = {
    word: a_signer("market-zj", word) for word in ("now", "over", "revoked", "coming", "unknown")
}
KEYS = (
    a_key(SIGNERS["now"], "2025-06-15"),
    a_key(SIGNERS["over"], end="2025-06-15"),
    a_key(SIGNERS["revoked"], end="2026-01-01", revoked_on="2025-06-15"),
    a_key(SIGNERS["coming"], "2025-06-16"),
)


def signature(case: dict[str, Any], value: bytes | None) -> bytes | None:
    """Give the line of the signature of a case: `signed` names the key, `line` what is put there."""
    if "line" in case:
        return str(case["line"]).encode("utf-8", "surrogateescape")
    if "signed" not in case:
        return None
    return signed_by(
        SIGNERS[case["signed"]],
        (value or b"") + case.get("altered", "").encode(),
        case.get("signed_for", "market-zj"),
    )


def outcome(case: dict[str, Any]) -> Event | Rejection:
    value, department = sent(case)
    keys = registered("market-zj", *KEYS, must_sign_from=case.get("must_sign_from"))
    return admit(
        value,
        signature=signature(case, value),
        signature_check=keys.check,
        platform=Platform(case.get("platform", "organisation")),
        department=department,
        submitted_at=SUBMITTED_AT,
        rulebook=RULEBOOK,
    )


@pytest.mark.requirement(9)
@pytest.mark.parametrize("case", CASES, ids=[case["what"] for case in CASES])
def test_admission_answers_as_the_table_says(case: dict[str, Any]) -> None:
    answer = outcome(case)

    if "reasons" in case:
        assert isinstance(answer, Rejection), answer
        assert sorted(case["reasons"]) == sorted(r.code.value for r in answer.reasons)
        return
    assert not isinstance(answer, Rejection), [str(reason) for reason in answer.reasons]
    assert answer.envelope.remarks == case.get("remarks", [])
    by = signature(case, value := sent(case)[0])
    assert answer.envelope.attestation == (by and Attestation(by.decode(), value or b""))
    record = event_to_record(answer)
    for field, value in case.get("gives", {}).items():
        owner = record["envelope"] if field.startswith("envelope.") else record
        told = owner[field.removeprefix("envelope.")]
        assert (list(told) if isinstance(told, tuple) else told) == value


@pytest.mark.parametrize("case", CASES, ids=[case["what"] for case in CASES])
def test_a_refusal_repeats_no_identity_number_and_no_name(case: dict[str, Any]) -> None:
    answer = outcome(case)
    if isinstance(answer, Rejection):
        told = unicodedata.normalize("NFKC", msgspec.json.encode(answer).decode())

        assert [number for number in IDENTITY_NUMBERS if number in told] == []
        assert NAME not in told


@pytest.mark.parametrize("case", CASES, ids=[case["what"] for case in CASES])
def test_a_refusal_fits_its_own_schema_and_an_event_reads_back(case: dict[str, Any]) -> None:
    answer = outcome(case)
    if isinstance(answer, Rejection):
        fields = msgspec.to_builtins(answer)
        fields |= {"topic": "t", "partition": 0, "offset": 0, "submitted_at": SUBMITTED_AT}
        assert len(encode_record("credit.Rejection", fields)) < SUBMISSION_BYTES_MAX
    else:
        assert event_from_record(event_type(answer), event_to_record(answer)) == answer


def test_every_reason_is_explained_by_a_rule() -> None:
    for case in CASES:
        answer = outcome(case)
        if isinstance(answer, Rejection):
            assert all(reason.rule for reason in answer.reasons)
            assert all(str(reason).endswith(f"[{reason.code}]") for reason in answer.reasons)


NOT_IN_THE_TABLE = {
    # Of a record that Kafka's client cannot read, of a check that fails, of a hundred reasons: test_refusals.py.
    RejectionReason.MESSAGE_UNREADABLE,
    RejectionReason.CHECK_FAILED,
    RejectionReason.MORE_REASONS,
    # Said by a door, which alone sees a person's number, texts in clear and who was erased: test_persons.py there.
    RejectionReason.IDENTITY_NUMBER_WRONG,
    RejectionReason.PERSON_IS_MINOR,
    RejectionReason.PERSON_ERASED,
    RejectionReason.PERSONAL_DATA_WITHOUT_CONSENT,
    # An operator's word: tests/integration/test_stepping_over.py.
    RejectionReason.SET_ASIDE,
    # Met when a table is read, before there is a record: tests of ops/submission.
    RejectionReason.AMOUNT_MALFORMED,
    RejectionReason.DATE_IMPOSSIBLE,
    # The key of a submission is not asked for: the subject stands in the record.
    RejectionReason.KEY_NOT_SUBJECT,
    # Of lists longer than a table of cases has room for: test_hostile_submissions.py.
    RejectionReason.LIST_TOO_LONG,
}


def test_the_table_shows_every_reason_that_admission_can_give() -> None:
    shown = {RejectionReason(code) for case in CASES for code in case.get("reasons", [])}

    assert set(RejectionReason) - shown == NOT_IN_THE_TABLE


def test_the_table_is_long_enough_and_says_each_thing_once() -> None:
    names = [case["what"] for case in CASES]

    assert len(names) >= 60
    assert len(names) == len(set(names))


def test_none_of_them_stops_the_stream() -> None:
    """One after the other, with a good one behind each, as they would come on a topic."""
    for case in CASES:
        outcome(case)
        good = outcome({"said": "penalty"})
        assert not isinstance(good, Rejection)
