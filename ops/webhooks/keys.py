"""What webhooks sign with: derived from one key in the folder of keys; no table has a secret."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Final

from ops.vault.keys import VaultKeyError, make_key, read_vault_key
from projections.notices.webhook import webhook_key

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from projections.notices.webhook import WebhookKey
    from projections.store.control.webhooks import Webhook

WEBHOOKS: Final = "webhooks"
_CHECK_BYTES: Final = 8


class WebhookKeys:
    """The key in `webhooks.key`, which is read once."""

    def __init__(self, master: bytes) -> None:
        """Take it."""
        self._master = master
        self.check = hmac.digest(master, b"webhooks check", "sha256")[:_CHECK_BYTES]
        """Tells this key from another one, and tells nothing else of it."""

    def key_of(self, webhook_id: str, number: int) -> WebhookKey:
        """Give what a webhook signs with."""
        return webhook_key(self._master, webhook_id, number)

    def in_force(self, hook: Webhook, now: datetime) -> list[WebhookKey]:
        """Give what a webhook signs with now, the newest first. Raises `VaultKeyError`."""
        if not hmac.compare_digest(hook.key_check, self.check):
            raise VaultKeyError(
                f"{WEBHOOKS}.key is not the key that {hook.webhook_id} was made with; put the copy"
                " back, or remove the webhook and add it anew"
            )
        keys = [self.key_of(hook.webhook_id, hook.number)]
        if hook.former is not None and hook.former_until is not None and now < hook.former_until:
            keys.append(self.key_of(hook.webhook_id, hook.former))
        return keys


def webhook_keys(folder: Path) -> WebhookKeys | None:
    """Read the key; None where there is none yet. Raises `VaultKeyError`."""
    master = read_vault_key(folder, WEBHOOKS)
    return None if master is None else WebhookKeys(master)


def make_webhook_keys(folder: Path) -> WebhookKeys:
    """Make the key, which there never was."""
    return WebhookKeys(make_key(folder, WEBHOOKS))
