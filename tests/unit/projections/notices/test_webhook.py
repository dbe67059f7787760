"""What a webhook is sent is thin and signed both ways; gaps are those that were published."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from standardwebhooks import Webhook, WebhookVerificationError

from events.envelope import Platform
from projections.notices.webhook import (
    BODY_BYTES_MAX,
    GAPS,
    WAIT_MAX,
    next_attempt,
    signed_headers,
    webhook_body,
    webhook_key,
)

NOW = datetime.now(UTC)
OLD, NEW = (webhook_key(bytes(32), "wh_1", number) for number in (1, 2))


def body() -> bytes:
    return webhook_body(
        platform=Platform.ORGANISATION,
        warning_id="w",
        subject_id="91330000PDY00001XQ",
        transition="raised",
        level="red",
        at=NOW,
    )


def public_key_verifies(told: str, headers: dict[str, str], data: bytes) -> bool:
    """Verify `v1a` as a receiver does that knows the public key alone."""
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(told.removeprefix("whpk_")))
    said = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + data
    for each in headers["webhook-signature"].split(" "):
        version, _, signature = each.partition(",")
        if version == "v1a":
            try:
                public.verify(base64.b64decode(signature), said)
            except InvalidSignature:
                continue
            return True
    return False


def test_while_a_secret_is_renewed_who_knows_either_verifies() -> None:
    headers = signed_headers([NEW, OLD], "w", datetime.now(UTC), body())

    for key in (OLD, NEW):
        assert Webhook(key.told_secret).verify(body(), headers)["data"]["warning_id"] == "w"
        assert public_key_verifies(key.told_public, headers, body())
    third = webhook_key(bytes(32), "wh_1", 3)
    assert not public_key_verifies(third.told_public, headers, body())
    with pytest.raises(WebhookVerificationError):
        Webhook(third.told_secret).verify(body(), headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(NEW.told_secret).verify(body() + b" ", headers)


def test_no_two_webhooks_sign_with_one_key() -> None:
    keys = [webhook_key(bytes(32), name, n) for name in ("wh_1", "wh_2") for n in (1, 2)]

    assert len({key.secret for key in keys} | {key.seed for key in keys}) == 8


def test_a_body_is_thin() -> None:
    told = json.loads(body())

    assert told["type"] == "credit.warning.raised"
    assert set(told["data"]) == {"warning_id", "subject", "level", "url"}
    assert len(body()) < BODY_BYTES_MAX


def test_gaps_are_those_of_the_standard_and_end() -> None:
    waits = [next_attempt(n, NOW, 0.0) for n in range(len(GAPS) + 1)]

    assert [None if at is None else at - NOW for at in waits] == [*GAPS, None]
    longer = next_attempt(2, NOW, 0.999)
    assert longer is not None
    assert timedelta(minutes=5) < longer - NOW < timedelta(minutes=6)


def test_a_receiver_may_ask_for_more_time_but_not_for_ever() -> None:
    assert next_attempt(1, NOW, 0.0, timedelta(minutes=1)) == NOW + timedelta(minutes=1)
    assert next_attempt(1, NOW, 0.0, timedelta(seconds=1)) == NOW + GAPS[1]
    assert next_attempt(1, NOW, 0.0, timedelta(days=900)) == NOW + WAIT_MAX
