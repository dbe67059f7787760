"""The peer: an ordinary Faust agent, one event at a time, with our decoding and fold in memory."""

from __future__ import annotations

import asyncio
import os
import time
from typing import Any

import faust

from events.envelope import Platform
from events.rulebook import load_rulebook
from events.topics import ledger_topic
from ops.bench.peers import PEER_SAMPLE
from projections.fold import Fold, Message, read
from projections.rules import RuleCalendar


def main() -> None:
    """Print the rate over a sample, from the first event on."""
    app = faust.App(
        f"credit-ledger.bench.stock-faust.{os.getpid()}",
        broker=f"kafka://{os.environ['CREDIT_LEDGER_KAFKA']}",
        store="memory://",
        web_enabled=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        consumer_auto_offset_reset="earliest",
        worker_redirect_stdouts=False,
    )
    topic = app.topic(ledger_topic(Platform.ORGANISATION), value_serializer="raw")
    fold = Fold(RuleCalendar(load_rulebook()), {}, {})
    seen = {"count": 0, "began": 0.0}

    @app.agent(topic)  # type: ignore[untyped-decorator]
    async def project(stream: Any) -> None:
        async for event in stream.events():
            message = event.message
            at = int(message.timestamp * 1000)
            fold.apply(read(Message(message.offset, at, message.key, message.value)))
            seen["began"] = seen["began"] or time.perf_counter()
            seen["count"] += 1
            if seen["count"] == PEER_SAMPLE:
                print(round(PEER_SAMPLE / (time.perf_counter() - seen["began"])), flush=True)
                os._exit(0)

    async def serve() -> None:
        app.finalize()
        await app.start()
        await app.wait_until_stopped()

    asyncio.run(serve())


if __name__ == "__main__":
    main()
