"""`bench record`: what one more event costs of a subject of whom much is known already.

One process, no broker: the projector's own transaction on a real Postgres, event by event.
"""

from __future__ import annotations

import time
from datetime import date, timedelta
from statistics import median
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import psycopg

from events.envelope import Platform
from events.partitioning import partition_of
from events.rules.rulebook import load_rulebook
from ops.bench.asof import default_plan
from ops.bench.machine import percentiles
from ops.generator import encoded, extra_subject
from projections.as_of.question import Question
from projections.calendar.rules import RuleCalendar
from projections.ledger.message import Raw
from projections.ledger.reading import read
from projections.projector import Projector
from projections.queries.subject.long_histories import LongHistories
from projections.queries.subject.state import answer_state
from projections.store.database import live_schema
from projections.store.session import settle
from projections.store.store import Store
from projections.writing.published import Published
from streams.transport.collector import calm_collector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ops.local.stack import Stack

SIZES: Final = (100, 1_000, 10_000)
"""Events that are known of a subject before those that are measured."""

MORE: Final = 60
"""Further events, each in a transaction of its own."""

_AT_ONCE: Final = 2_000
_ASKS: Final = 20
_PLANNED: Final = 1_000


class OneMore(NamedTuple):
    """What a further event cost: milliseconds, those of our own processor time, and bytes.

    Those of what goes out at once, and of the whole profile.
    """

    ms: float
    cpu_ms: float
    published_bytes: int
    whole_bytes: int


class SubjectCost(NamedTuple):
    """What was measured of one subject; the times of reading are of all of its events."""

    more: list[OneMore]
    state_bytes: int
    decode_ms: list[float]
    state_ms: list[float]


def measure_record(
    stack: Stack, sizes: Sequence[int], seed: int, say: Callable[[str], None]
) -> dict[str, Any]:
    """Apply one more event at a time to subjects of several lengths."""
    calm_collector()
    calendar = RuleCalendar(load_rulebook())
    found: dict[int, SubjectCost] = {}
    with psycopg.connect(stack.postgres, autocommit=True) as connection:
        for number, size in enumerate(sizes):
            say(f"a subject of {size:,} events")
            # The subject beyond a plan is another for each number of subjects.
            plan = default_plan(_PLANNED, _PLANNED + number, seed)
            messages = [(key, value) for key, value, _ in encoded(extra_subject(plan, size + MORE))]
            found[size] = _measured(connection, calendar, messages, plan.last_day)
    return figures(found)


def figures(found: dict[int, SubjectCost]) -> dict[str, Any]:
    """Give what was measured by the length of the record, and how it grows from first to last."""
    apply_ms = {str(n): percentiles([each.ms for each in of.more]) for n, of in found.items()}
    cpu_ms = {str(n): median(each.cpu_ms for each in of.more) for n, of in found.items()}
    published = {
        str(n): round(median(each.published_bytes for each in of.more)) for n, of in found.items()
    }
    whole = {str(n): round(median(each.whole_bytes for each in of.more)) for n, of in found.items()}
    first, last = min(found), max(found)
    return {
        "apply_ms": apply_ms,
        "apply_cpu_ms": {name: round(ms, 3) for name, ms in cpu_ms.items()},
        "apply_growth": round(cpu_ms[str(last)] / cpu_ms[str(first)], 1),
        "published_bytes": published,
        "whole_bytes": whole,
        "state_bytes": {str(n): of.state_bytes for n, of in found.items()},
        "decode_ms": {str(n): percentiles(of.decode_ms) for n, of in found.items()},
        "state_ms": {str(n): percentiles(of.state_ms) for n, of in found.items()},
        "method": f"subjects of so many events of all kinds, then {MORE} more of each, one a "
        "transaction, by one projector that has just applied the others; apply_cpu_ms: of the "
        "projector's process alone, at the median; apply_growth: that of the longest to that of "
        "the shortest; published_bytes: of the message that goes out at once, at the median; "
        "whole_bytes: of the whole profile, which follows five seconds after the first patch that "
        "it lacks; decode_ms: all messages of the subject, from Postgres to events; state_ms: the "
        "state at the last day",
    }


def _measured(
    connection: psycopg.Connection[Any],
    calendar: RuleCalendar,
    messages: Sequence[tuple[bytes, bytes]],
    last_day: date,
) -> SubjectCost:
    store = Store(live_schema(connection, Platform.ORGANISATION))
    projector = Projector(Platform.ORGANISATION, store, calendar)
    subject_id = messages[0][0].decode()
    partition = partition_of(subject_id)
    with connection.cursor() as cursor:
        first = store.position(cursor, partition).next_offset
    now_ms = round(time.time() * 1000)
    raws = [Raw(first + n, now_ms, key, value) for n, (key, value) in enumerate(messages)]
    known = len(raws) - MORE
    for begin in range(0, known, _AT_ONCE):
        projector.apply(connection, partition, raws[begin : min(begin + _AT_ONCE, known)])
    settle(connection)
    published = Published()
    more = [_one_more(projector, published, connection, partition, raw) for raw in raws[known:]]
    with connection.cursor() as cursor:
        state_bytes = len(store.load_states(cursor, partition, [subject_id])[subject_id])
    return SubjectCost(
        more,
        state_bytes,
        list(_decoded(connection, store, partition, subject_id)),
        list(_asked(connection, calendar, subject_id, last_day)),
    )


def _one_more(
    projector: Projector,
    published: Published,
    connection: psycopg.Connection[Any],
    partition: int,
    raw: Raw,
) -> OneMore:
    began, cpu_began = time.perf_counter(), time.process_time()
    applied = projector.apply(connection, partition, [raw])
    messages = [published.message(change, partition) for change in applied.profiles]
    published.arrived([change.subject_id for change in applied.profiles])
    cpu_ms = (time.process_time() - cpu_began) * 1000
    ms = (time.perf_counter() - began) * 1000
    whole = sum(len(change.message(partition)) for change in applied.profiles)
    return OneMore(ms, cpu_ms, sum(len(each.value) for each in messages), whole)


def _decoded(
    connection: psycopg.Connection[Any], store: Store, partition: int, subject_id: str
) -> Iterable[float]:
    for _ in range(_ASKS):
        began = time.perf_counter()
        with connection.cursor() as cursor:
            for message in store.load_messages(cursor, partition, subject_id):
                read(message)
        yield (time.perf_counter() - began) * 1000


def _asked(
    connection: psycopg.Connection[Any], calendar: RuleCalendar, subject_id: str, last_day: date
) -> Iterable[float]:
    histories = LongHistories()
    for number in range(_ASKS):
        day = last_day - timedelta(days=number)
        question = Question(
            platform=Platform.ORGANISATION, subject_id=subject_id, valid_on=day, cut=None
        )
        began = time.perf_counter()
        answer_state(connection, question, calendar, histories)
        yield (time.perf_counter() - began) * 1000
