"""`bench access`: what a decision costs, and what the log of inquiries adds to an answer."""

from __future__ import annotations

import itertools
import random
import time
from collections import Counter
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from events.envelope import Platform
from events.rules.access import Gives, Purpose, Role, load_access_policy
from events.topics import inquiries_topic
from events.wire.codec import decode_record
from ops.audit.replay import replay
from ops.bench.doors.serving import WebQuestion, ask_by_the_clock, headers_of
from ops.bench.machine import percentiles
from ops.bench.windows.service import service_process
from ops.doors.reading import read_messages
from ops.filling import fill_ledger
from ops.generator import subject_id_at
from projections.access.asker import Asker, Contract, Wanted
from projections.access.decide import decide

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ops.bench.doors.serving import TimedAnswer
    from ops.generator import GeneratorPlan
    from ops.local.stack import Stack

    Headers = Mapping[str, str]

_DECIDING_S: Final = 2.0
_WARM_UP_S: Final = 5
"""Plans of statements and the producer's connection are made meanwhile; it is in no figure."""
_RIGHT_EVERY: Final = 3
"""One question of so many has a right behind it."""
_GIVEN: Final = 200
_ANSWERS: Final = frozenset({_GIVEN, 404})
"""What is given, and that nothing is shown."""


def measure_access(
    stack: Stack, plan: GeneratorPlan, rate: int, seconds: int, say: Callable[[str], None]
) -> dict[str, Any]:
    """Decide as fast as one process does; then ask `rate` questions a second, a third by a key.

    `inquiries_lost` are answers with a right behind them of which no inquiry stands on the topic.
    """
    decided = _decisions_per_s()
    say(f"appending {plan.events:,} events over {plan.subjects:,} enterprises")
    fill_ledger(stack.kafka, plan, say)
    replay(stack, Platform.ORGANISATION, take_over=True, say=say)
    readers = (
        headers_of(stack, Role.DEPARTMENT, "market-zj", **{"Credit-Purpose": Purpose.SUPERVISION}),
        headers_of(stack, Role.AUDITOR, **{"Credit-Purpose": Purpose.AUDIT}),
    )
    asked = list(_questions(plan, rate * (seconds + _WARM_UP_S), readers))
    say(f"asking {rate:,} questions a second for {seconds} s")
    with service_process(stack) as port:
        answers = ask_by_the_clock(port, asked, rate)
    counted = answers[rate * _WARM_UP_S :]
    logged = [each for each in counted if "Authorization" in each.question.headers]
    public = [each for each in counted if "Authorization" not in each.question.headers]
    return {
        "decisions_per_s": decided,
        "rate_per_s": rate,
        "public_ms": percentiles([each.ms for each in public]),
        "logged_ms": percentiles([each.ms for each in logged]),
        "inquiries_lost": _lost(stack, answers),
        "answers": dict(sorted(Counter(str(each.status) for each in counted).items())),
        "unanswered": sum(each.status not in _ANSWERS for each in answers),
        "method": "decisions: every role, kind of answer and purpose on both platforms, in one "
        "process; questions over HTTP by the clock, each from its moment on: profiles of made-up "
        "enterprises, two thirds by nobody, the rest by a department and an auditor, each recorded "
        f"before it is answered; the first {_WARM_UP_S} s are in no figure; lost: answers by a key "
        "whose SHA-256 is in no inquiry on the topic",
    }


def _decisions_per_s() -> int:
    policy, on = load_access_policy(), date(2026, 6, 1)
    contract = Contract(contract_id="c", purposes=tuple(Purpose), start=date(2020, 1, 1))
    cases = [
        (
            Asker(role=role, organisation="market-zj", region="330100", contracts=(contract,)),
            Wanted(gives=gives, platform=platform, subject="s", seat="330106", purpose=purpose),
        )
        for role, gives, platform, purpose in itertools.product(Role, Gives, Platform, Purpose)
    ]
    count, until = 0, time.perf_counter() + _DECIDING_S
    began = time.perf_counter()
    while time.perf_counter() < until:
        for who, wanted in cases:
            decide(who, wanted, policy, on)
        count += len(cases)
    return round(count / (time.perf_counter() - began))


def _questions(
    plan: GeneratorPlan, count: int, readers: Sequence[Headers]
) -> Iterator[WebQuestion]:
    """Give what is asked, and by whom; the same seed asks the same."""
    chance = random.Random(plan.seed)
    for number in range(count):
        subject = subject_id_at(Platform.ORGANISATION, chance.randrange(plan.subjects))
        headers = {} if number % _RIGHT_EVERY else readers[number // _RIGHT_EVERY % len(readers)]
        yield WebQuestion(f"/v1/organisation/subjects/{subject}/profile", headers)


def _lost(stack: Stack, answers: Sequence[TimedAnswer]) -> int:
    """Count the answers by a key that no inquiry on the topic tells of.

    That nothing is shown is recorded without a digest, as a refusal is; so those are counted.
    """
    topic = inquiries_topic(Platform.ORGANISATION)
    told = [decode_record(value)[1] for _, _, value in read_messages(stack.kafka, topic, {})]
    recorded = Counter(each["digest"] or each["outcome"] for each in told)
    given = Counter(
        each.sha256 if each.status == _GIVEN else "nothing_public"
        for each in answers
        if each.status in _ANSWERS and "Authorization" in each.question.headers
    )
    return (given - recorded).total()
