"""Whether the Kafka client still works: what it meets in the background shows nowhere else.

aiokafka hands errors of its background to whoever asks, and rests until somebody does. Most of
them pass: a broker that ends or begins answers heartbeats, joins and commits with whatever code
comes, and only some of these aiokafka tries again by itself.
"""

from __future__ import annotations

from typing import Any

from aiokafka.errors import KafkaError

from streams.faults import ConsumerFailedError, fault


def check_client(consumer: Any) -> None:
    """Raise what aiokafka met in the background, and let it join its group anew after that.

    Raises `ConsumerFailedError` where a task of its own has ended: nothing starts that again.
    """
    coordinator = consumer._coordinator  # noqa: SLF001 - there is no other way to ask
    for name, task in (
        ("coordination", coordinator._coordination_task),  # noqa: SLF001
        ("fetching", consumer._fetcher._fetch_task),  # noqa: SLF001
        ("metadata", consumer._client._sync_task),  # noqa: SLF001
    ):
        if task.done() and not task.cancelled():
            error = task.exception()
            why = told_of(error) if error else "without an error"
            raise ConsumerFailedError(f"the client's {name} has ended: {why}")
    try:
        # Faust leaves this out, and a coordinator that failed then waits forever, unseen.
        coordinator.check_errors()
    except KafkaError:
        # A task that failed is not begun again but by joining: heartbeats would stay away.
        coordinator.request_rejoin()
        raise


def told_of(error: BaseException) -> str:
    """Say what failed; aiokafka's own words name groups, places and codes, never a record."""
    if isinstance(error, KafkaError):
        return str(error)
    return fault(error)
