"""What a webhook is sent, how it is signed, and when it is tried again. Pure.

Source: Standard Webhooks 1.0.0. Bodies are thin: what a warning rests on is asked for, by whoever
still may. A receiver verifies `v1` by the secret, or `v1a` by the public key alone.
"""

from __future__ import annotations

import base64
import hmac
from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from events.envelope import Platform

GAPS: Final = (
    timedelta(0),
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""Before each attempt, from the one before it; after the last nobody tries but by hand."""
JITTER: Final = 0.2
"""By so much of itself a gap may be longer, so that receivers are not met by all at once."""
WAIT_MAX: Final = timedelta(hours=24)
"""No receiver makes us wait longer by its Retry-After."""
BODY_BYTES_MAX: Final = 20_000
_TYPE: Final = "credit.warning."


class WebhookKey(NamedTuple):
    """What one signs with: the secret that both know, and the seed of a key pair."""

    secret: bytes
    seed: bytes

    @property
    def told_secret(self) -> str:
        """Give the secret as receivers are told it."""
        return "whsec_" + base64.b64encode(self.secret).decode()

    @property
    def told_public(self) -> str:
        """Give the public key as receivers are told it."""
        public = Ed25519PrivateKey.from_private_bytes(self.seed).public_key()
        return "whpk_" + base64.b64encode(public.public_bytes_raw()).decode()


def webhook_key(master: bytes, webhook_id: str, number: int) -> WebhookKey:
    """Derive what a webhook signs with; `number` counts how often it was renewed."""

    def derived(use: str) -> bytes:
        return hmac.digest(master, f"webhook {use} {webhook_id} {number}".encode(), "sha256")

    return WebhookKey(derived("secret"), derived("seed"))


def webhook_body(
    *,
    platform: Platform,
    warning_id: str,
    subject_id: str,
    transition: str,
    level: str | None,
    at: datetime,
) -> bytes:
    """Write what is sent of a warning. `url` is where it is asked for, on the query service."""
    url = f"/v1/{platform}/warnings?subject={subject_id}"
    data = {"warning_id": warning_id, "subject": subject_id, "level": level, "url": url}
    told = {
        "type": f"{_TYPE}{transition}",
        "timestamp": at.isoformat(timespec="seconds"),
        "data": data,
    }
    return msgspec.json.encode(told)


def signed_headers(
    keys: Iterable[WebhookKey], message_id: str, at: datetime, body: bytes
) -> dict[str, str]:
    """Give the headers of one attempt, signed by each key: the newest, and the one before it."""
    stamp = str(int(at.timestamp()))
    said = f"{message_id}.{stamp}.".encode() + body
    signatures = []
    for key in keys:
        own = hmac.digest(key.secret, said, "sha256")
        signatures.append("v1," + base64.b64encode(own).decode())
        pair = Ed25519PrivateKey.from_private_bytes(key.seed)
        signatures.append("v1a," + base64.b64encode(pair.sign(said)).decode())
    return {
        "webhook-id": message_id,
        "webhook-timestamp": stamp,
        "webhook-signature": " ".join(signatures),
    }


def next_attempt(
    attempts: int, now: datetime, chance: float, retry_after: timedelta | None = None
) -> datetime | None:
    """Say when to try again after so many attempts that failed; None where it is over.

    `chance` is from 0 up to 1 and draws the jitter; `retry_after` is what the receiver asked for.
    """
    if attempts >= len(GAPS):
        return None
    gap = GAPS[attempts] * (1 + JITTER * chance)
    return now + max(gap, min(retry_after or gap, WAIT_MAX))
