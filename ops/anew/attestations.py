"""What departments signed: that each signature is of what the event says, by a key of the day.

The day is that of the submission. An event knows only when it was recorded, which is the same day
but around midnight and after an outage; what does not hold on that day is a doubt, to be settled by
the stamp of the submission itself.
"""

from __future__ import annotations

import tomllib
from datetime import date, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from events.admission.normal_form import normalised, with_envelope
from events.envelope import CHINA
from events.errors import LedgerError
from events.rules.offices import reports_through
from events.topics import submissions_topic
from events.wire.decoding import decode_event
from ops.anew.checkpoints import signed_by
from ops.anew.found import FoundAt, differs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from events.envelope import Platform
    from events.event import Event
    from ops.anew.found import DiffersError


class DayedKey(NamedTuple):
    """A key of a department, and on which days it counts."""

    vkey: str
    start: date
    ends: tuple[date, ...]


class DepartmentSigning(NamedTuple):
    """From which day a department must sign, and its keys."""

    must_from: date | None
    keys: tuple[DayedKey, ...]


class Doubt(NamedTuple):
    """An event that was not rightly signed on the day on which it was recorded.

    `key` names its submission: the digest of the bytes where it was signed, else the event's id.
    """

    key: bytes
    department: str
    topic: str
    signature: str | None
    digest: str
    at: FoundAt
    subject_id: str


def read_signing(text: str) -> dict[str, DepartmentSigning]:
    """Read the rows of departments that sign, by their code. Raises `ValueError` of odd ones."""
    found: dict[str, DepartmentSigning] = {}
    for row in tomllib.loads(text).get("department", []):
        keys = tuple(
            DayedKey(
                key["vkey"],
                key["from"],
                tuple(key[name] for name in ("to", "revoked_on") if name in key),
            )
            for key in row.get("key", [])
        )
        found[row["code"]] = DepartmentSigning(row.get("must_sign_from"), keys)
    return found


def day_of(timestamp_ms: int) -> date:
    """Give the day in China of a stamp of the broker."""
    return datetime.fromtimestamp(timestamp_ms / 1000, CHINA).date()


def doubt_of(
    event: Event,
    platform: Platform,
    signing: Mapping[str, DepartmentSigning],
    at: FoundAt,
    recorded_ms: int,
) -> Doubt | None:
    """Give the doubt that there is about an event, if any.

    Raises `DiffersError` of one that says something else than what was signed.
    """
    by, department = event.envelope.attestation, event.envelope.department
    topic = submissions_topic(platform, reports_through(department))
    subject_id = event.envelope.subject_id
    if by is None:
        key, digest, signature = event.envelope.event_id.encode(), "", None
    else:
        _check_says(event, by.submission, platform, at)
        key = sha256(by.submission).digest()
        digest, signature = key.hex(), by.signature
    doubt = Doubt(key, department, topic, signature, digest, at, subject_id)
    return doubt if _why_not(doubt, signing, [day_of(recorded_ms)]) is not None else None


def settled(
    doubt: Doubt, signing: Mapping[str, DepartmentSigning], days: Iterable[date]
) -> DiffersError | None:
    """Give what is wrong also on the days on which it was submitted; None where one day does."""
    why = _why_not(doubt, signing, days)
    if why is None:
        return None
    expected = "a signature by a key of the day"
    return differs("record", "attestation", expected, why, doubt.at, doubt.subject_id)


def _check_says(event: Event, submission: bytes, platform: Platform, at: FoundAt) -> None:
    """Check that an event says what was submitted, in normal form, and nothing else."""
    envelope = event.envelope
    try:
        said = normalised(decode_event(submission), platform)
        said = with_envelope(said, event_id=envelope.event_id, remarks=envelope.remarks)
    except (LedgerError, msgspec.ValidationError, ValueError) as error:
        fault = f"{type(error).__name__} of the signed bytes"
        raise differs(
            "record", "attestation", "what was signed", fault, at, envelope.subject_id
        ) from None
    plain = with_envelope(event, attestation=None)
    if said != plain:
        field = next(
            (n for n in plain.__struct_fields__ if getattr(said, n, None) != getattr(plain, n)),
            "envelope",
        )
        signed, stands = getattr(said, field, None), getattr(plain, field)
        raise differs("record", field, signed, stands, at, envelope.subject_id)


def _why_not(
    doubt: Doubt, signing: Mapping[str, DepartmentSigning], days: Iterable[date]
) -> str | None:
    """Say what is wrong with a signature on each of these days; None where it holds on one."""
    row = signing.get(doubt.department, DepartmentSigning(None, ()))
    why = "no submission of these bytes"
    for on in days:
        if doubt.signature is None:
            if row.must_from is None or on < row.must_from:
                return None
            why = f"none, and {doubt.department} must sign from {row.must_from} on"
            continue
        text = f"credit-ledger.submission.v1\n{doubt.topic}\n{doubt.digest}\n"
        vkeys = [k.vkey for k in row.keys if k.start <= on and all(on < end for end in k.ends)]
        if _holds(f"{text}\n{doubt.signature}\n", vkeys):
            return None
        why = f"one by no key of {doubt.department} in force on {on}: {doubt.signature[:80]}"
    return why


def _holds(note: str, vkeys: list[str]) -> bool:
    try:
        return signed_by(note, vkeys)
    except (ValueError, IndexError):
        return False
