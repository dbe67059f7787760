"""The peer: Quix Streams with its PostgreSQL sink: a journal row an event, a state a subject.

Runs in a virtual environment of its own, as it pins an older confluent-kafka than ours; so it may
import nothing but the pure domain. Our decoding and fold in memory, its consumer and its sinks.
"""

from __future__ import annotations

import os
import sys
import time
from typing import Any
from urllib.parse import urlsplit

from quixstreams import Application
from quixstreams.kafka.configuration import ConnectionConfig
from quixstreams.sinks.community.postgresql import PostgreSQLSink

from events.envelope import Platform
from events.rules.rulebook import load_rulebook
from events.topics import ledger_topic
from projections.calendar.rules import RuleCalendar
from projections.fold.fold import Fold
from projections.fold.state import encode_state
from projections.ledger.message import Message
from projections.ledger.reading import read
from streams.broker import broker


class _Flow:
    """What is done with each event, and when the first came and the last was on disk."""

    def __init__(self, events: int) -> None:
        self.began = self.flushed = 0.0
        self.count = 0
        self._events = events
        self._fold = Fold(RuleCalendar(load_rulebook()), {}, {})

    @property
    def is_done(self) -> bool:
        """Whether as many events were taken as were wanted."""
        return self.count >= self._events

    def step(self, value: bytes, key: bytes, timestamp: int, _headers: Any) -> dict[str, Any]:
        """Decode and fold one event; give the rows for both tables."""
        self.began = self.began or time.perf_counter()
        item = read(Message(self.count, timestamp, key, value))
        self.count += 1
        self._fold.apply(item)
        return {
            "journal": {
                "subject_id": item.subject_id,
                "entry_id": item.entry_id,
                "recorded_ms": timestamp,
                "value": value,
            },
            "state": {
                "subject_id": item.subject_id,
                "state": encode_state(self._fold.state(item.subject_id)),
            },
        }


def main(kafka: str, events: int) -> None:
    """Print the rate, from the first event taken to the last flush of the sinks."""
    flow = _Flow(events)
    app = Application(
        broker_address=ConnectionConfig.from_librdkafka_dict(broker(kafka).librdkafka()),
        consumer_group=f"credit-ledger.bench.quix.{os.getpid()}",
        auto_offset_reset="earliest",
        auto_create_topics=False,
        loglevel="ERROR",
    )
    ledger = app.topic(
        ledger_topic(Platform.ORGANISATION), key_deserializer="bytes", value_deserializer="bytes"
    )
    rows = app.dataframe(ledger).apply(flow.step, metadata=True)
    rows.apply(lambda row: row["journal"]).sink(_sink(flow, "quix_journal"))
    rows.apply(lambda row: row["state"]).sink(
        _sink(flow, "quix_state", primary_key_columns="subject_id", upsert_on_primary_key=True)
    )
    rows.update(lambda _: app.stop() if flow.is_done else None)
    app.run()
    print(round(flow.count / (flow.flushed - flow.began)), flush=True)


def _sink(flow: _Flow, table: str, **keys: Any) -> Any:
    class Sink(PostgreSQLSink):  # type: ignore[misc]
        """The sink as it is, noting when it has flushed."""

        def flush(self) -> None:
            """Flush, then look at the clock."""
            super().flush()
            flow.flushed = time.perf_counter()

    at = urlsplit(os.environ["CREDIT_LEDGER_POSTGRES"])
    return Sink(
        host=at.hostname or "",
        port=at.port or 0,
        dbname=at.path.lstrip("/"),
        user=at.username or "",
        password=at.password or "",
        table_name=table,
        **keys,
    )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
