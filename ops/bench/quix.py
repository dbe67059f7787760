"""The peer: Quix Streams with its PostgreSQL sink; the same decoding, a journal row an event.

Needs the extra `peers`; without it `bench pipeline` says so and goes on.
"""

from __future__ import annotations

import os
import time
from urllib.parse import urlsplit

from events.decoding import decode_event
from events.envelope import Platform
from events.topics import ledger_topic
from events.types import event_type
from ops.bench.peers import PEER_SAMPLE


def main() -> None:
    """Print the rate over a sample, from the first event to the sink's last flush."""
    from quixstreams import Application  # noqa: PLC0415 - an optional extra
    from quixstreams.sinks.community.postgresql import PostgreSQLSink  # noqa: PLC0415 - likewise

    at = urlsplit(os.environ["CREDIT_LEDGER_POSTGRES"])
    sink = PostgreSQLSink(
        host=at.hostname or "127.0.0.1",
        port=at.port or 5432,
        dbname=at.path.lstrip("/"),
        user=at.username or "",
        password=at.password or "",
        table_name="quix_peer",
        schema_auto_update=True,
    )
    app = Application(
        broker_address=os.environ["CREDIT_LEDGER_KAFKA"],
        consumer_group=f"credit-ledger.bench.quix.{os.getpid()}",
        auto_offset_reset="earliest",
        auto_create_topics=False,
        loglevel="ERROR",
    )
    topic = app.topic(ledger_topic(Platform.ORGANISATION), value_deserializer="bytes")
    frame = app.dataframe(topic)
    frame = frame.apply(_row)
    frame.sink(sink)
    began = time.perf_counter()
    app.run(count=PEER_SAMPLE, timeout=60)
    print(round(PEER_SAMPLE / (time.perf_counter() - began)), flush=True)


def _row(value: bytes) -> dict[str, object]:
    event = decode_event(value)
    return {
        "event_id": event.envelope.event_id,
        "subject_id": event.envelope.subject_id,
        "event_type": event_type(event),
        "category": event.envelope.category,
    }


if __name__ == "__main__":
    main()
