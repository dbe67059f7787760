"""Batches for ordinary Faust agents: `batch_agent` is all that others need."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import faust

from streams.batches import OUTAGES, Handler

if TYPE_CHECKING:
    from streams.batches import Apply, Positions
    from streams.transport.app import BatchApp


class _Untouched(faust.Schema):
    """Hands on the value as the transport made it: it is what a fetch brought, not bytes."""

    def loads_key(self, app: Any, message: Any, **_: Any) -> Any:
        del app
        return message.key

    def loads_value(self, app: Any, message: Any, **_: Any) -> Any:
        del app
        return message.value


def batch_agent(
    app: BatchApp,
    topic: str,
    positions: Positions,
    apply: Apply,
    *,
    outages: tuple[type[Exception], ...] = OUTAGES,
    with_headers: bool = False,
    alone: bool = False,
) -> Any:
    """Apply every record of `topic` once, in order per partition, as an ordinary Faust agent.

    Records come without their headers unless asked for `with_headers`.
    `outages` are the exceptions of `apply` and `positions` that only delay. `FatalApplyError`
    ends the process at once, any other exception after `Patience.failures_max` in a row. What is
    `alone` stands still, and says so, where the log is at fault: others have logs of their own.
    """
    app.lanes.register(
        Handler(
            topic=topic,
            positions=positions,
            apply=apply,
            outages=outages,
            with_headers=with_headers,
            alone=alone,
        )
    )
    # Faust's acknowledgements are off: it would commit past work in flight (its issue #606).
    channel = app.topic(topic, schema=_Untouched(), acks=False, internal=False)

    @app.agent(channel, concurrency=1, name=f"batches.{topic}")  # type: ignore[untyped-decorator]
    async def batches(fetches: Any) -> None:
        # Handing over neither waits nor raises, so partitions never wait for each other here.
        async for chunks in fetches:
            for chunk in chunks:
                app.lanes.offer(chunk)

    return batches
