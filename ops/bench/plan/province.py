"""`bench province`: the plan's 795,248 enterprises held, and a day's 8,000 questions answered."""

from __future__ import annotations

import http.client
import itertools
import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

import psycopg

from events.envelope import Platform
from events.rules.access import Purpose, Role
from ops.audit.replay import replay
from ops.bench.doors.serving import headers_of
from ops.bench.machine import percentiles
from ops.bench.windows.service import service_process
from ops.filling import fill_ledger
from ops.generator import subject_id_at
from projections.access.asker import RefusalCode
from projections.store.database import live_schema
from projections.store.session import settle
from projections.store.statements import statements
from projections.store.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ops.generator import GeneratorPlan
    from ops.local.stack import Stack

    Headers = Mapping[str, str]
    Question = tuple[str, Headers]

_ASKERS: Final = 4
_DONE: Final = 200
_SAY_EVERY: Final = 1000
NOTHING_SHOWN: Final = "nothing shown"
_ANSWER_WITHIN_S: Final = 30.0
_KINDS: Final = (*["profile"] * 6, *["hint"] * 2, "history", "state")
"""Of ten questions six are for a profile, two a hint, one a history, one a state of a past day."""

_AUDITED: Final = frozenset({"history", "state"})
"""What an auditor asks for; a department that supervises asks for the rest."""

_SQL: Final = statements(__name__)


def measure_province(
    stack: Stack, plan: GeneratorPlan, questions: int, say: Callable[[str], None]
) -> dict[str, Any]:
    """Hold the plan's enterprises, then ask a day's questions of the service as fast as it answers.

    A question is any of `_KINDS` about any enterprise, over HTTP, four askers at a time, by the key
    of whoever may ask it; each is recorded before it is answered.
    """
    say(f"appending {plan.events:,} events over {plan.subjects:,} enterprises")
    fill_ledger(stack.kafka, plan, say)
    rebuilt = replay(stack, Platform.ORGANISATION, take_over=True, say=say)
    held = _held(stack)
    say(f"{held['profiles']:,} profiles are held; asking {questions:,} questions")
    asked = list(_questions(plan, questions, _keys(stack)))
    with service_process(stack) as port:
        began = time.perf_counter()
        answers = _answered(port, asked, say)
        seconds = time.perf_counter() - began
    said = dict(sorted(Counter(said for said, _ in answers).items()))
    return held | {
        "project_per_s": rebuilt.events_per_s,
        "questions": len(answers),
        "question_ms": percentiles([ms for _, ms in answers]),
        "answers": said,
        "held_all": held["profiles"] >= plan.subjects,
        "answered_all": said.get(str(_DONE), 0) + said.get(NOTHING_SHOWN, 0) == questions,
        "questions_per_s": round(len(answers) / seconds),
        "seconds": round(seconds, 1),
        "method": "made-up enterprises loaded into Kafka and projected by a rebuild; then questions"
        f" to `serve` over HTTP, {_ASKERS} at a time: of ten six for a profile and two for a hint"
        " by a department, one for a history and one for a state of a past day by an auditor, each"
        " recorded before it is answered",
    }


def _held(stack: Stack) -> dict[str, Any]:
    """Give how many profiles there are, how they lie in partitions, and what room they take."""
    with psycopg.connect(stack.postgres, autocommit=True) as connection:
        settle(connection)
        store = Store(live_schema(connection, Platform.ORGANISATION))
        by_partition = [n for _, n in connection.execute(store.statement(_SQL["by_partition"]))]
        ((size,),) = connection.execute(_SQL["size"]).fetchall()
    return {
        "profiles": sum(by_partition),
        "partitions": len(by_partition),
        "profiles_a_partition": {"least": min(by_partition), "most": max(by_partition)},
        "database_mb": round(size / 1_000_000),
    }


def _keys(stack: Stack) -> tuple[Headers, Headers]:
    """Make the keys of a department and of an auditor; give by which headers each asks."""
    return (
        headers_of(stack, Role.DEPARTMENT, "market-zj", **{"Credit-Purpose": Purpose.SUPERVISION}),
        headers_of(stack, Role.AUDITOR, **{"Credit-Purpose": Purpose.AUDIT}),
    )


def _questions(
    plan: GeneratorPlan, count: int, keys: tuple[Headers, Headers]
) -> Iterator[Question]:
    """Give the paths that are asked for, and by whom; the same seed asks the same."""
    chance = random.Random(plan.seed)
    for _ in range(count):
        subject = subject_id_at(Platform.ORGANISATION, chance.randrange(plan.subjects))
        kind = chance.choice(_KINDS)
        on = f"?valid_on={plan.first_day.replace(year=2024)}" if kind == "state" else ""
        headers = keys[kind in _AUDITED]
        yield f"/v1/organisation/subjects/{subject}/{kind}{on}", headers


def _answered(
    port: int, asked: Sequence[Question], say: Callable[[str], None]
) -> list[tuple[str, float]]:
    """Let all askers ask, each on one connection; say how far they are."""
    done = itertools.count(1)

    def ask(part: Sequence[Question]) -> list[tuple[str, float]]:
        found = []
        for each in _ask(port, part):
            found.append(each)
            if (count := next(done)) % _SAY_EVERY == 0:
                say(f"{count:,} of {len(asked):,} questions asked")
        return found

    with ThreadPoolExecutor(_ASKERS) as askers:
        parts = [asked[asker::_ASKERS] for asker in range(_ASKERS)]
        return [each for part in askers.map(ask, parts) for each in part]


def _ask(port: int, questions: Sequence[Question]) -> Iterator[tuple[str, float]]:
    """Ask one after the other on one connection; give the answer and the milliseconds of each.

    That a department may see nothing of a subject is an answer, `NOTHING_SHOWN`, and no failure.
    """
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_ANSWER_WITHIN_S)
    for path, headers in questions:
        began = time.perf_counter()
        connection.request("GET", path, headers=dict(headers))
        answer = connection.getresponse()
        shown = RefusalCode.NOTHING_PUBLIC.encode() not in answer.read() or answer.status == _DONE
        said = str(answer.status) if shown else NOTHING_SHOWN
        yield said, (time.perf_counter() - began) * 1000
    connection.close()
