"""`bench latency`: from the submission to the visible profile and to the warning received.

Both worker roles run as an operator runs them; submissions come at a steady rate by the clock.
"""

from __future__ import annotations

import sys
import time
from itertools import islice
from math import sqrt
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import psycopg
from confluent_kafka import Consumer, TopicPartition

from events.envelope import Platform
from events.topics import rejections_topic
from ops.bench.cost import Cost, us_per_event
from ops.bench.doors.idle import STREAMS, measure_idle
from ops.bench.load import ReadySubmission, recent_plan, send_by_the_clock, split, submissions
from ops.bench.machine import percentiles
from ops.bench.pipeline import await_published, time_worker, worker_process
from ops.bench.watching import (
    POLL_S,
    LedgerPlace,
    PositionWatch,
    WarningWatch,
    await_ready,
    ledger_ends,
    ledger_places,
)
from ops.filling import fill
from ops.generator import encoded
from ops.worker import usual_projectors
from streams.broker import broker, librdkafka
from streams.publishing.producer import create_producer

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Callable, Iterator

    from confluent_kafka import Producer

    from ops.local.stack import Stack

WARM_UP_S: Final = 15
"""As long Kafka needs to compile itself: before that it takes half of a small machine."""
LOADED_EVENTS: Final = 100_000
LOADED_SUBJECTS: Final = 20_000
_DRAIN_S: Final = 60.0
_SWITCH_S: Final = 0.0005

RATES: Final = tuple(round(125 * 1.5**step) for step in range(1, 9))
"""Submissions a second that are tried one after the other: from 188 to 3,204."""
_HALVED: Final = 2
"""So often what lies between the last that held and the first that did not is halved."""
BOUND_MS: Final = 500.0
"""At a rate that holds, 99 of 100 profiles, and of 100 warnings, are there within so long."""
_TRIES: Final = 2
_REST_S: Final = 5
_STEP_WARM_UP_S: Final = 2
_STEP_S: Final = 6


class _Sent(NamedTuple):
    """What was sent, from which moment on (monotonic, and the clock's ms), how late each went."""

    made: list[ReadySubmission]
    rate: int
    begins: float
    begins_ms: float
    late: list[float]
    warm_up_s: int


def measure_latency(
    stack: Stack, rate: int, seconds: int, say: Callable[[str], None]
) -> dict[str, Any]:
    """Submit at `rate` a second for `seconds` after a warm-up; give both latencies in ms.

    What was not seen in time is counted as missing; it is in no percentile. Before, a worker is
    timed over events loaded in bulk; after, higher and higher rates are tried.
    """
    count = rate * (seconds + WARM_UP_S)
    tried = _TRIES * (sum(RATES) + _HALVED * RATES[-1]) * (_STEP_WARM_UP_S + _STEP_S)
    plan = recent_plan(LOADED_EVENTS + count + tried + 1, LOADED_SUBJECTS)
    first, following = split(plan, LOADED_EVENTS)
    say(f"loading {LOADED_EVENTS:,} events, making {count:,} submissions")
    fill(stack.kafka, encoded(first), say)
    left = submissions(plan, following)
    made = list(islice(left, count + 1))
    bulk = time_worker(stack, LOADED_EVENTS, usual_projectors(), say)
    switch = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH_S)
    try:
        with (
            worker_process(stack, usual_projectors()) as worker,
            WarningWatch(stack.kafka) as warned,
            PositionWatch(stack.postgres) as watch,
        ):
            producer = create_producer(stack.kafka)
            await_ready(producer, made[0], watch, say)
            starts = ledger_ends(stack)
            cost = Cost(worker)
            sent = _send(stack, producer, made[1:], rate, WARM_UP_S, watch, say)
            spent = cost.since()
            figures = _figures(sent, ledger_places(stack, starts), watch, warned)
            rate_max, steps = _rate_max(stack, producer, left, watch, warned, say)
    finally:
        sys.setswitchinterval(switch)
    idle = measure_idle(stack, STREAMS, say)
    return figures | {
        "rate_max_per_s": rate_max,
        "rates_p99_ms": steps,
        "bulk_events_per_s": bulk["events_per_s"],
        "cpu_us_per_event": us_per_event(spent, len(sent.made)),
        "refused": _refused(stack),
        **{part: idle[part] for part in ("idle_cpu", "idle_cpu_streams")},
    }


def _send(
    stack: Stack,
    producer: Producer,
    made: list[ReadySubmission],
    rate: int,
    warm_up_s: int,
    watch: PositionWatch,
    say: Callable[[str], None],
) -> _Sent:
    """Send at a rate, and wait until all is applied."""
    say(f"submitting {rate:,} a second for {warm_up_s} + {len(made) // rate - warm_up_s} s")
    total = sum(ledger_ends(stack).values()) + len(made)
    begins, begins_ms = time.monotonic() + 0.5, (time.time() + 0.5) * 1000
    late = send_by_the_clock(producer, made, rate, begins)
    _drain(watch, total, say)
    return _Sent(made, rate, begins, begins_ms, late, warm_up_s)


