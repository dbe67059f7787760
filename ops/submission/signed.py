"""Lines that their department signs: by a key at hand, or elsewhere; over their very bytes."""

from __future__ import annotations

import binascii
from base64 import b64decode
from typing import TYPE_CHECKING, Final, NamedTuple

from events.admission.admission import admit
from events.admission.rejection import Reason, Rejection, RejectionReason, reason
from events.admission.signatures import Handed, SignatureCheck, Signing, Unfit, no_key_known
from events.envelope import Attestation, Platform
from events.errors import LedgerError
from events.identifiers import is_person_token
from events.rules.offices import reports_through
from events.sealing.form import SealCheck, no_seal_holds
from events.topics import submissions_topic
from events.wire.decoding import decode_event
from ops.local.home import keys_folder
from projections.proof.department_keys import signature_line
from streams.admitting.department_keys import DEPARTMENT_KEYS_FILE, DepartmentKeyFile

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from events.event import Event
    from events.rules.rulebook import Rulebook
    from projections.proof.notes import Signer

VALUE, SIGNATURE = "value", "signature"
_BESIDE: Final = frozenset({"line", "platform", "topic", "subject_id", "event_id", "reasons"})
"""What `POST /v1/seal` says beside the bytes: it may stand there, and nothing is taken from it."""


class LineSigning(NamedTuple):
    """By which key lines are signed, and who knows the keys of departments, where somebody does."""

    signer: Signer | None = None
    check: SignatureCheck | None = None

    def before_signing(self) -> Signing:
        """Give how a line is checked that nobody signed so far."""
        if self.signer is not None or self.check is None:
            return Signing(is_to_come=True)
        return Signing(check=self.check)

    def signed(
        self, platform: Platform, department: str, on: date, value: bytes
    ) -> str | Reason | None:
        """Sign the bytes of a line; give the signature, or why admission would not take it."""
        if self.signer is None:
            return None
        topic = submissions_topic(platform, reports_through(department))
        line = signature_line(self.signer, topic, value)
        if self.check is not None:
            by = self.check(Handed(department, topic, on, value, line.encode()))
            if isinstance(by, Unfit):
                return reason(by.code, "--key", by.value, by.rule)
        return line


UNSIGNED_LINES: Final = LineSigning()
"""Nobody signs, and what must be signed is told by admission alone."""


def own_signing(signer: Signer | None = None) -> LineSigning:
    """Give a key, beside it the keys of departments where this machine has them.

    Where it has none, admission decides alone. Raises `ProofError`.
    """
    register = keys_folder() / DEPARTMENT_KEYS_FILE
    check = DepartmentKeyFile(register) if register.exists() else None
    return LineSigning(signer, check)


class SignedBytes(NamedTuple):
    """A line that was signed elsewhere: its bytes, their signature, and the event they say."""

    platform: Platform
    event: Event
    value: bytes
    signature: str


def is_signed(values: Mapping[str, object]) -> bool:
    """Say whether a line holds bytes with their signature, and no fields."""
    return SIGNATURE in values and VALUE in values


def signed_bytes(
    values: Mapping[str, object],
    department: str,
    rulebook: Rulebook,
    now: datetime,
    check: SignatureCheck | None,
    seal_holds: SealCheck = no_seal_holds,
) -> SignedBytes | list[Reason]:
    """Check a line that was signed elsewhere as admission will, or say every reason why not.

    `department` is who hands it in, `now` stands for the broker's time.
    """
    if unknown := sorted(set(values) - {VALUE, SIGNATURE} - _BESIDE):
        rule = "beside value and signature nothing is taken: what is said stands in the bytes"
        return [reason(RejectionReason.VALUE_NOT_ALLOWED, unknown[0], "", rule)]
    value, line = _bytes(values[VALUE]), values[SIGNATURE]
    if value is None:
        rule = "the bytes as `POST /v1/seal` gives them, in base64"
        return [reason(RejectionReason.BYTES_UNDECODABLE, VALUE, "", rule)]
    if not isinstance(line, str):
        rule = "a text: the line of the signature"
        return [reason(RejectionReason.SIGNATURE_WRONG, SIGNATURE, "", rule)]
    platform = _platform(value)
    answer = admit(
        value,
        platform=platform,
        department=reports_through(department),
        submitted_at=now,
        rulebook=rulebook,
        seal_holds=seal_holds,
        signature=line.encode("utf-8", "replace"),
        signature_check=check or _taken,
    )
    if isinstance(answer, Rejection):
        return answer.reasons
    if answer.envelope.department != department:
        rule = f"a department reports for itself; here {department} does"
        why, said = RejectionReason.DEPARTMENT_NOT_OF_TOPIC, answer.envelope.department
        return [reason(why, "envelope.department", said, rule)]
    return SignedBytes(platform, answer, value, line)


def _taken(handed: Handed) -> Attestation | Unfit | None:
    """Take a signature as it is, where nobody knows the keys: admission does."""
    return no_key_known(handed._replace(signature=None))


def _bytes(said: object) -> bytes | None:
    try:
        return b64decode(str(said), validate=True) if isinstance(said, str) else None
    except (binascii.Error, ValueError):
        return None


def _platform(value: bytes) -> Platform:
    """Tell whose platform the bytes are for; what cannot be read is refused on either."""
    try:
        subject_id = decode_event(value).envelope.subject_id
    except (LedgerError, ValueError):
        return Platform.ORGANISATION
    return Platform.PERSON if is_person_token(subject_id) else Platform.ORGANISATION
