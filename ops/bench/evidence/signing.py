"""What signing costs the pipeline, in turns without and with a signer; and a signer alone."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import psutil
import psycopg

from events.envelope import Platform
from events.topics import ledger_topic
from ops.bench.machine import peak_rss_mb, percentiles
from ops.evidence.keys import signers_of
from ops.evidence.settings import read_evidence_settings
from ops.evidence.signing import now_ms
from ops.evidence.standing import cuts_now
from ops.filling import fill
from ops.generator import generate_encoded
from ops.logs import configure_logs
from projections.queries.overview import positions
from streams.publishing.producer import create_producer
from streams.reading.reader import LogReader
from streams.signing.checkpoints import CheckpointsTopic
from streams.signing.ledger import LedgerTopic
from streams.signing.signer import SETTLED_AFTER_MS, LogSigner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from ops.evidence.settings import EvidenceSettings
    from ops.generator import GeneratorPlan
    from ops.local.stack import Stack
    from projections.http.asking.evidence import CutStanding

SIGNS: Final = (False, True, True, False, False, True)
"""Whether a signer runs, by turn: three pairs."""
ORGANISATION: Final = Platform.ORGANISATION
_POLL_S: Final = 0.05
_PATIENCE_S: Final = 600.0
_AGE_RATE: Final = 1_000
_AGE_S: Final = 45.0
_PERCENT: Final = 100


class _PipelineTurn(NamedTuple):
    """One turn of the pipeline: events a second; microseconds of projectors and signer an event."""

    events_per_s: float
    us_per_event: float
    signer_us_per_event: float


def measure_cost(
    stack: Stack, plans: Sequence[GeneratorPlan], projectors: int, say: Callable[[str], None]
) -> dict[str, Any]:
    """Let the pipeline apply a plan a turn, without and with a signer; the first is not counted.

    What comes of subjects that are known costs more than what is first said of them, and the more
    is known the more: so two turns side by side are compared, and neither way is always the later.
    """
    _turn(stack, plans[0], projectors, say, signs=False)
    turns: dict[bool, list[_PipelineTurn]] = {False: [], True: []}
    for signs, plan in zip(SIGNS, plans[1:], strict=True):
        turns[signs].append(_turn(stack, plan, projectors, say, signs=signs))
        say(f"turn: {'with' if signs else 'without'} a signer: {turns[signs][-1]}")
    pairs = list(zip(turns[False], turns[True], strict=True))
    by_rate = 1 - statistics.geometric_mean(s.events_per_s / p.events_per_s for p, s in pairs)
    by_processor = statistics.median(
        turn.signer_us_per_event / turn.us_per_event for turn in turns[True]
    )
    plain, signing = (
        statistics.median(turn.events_per_s for turn in turns[signs]) for signs in (False, True)
    )
    return {
        "pipeline_events_per_s": round(plain),
        "pipeline_with_signer_events_per_s": round(signing),
        "cost_percent": round(_PERCENT * max(by_rate, by_processor), 1),
        "cost_percent_by_rate": round(_PERCENT * by_rate, 1),
        "cost_percent_by_processor": round(_PERCENT * by_processor, 1),
        "turns": len(SIGNS),
    }


def _turn(
    stack: Stack, plan: GeneratorPlan, projectors: int, say: Callable[[str], None], *, signs: bool
) -> _PipelineTurn:
    """Append a plan and let it be applied; a signer runs from before it until it is signed."""
    with psycopg.connect(stack.postgres, autocommit=True) as connection, ExitStack() as running:
        before, until = _applied(connection), time.monotonic() + _PATIENCE_S
        wanted = before + plan.events
        signer = running.enter_context(role(stack, "signer")) if signs else None
        if signs:
            _await_signed(before, until)
        signed = _spent(signer)
        fill(stack.kafka, generate_encoded(plan), say)
        others = [running.enter_context(role(stack, "projector")) for _ in range(projectors)]
        while (first := _applied(connection)) == before and time.monotonic() < until:
            time.sleep(_POLL_S)
        began, spent = time.monotonic(), sum(map(_spent, others))
        while _applied(connection) < wanted and time.monotonic() < until:
            time.sleep(_POLL_S)
        seconds, counted = time.monotonic() - began, max(1, wanted - first)
        worked = sum(map(_spent, others)) - spent
        if signs:
            _await_signed(wanted, until)
        by_signer = _spent(signer) - signed
        return _PipelineTurn(
            counted / seconds, worked / counted * 1e6, by_signer / plan.events * 1e6
        )


def _await_signed(events: int, until: float) -> None:
    while time.monotonic() < until:
        found = [
            cut for cut in cuts_now(read_evidence_settings(), 0.0) if cut.platform == ORGANISATION
        ]
        if found and found[0].events >= events:
            return
        time.sleep(_POLL_S)


@contextmanager
def role(stack: Stack, name: str) -> Iterator[psutil.Popen]:
    """Run one role of a worker, as an operator would; stop it at the end."""
    process = psutil.Popen(
        [sys.executable, "-m", "ops", "worker", "--role", name],
        env={
            **os.environ,
            "CREDIT_LEDGER_KAFKA": stack.kafka,
            "CREDIT_LEDGER_POSTGRES": stack.postgres,
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except psutil.TimeoutExpired:
            process.kill()
            process.wait()


def _applied(connection: psycopg.Connection[Any]) -> int:
    return sum(each.next_offset for each in positions(connection, ORGANISATION))


def _spent(process: psutil.Popen | None) -> float:
    if process is None:
        return 0.0
    times = process.cpu_times()
    return float(times.user + times.system)


def measure_signer(stack: Stack, beside: Path, say: Callable[[str], None]) -> dict[str, Any]:
    """Time a signer that derives the whole log anew in an empty folder, in a process of its own."""
    say("a signer alone derives the log anew")
    with ProcessPoolExecutor(1, get_context("spawn")) as other:
        events, seconds, peak_mb = other.submit(
            _derive, stack.kafka, read_evidence_settings(), beside
        ).result()
    return {"signer_events_per_s": round(events / seconds), "peak_rss_mb": peak_mb}


def _derive(kafka: str, settings: EvidenceSettings, beside: Path) -> tuple[int, float, int]:
    configure_logs()  # what it tells goes to standard error, as --json is JSON alone
    name = settings.log_name(ORGANISATION)
    keys = signers_of(settings, str(ORGANISATION), name)
    beside.mkdir(parents=True, exist_ok=True)
    with LogReader(kafka) as reader:
        topic = CheckpointsTopic(kafka, ORGANISATION, reader)
        began = time.monotonic()
        signer = LogSigner(
            keys,
            beside,
            LedgerTopic(ORGANISATION, reader),
            topic,
            lambda: now_ms() + SETTLED_AFTER_MS,
        )
        with signer.open() as log:
            while signer.step(log) is not None:
                pass
            events = sum(log.offsets)
    seconds = time.monotonic() - began
    return events, seconds, peak_rss_mb()


def measure_age(stack: Stack, plan: GeneratorPlan, say: Callable[[str], None]) -> dict[str, Any]:
    """Look at the age of the newest cut while a thousand events a second come."""
    say(f"{_AGE_RATE:,} events a second for {_AGE_S:.0f} s")
    made = [(key, value) for key, value, _ in generate_encoded(plan)]
    stop = threading.Event()
    feeding = threading.Thread(target=_feed, args=(stack.kafka, made, stop))
    ages: list[float] = []
    with role(stack, "signer"):
        feeding.start()
        began = time.monotonic()
        first = _newest()
        while _newest() == first and time.monotonic() < began + _AGE_S:
            time.sleep(_POLL_S)
        until = time.monotonic() + _AGE_S
        while time.monotonic() < until:
            found = [
                c for c in cuts_now(read_evidence_settings(), time.time()) if c.age_s is not None
            ]
            ages += [c.age_s for c in found if c.platform == ORGANISATION and c.age_s is not None]
            time.sleep(0.1)
        stop.set()
        feeding.join()
    return {"cut_age_s": percentiles(ages)}


def _newest() -> int:
    return max((cut.cut for cut in _cuts(0.0)), default=0)


def _cuts(now_s: float) -> list[CutStanding]:
    return [
        cut for cut in cuts_now(read_evidence_settings(), now_s) if cut.platform == ORGANISATION
    ]


def _feed(kafka: str, made: list[tuple[bytes, bytes]], stop: threading.Event) -> None:
    producer = create_producer(kafka)
    began = time.monotonic()
    topic = ledger_topic(ORGANISATION)
    for number, (key, value) in enumerate(made):
        while (wait := began + number / _AGE_RATE - time.monotonic()) > 0:
            producer.poll(min(wait, 0.001))
        if stop.is_set():
            break
        producer.produce(topic, value, key)
    producer.flush()