def _rate_max(
    stack: Stack,
    producer: Producer,
    left: Iterator[ReadySubmission],
    watch: PositionWatch,
    warned: WarningWatch,
    say: Callable[[str], None],
) -> tuple[int, dict[str, list[float | None]]]:
    """Give the highest rate that was found to hold, 0 where none does; and the p99 of each try."""
    steps: dict[str, list[float | None]] = {}

    def holds(rate: int) -> bool:
        step = list(islice(left, rate * (_STEP_WARM_UP_S + _STEP_S)))
        _rest(stack)
        starts = ledger_ends(stack)
        sent = _send(stack, producer, step, rate, _STEP_WARM_UP_S, watch, say)
        found = _figures(sent, ledger_places(stack, starts), watch, warned)
        steps.setdefault(str(rate), []).append(found["profile_ms"]["p99"])
        return came_in_time(found)

    return highest_that_holds(holds), steps


def _rest(stack: Stack) -> None:
    """Wait until what the step before left is done: it is no work of the next one."""
    with psycopg.connect(stack.postgres, autocommit=True) as connection:
        await_published(connection)
    time.sleep(_REST_S)


def highest_that_holds(holds: Callable[[int], bool]) -> int:
    """Try one rate after the other up to one that does not hold, and then between these two.

    One that does not hold is tried once more: others use the machine, too.
    """

    def tried(rate: int) -> bool:
        return any(holds(rate) for _ in range(_TRIES))

    best = 0
    for rate in RATES:
        if not tried(rate):
            break
        best = rate
    else:
        return best
    for _ in range(_HALVED if best else 0):
        between = round(sqrt(best * rate))
        best, rate = (between, rate) if tried(between) else (best, between)
    return best


def came_in_time(found: dict[str, Any]) -> bool:
    """Say whether nothing was missing at a rate, and what came, came within the bound."""
    late = [found[each]["p99"] for each in ("profile_ms", "warning_ms")]
    in_time = all(p99 is not None and p99 < BOUND_MS for p99 in late)
    return in_time and not found["missing"] and not found["missing_warnings"]


def _drain(watch: PositionWatch, total: int, say: Callable[[str], None]) -> None:
    """Wait until all is applied; what is not in time is counted as missing."""
    deadline = time.monotonic() + _DRAIN_S
    while watch.total() < total and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(1.0)  # A warning follows its profile within moments; after that it is missing.
    say(f"{watch.total():,} of {total:,} events applied")


def _figures(
    sent: _Sent,
    places: dict[str, deque[LedgerPlace]],
    watch: PositionWatch,
    warned: WarningWatch,
) -> dict[str, Any]:
    ledger: list[float] = []
    profile: list[float] = []
    published: list[float] = []
    warning: list[float] = []
    missing = missing_warnings = 0
    last = sent.begins
    skipped = sent.rate * sent.warm_up_s
    for number, submission in enumerate(sent.made):
        stands = places.get(submission.event_id)
        place = stands.popleft() if stands else None
        if number < skipped:
            continue
        offset_s = number / sent.rate
        due, due_ms = sent.begins + offset_s, sent.begins_ms + offset_s * 1000
        seen = watch.seen(place) if place else None
        if place is None or seen is None:
            missing += 1
            continue
        ledger.append(place.appended_ms - due_ms)
        profile.append((seen - due) * 1000)
        last = max(last, seen)
        if submission.warned and submission.key in warned.received:
            received, stamped_ms = warned.received[submission.key]
            published.append(stamped_ms - due_ms)
            warning.append((received - due) * 1000)
        elif submission.warned:
            missing_warnings += 1
    measured = len(sent.made) - skipped
    begins = sent.begins + sent.warm_up_s
    return {
        "profile_ms": percentiles(profile),
        "warning_ms": percentiles(warning),
        "rate_achieved_per_s": round(len(profile) / (last - begins), 1),
        "rate": sent.rate,
        "submitted": measured,
        "missing": missing,
        "missing_warnings": missing_warnings,
        "stages_ms": {
            "sent_late": percentiles([late * 1000 for late in sent.late[skipped:]]),
            "in_ledger": percentiles(ledger),
            "warning_in_kafka": percentiles(published),
        },
        "looks_per_s": round(watch.looks / (len(sent.made) / sent.rate)),
        "method": "open loop: counted from the moment at which each submission was due; profile: "
        f"until its partition's position, committed with it, was first seen by one connection that "
        f"looks every {POLL_S * 1000:.0f} ms; warning: until a Kafka subscriber of all warning "
        "topics had it; in_ledger and warning_in_kafka by the broker's append times",
    }


def _refused(stack: Stack) -> int:
    consumer = Consumer(librdkafka(stack.kafka, {"group.id": broker(stack.kafka).group("bench")}))
    try:
        begins = rejections_topic(Platform.ORGANISATION, "")
        there = consumer.list_topics(timeout=10).topics
        places = [TopicPartition(name, 0) for name in there if name.startswith(begins)]
        return sum(consumer.get_watermark_offsets(place, timeout=10)[1] for place in places)
    finally:
        consumer.close()
