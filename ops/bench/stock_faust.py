"""The peer: an ordinary Faust agent, one event at a time, with our decoding and fold in memory.

It is spared what our pipeline does besides: Postgres, assessing, publishing.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from typing import Any, Final

import faust

from events.envelope import Platform
from events.rules.rulebook import load_rulebook
from events.topics import ledger_topic
from projections.calendar.rules import RuleCalendar
from projections.fold.fold import Fold
from projections.ledger.message import Message
from projections.ledger.reading import read
from streams.broker import Broker, broker

WARM_UP_EVENTS: Final = 5_000


def main(kafka: str, events: int) -> None:
    """Print the rate over so many events, the first few thousand left out; ends the process."""
    connection = broker(kafka)
    app = faust.App(
        f"credit-ledger.bench.stock-faust.{os.getpid()}",
        broker=f"kafka://{connection.servers}",
        broker_credentials=_credentials(connection),
        store="memory://",
        web_enabled=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        consumer_auto_offset_reset="earliest",
        worker_redirect_stdouts=False,
    )
    topic = app.topic(ledger_topic(Platform.ORGANISATION), value_serializer="raw")
    fold = Fold(RuleCalendar(load_rulebook()), {}, {})
    count, began = 0, 0.0

    @app.agent(topic)  # type: ignore[untyped-decorator]
    async def project(stream: Any) -> None:
        nonlocal count, began
        async for event in stream.events():
            message = event.message
            at = int(message.timestamp * 1000)
            fold.apply(read(Message(message.offset, at, message.key, message.value)))
            count += 1
            if count == WARM_UP_EVENTS:
                began = time.perf_counter()
            elif count == events:
                seconds = time.perf_counter() - began
                print(round((events - WARM_UP_EVENTS) / seconds), flush=True)
                os._exit(0)

    async def serve() -> None:
        app.finalize()
        await app.start()
        await app.wait_until_stopped()

    asyncio.run(serve())


def _credentials(connection: Broker) -> faust.SASLCredentials | None:
    """Say who we are as Faust takes it; nothing to a broker that asks for no account."""
    if connection.account is None:
        return None
    given = connection.aiokafka()
    return faust.SASLCredentials(
        username=given["sasl_plain_username"],
        password=given["sasl_plain_password"],
        mechanism=given["sasl_mechanism"],
        ssl_context=given.get("ssl_context"),
    )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
