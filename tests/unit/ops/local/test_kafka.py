"""What the local broker is told, beside what topics ask of it."""

from __future__ import annotations

from events.rules.rulebook import load_rulebook
from ops.local.kafka import PROPERTIES
from streams.topics import topic_table

NEVER_MS = 2**63 - 1


def test_what_topics_ask_to_be_flushed_is_looked_at_in_time_and_no_other_is_flushed() -> None:
    """By default a broker never looks, and a topic's `flush.ms` is then nobody's."""
    told = dict(
        line.split("=", 1)
        for line in PROPERTIES.splitlines()
        if "=" in line and not line.startswith("#")
    )
    asked = [topic.flush_ms for topic in topic_table(load_rulebook()) if topic.flush_ms]
    assert int(told["log.flush.scheduler.interval.ms"]) * 2 <= min(asked)
    assert int(told["log.flush.interval.ms"]) == NEVER_MS
