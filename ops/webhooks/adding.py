"""Adding a webhook, and renewing what it signs with."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from events.errors import LedgerError
from ops.webhooks.addresses import check_written, read_target
from ops.webhooks.keys import make_webhook_keys, webhook_keys
from ops.webhooks.rights import decide_webhook
from projections.access.asker import AccessRefusal
from projections.queries.warning_log import format_cursor, head
from projections.store.control.webhooks import (
    Webhook,
    keep_webhook,
    renew_webhook,
    webhook_kept,
    webhooks_kept,
)

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from psycopg import Connection

    from events.envelope import Platform
    from events.rules.versions import Level
    from ops.webhooks.keys import WebhookKeys
    from projections.notices.webhook import WebhookKey

BOTH_SIGN: Final = timedelta(hours=24)
"""So long the secret before signs beside the new one."""


class WebhookRefusedError(LedgerError):
    """A webhook is not added, renewed or replayed: the message says why, and what to do."""


def add_webhook(
    connection: Connection[Any],
    keys_folder: Path,
    now: datetime,
    *,
    url: str,
    platform: Platform,
    key_id: str | None,
    region: str | None,
    level: Level | None,
    private: bool,
) -> tuple[Webhook, WebhookKey]:
    """Add a webhook, which is sent what is told from now on.

    Raises `WebhookAddressError`, `WebhookPrivateError`, `WebhookRefusedError`, `VaultKeyError`.
    """
    check_written(read_target(url), url, private=private)
    keys = _keys(connection, keys_folder)
    hook = Webhook(
        webhook_id=f"wh_{uuid.uuid4().hex[:20]}",
        platform=platform,
        url=url,
        key_id=key_id,
        region=region,
        level=level,
        private=private,
        key_check=keys.check,
        number=1,
        former=None,
        former_until=None,
        cursor=format_cursor(head(connection, platform)),
        since=now,
    )
    decided = decide_webhook(connection, hook, now.date())
    if decided is None:
        raise WebhookRefusedError(f"{key_id}: no key in force; `access key list` shows them")
    if isinstance(decided[1], AccessRefusal):
        raise WebhookRefusedError(
            f"warnings are not given to this key: {decided[1].code} ({decided[1].rule});"
            " a supervisor names --region, its own"
        )
    keep_webhook(connection, hook)
    return hook, keys.key_of(hook.webhook_id, hook.number)


def _keys(connection: Connection[Any], folder: Path) -> WebhookKeys:
    """Give the key that all are derived from; the first webhook makes it."""
    found = webhook_keys(folder)
    if found is not None:
        return found
    if any(hook.ended_at is None for hook in webhooks_kept(connection)):
        raise WebhookRefusedError(
            f"{folder}/webhooks.key is not there, and webhooks rest on it: put the copy back"
        )
    return make_webhook_keys(folder)


def renew_key(
    connection: Connection[Any], keys_folder: Path, webhook_id: str, now: datetime
) -> tuple[Webhook, WebhookKey]:
    """Begin the next secret of a webhook; both sign for a day. Raises `WebhookRefusedError`."""
    hook = kept(connection, webhook_id)
    keys = _keys(connection, keys_folder)
    keys.in_force(hook, now)
    number = renew_webhook(connection, webhook_id, now + BOTH_SIGN)
    if number is None:
        raise WebhookRefusedError(f"{webhook_id} has ended ({hook.ended_why}): add it anew")
    return kept(connection, webhook_id), keys.key_of(webhook_id, number)


def kept(connection: Connection[Any], webhook_id: str) -> Webhook:
    """Give a webhook. Raises `WebhookRefusedError` where there is none."""
    hook = webhook_kept(connection, webhook_id)
    if hook is None:
        raise WebhookRefusedError(f"{webhook_id[:60]!r}: no webhook; `webhook list` shows them")
    return hook
