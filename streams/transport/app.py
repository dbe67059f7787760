"""The Faust app and the process around it: started, watched, and ended within seconds.

A process that has to give up says why in one line and exits with `EXIT_GAVE_UP`; a supervisor
starts it anew. The app never creates a topic, keeps no table and serves no web page.
"""

import asyncio
import contextlib
import os
import signal
import tempfile
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import faust
import structlog
import uvloop
from faust.app.base import BootStrategy

from streams.broker import Broker, broker
from streams.faults import ConsumerFailedError, fault
from streams.transport.bounds import Bounds
from streams.transport.collector import calm_collector
from streams.transport.lanes import Lanes
from streams.transport.liveness import Liveness
from streams.transport.transport import BatchTransport

_log = structlog.get_logger(__name__)

EXIT_GAVE_UP = 70

# Together with `Patience.drain_max_s` below the 10 s that a supervisor commonly grants.
_STOP_MAX_S = 2.0
_BROKER_RETRY_S = 0.5


class _NoProducer(BootStrategy):
    """Our producers are librdkafka's; Faust's own would only hold a connection."""

    enable_kafka_producer = False


class BatchApp(faust.App):
    """A Faust app whose consumer hands on batches."""

    BootStrategy = _NoProducer
    connection: Broker
    lanes: Lanes
    companions: list[Callable[[], Coroutine[Any, Any, None]]]


def create_app(
    *,
    name: str,
    kafka: str,
    group: str,
    instance_id: str,
    bounds: Bounds | None = None,
    session_timeout_s: float = 20.0,
    heartbeat_interval_s: float = 2.0,
    request_timeout_s: float = 40.0,
    rebalance_timeout_s: float = 30.0,
) -> BatchApp:
    """Make the app; agents are added with `streams.transport.agents.batch_agent`.

    `kafka` is what `CREDIT_LEDGER_KAFKA` names. `instance_id` names this worker for good: a
    successor with the same id has its partitions back at once, and two at a time must not run.
    """
    connection = broker(kafka)
    app = BatchApp(
        group,
        broker=[f"kafka://{each.strip()}" for each in connection.servers.split(",")],
        broker_client_id=name,
        consumer_group_instance_id=instance_id,
        broker_session_timeout=session_timeout_s,
        broker_heartbeat_interval=heartbeat_interval_s,
        broker_request_timeout=request_timeout_s,
        broker_rebalance_timeout=rebalance_timeout_s,
        topic_allow_declare=False,
        topic_disable_leader=True,
        store="memory://",
        datadir=str(Path(tempfile.gettempdir()) / "credit-ledger-faust"),  # it makes one, unused
        web_enabled=False,
        web_tables_enabled=False,
        stream_wait_empty=False,
        processing_guarantee="at_least_once",
        worker_redirect_stdouts=False,
    )
    app.connection = connection
    app.lanes = Lanes(bounds or Bounds())
    app.companions = []
    app.transport = BatchTransport(app.conf.broker_consumer, app)
    return app


def run(app: BatchApp) -> int:
    """Run the app until SIGTERM, SIGINT or a failure; give the exit code.

    The caller should hand the code to `os._exit`, as a thread that hangs must not keep a
    process alive that has said it is gone.
    """
    calm_collector()
    # Not closed: that would wait for threads, and one may wait for a broker that is away.
    return asyncio.Runner(loop_factory=uvloop.new_event_loop).run(_run(app))


async def _run(app: BatchApp) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    app.lanes.watch(stop.set)
    tasks: list[asyncio.Task[Any]] = [
        asyncio.create_task(_serve(app), name="Faust"),
        asyncio.create_task(Liveness(app).run(), name="liveness"),
        asyncio.create_task(stop.wait()),
        *(asyncio.create_task(companion()) for companion in app.companions),
    ]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    if not stop.is_set():
        ended = next(task for task in tasks if task.done())
        error = None if ended.cancelled() else ended.exception()
        reason = fault(error) if error else "without an error"
        app.lanes.give_up(ConsumerFailedError(f"{ended.get_name()} ended by itself: {reason}"))
    await _end(app, tasks)
    return EXIT_GAVE_UP if app.lanes.failure else 0


async def _serve(app: BatchApp) -> None:
    await _await_broker(app)
    app.finalize()
    await app.start()
    await app.wait_until_stopped()
    if app.crash_reason is not None:
        raise app.crash_reason


async def _await_broker(app: BatchApp) -> None:
    """Wait for any broker to listen: Faust would give up at the first refusal."""
    while True:
        for url in app.conf.broker_consumer:
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(_BROKER_RETRY_S * 4):
                    _, writer = await asyncio.open_connection(url.host, url.port or 9092)
                writer.close()
                return
        _log.warning("broker_away")
        await asyncio.sleep(_BROKER_RETRY_S)


async def _end(app: BatchApp, tasks: list[asyncio.Task[Any]]) -> None:
    """Finish what is being applied, tell lag tools, and leave; all of it bounded."""
    _log.info("worker_stops")
    # What ended may have cancelled what these wait for: nothing of it may keep lanes from shutting.
    with contextlib.suppress(Exception, asyncio.CancelledError):
        async with asyncio.timeout(_STOP_MAX_S / 3):
            await app.consumer.hint()
    await app.lanes.shut()
    for task in tasks:
        task.cancel()
    with contextlib.suppress(Exception, asyncio.CancelledError):
        async with asyncio.timeout(_STOP_MAX_S):
            await app.stop()
    _log.info("worker_stopped", failed=app.lanes.failure is not None)


def exit_now(code: int) -> None:
    """End the process without waiting for threads."""
    os._exit(code)
