"""The role of a worker that delivers, until it is told to stop."""

from __future__ import annotations

import asyncio
import signal
from datetime import datetime
from typing import TYPE_CHECKING

from events.envelope import CHINA
from events.rules.rulebook import load_rulebook
from ops.doors.telling import Teller
from ops.local.home import keys_folder
from ops.webhooks.delivering import DeliveryMeans, deliver_forever
from ops.webhooks.keys import webhook_keys
from ops.worker import end_with_parent
from streams.broker import of_account

if TYPE_CHECKING:
    from streams.settings import Settings


def run_webhooks(settings: Settings) -> None:
    """Deliver until SIGTERM or SIGINT. It records as the query service does who is told of whom."""
    end_with_parent()
    asyncio.run(_run(settings))


async def _run(settings: Settings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    means = DeliveryMeans(
        keys=lambda: webhook_keys(keys_folder()),
        rulebook=load_rulebook(),
        now=lambda: datetime.now(CHINA),
        record=Teller(of_account(settings.kafka, "query")).record,
    )
    await deliver_forever(settings.postgres, means, stop)
