"""A process that delivers webhooks, to be killed: `python -m tests.support.webhook_worker POSTGRES`."""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime

from events.envelope import CHINA
from events.rules.rulebook import load_rulebook
from ops.webhooks.delivering import DeliveryMeans, deliver_forever
from ops.webhooks.keys import WebhookKeys

MASTER = bytes(range(32))


async def main(postgres: str) -> None:
    means = DeliveryMeans(
        keys=lambda: WebhookKeys(MASTER),
        rulebook=load_rulebook(),
        now=lambda: datetime.now(CHINA),
        record=lambda _: None,
    )
    await deliver_forever(postgres, means, asyncio.Event())


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
