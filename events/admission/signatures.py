"""Submissions that their department signed: what is asked of whoever knows its keys, and by whom.

A department signs a note (C2SP signed-note) over the topic and the digest of the bytes that it
submits; the event that admission makes of them keeps both. Which keys there are is an argument.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date  # noqa: TC003 - the hints of a NamedTuple are kept
from hashlib import sha256
from typing import TYPE_CHECKING, Final, NamedTuple

from events.admission.rejection import Reason, RejectionReason, reason
from events.envelope import Attestation
from events.topics import submissions_topic

if TYPE_CHECKING:
    from events.envelope import Platform

SIGNATURE_HEADER: Final = "signature"
"""The header of a submission that holds the line of its signature, in UTF-8."""

_FIELD: Final = "envelope.attestation"


class Handed(NamedTuple):
    """What is looked at: whose submission, on which topic and day (China), its bytes, its line."""

    department: str
    topic: str
    on: date
    value: bytes
    signature: bytes | None


class Unfit(NamedTuple):
    """Why a submission is not taken for its signature, or for want of one."""

    code: RejectionReason
    value: str
    rule: str


SignatureCheck = Callable[[Handed], Attestation | Unfit | None]
"""Gives what was signed; None where nothing was and nothing has to be."""


def no_key_known(handed: Handed) -> Attestation | Unfit | None:
    """Look at a submission where no department has a key."""
    if handed.signature is None:
        return None
    rule = "no key is registered for this department; submit it unsigned, or have a key registered"
    return Unfit(RejectionReason.SIGNATURE_KEY_UNKNOWN, "", rule)


class Signing(NamedTuple):
    """The submitted bytes, the line of their signature, and who knows the keys.

    What is only checked before it is encoded and signed has a signature that `is_to_come`.
    """

    value: bytes = b""
    signature: bytes | None = None
    check: SignatureCheck = no_key_known
    is_to_come: bool = False


UNSIGNED: Final = Signing()
"""Nothing was signed, and nobody has to."""


def submission_text(topic: str, value: bytes) -> str:
    """Give the text of the note that a department signs of the bytes that it submits."""
    return f"credit-ledger.submission.v1\n{topic}\n{sha256(value).hexdigest()}\n"


def attested(
    signing: Signing, platform: Platform, topic_of: str, department: str, on: date
) -> Attestation | Reason | None:
    """Give what a department signed, or why the submission is refused for it.

    `topic_of` is the department that the topic belongs to, `on` the day of submission.
    """
    if signing.is_to_come:
        return None
    topic = submissions_topic(platform, topic_of)
    by = signing.check(Handed(department, topic, on, signing.value, signing.signature))
    return reason(by.code, _FIELD, by.value, by.rule) if isinstance(by, Unfit) else by
