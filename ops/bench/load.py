"""Submissions for `bench latency`: made before the clock starts, sent by the clock.

An open loop: each submission has its moment, whether or not earlier ones were answered, and is
counted from that moment; so a system that stalls cannot hide it by being asked less.
"""

from __future__ import annotations

import itertools
import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from events.envelope import CHINA, Disclosure, Envelope, Platform, Source
from events.event import event_to_record
from events.identity import event_id
from events.topics import submissions_topic
from events.types.arrears import TaxArrearsAnnounced
from events.types.penalty import PenaltyImposed, PenaltyKind
from events.wire.codec import encode_record
from events.wire.encoding import encode_event
from ops.generator import GeneratorPlan, generate
from ops.generator.codes import synthetic_credit_code_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from confluent_kafka import Producer

    from events.event import Event

WARNED_EVERY: Final = 20
"""One submission of so many is a new subject's tax arrears above the sum that raises a warning."""

_WARNED_FEN: Final = 60_000_00
_FINE_FEN: Final = 500_00
_SLEEP_MAX_S: Final = 0.001


class ReadySubmission(NamedTuple):
    """One submission, ready to be sent; `warned` tells whether a warning must follow."""

    topic: str
    key: bytes
    value: bytes
    event_id: str
    warned: bool


def recent_plan(events: int, subjects: int) -> GeneratorPlan:
    """Plan ten years that end yesterday: what is submitted must not lie in the future."""
    last = datetime.now(CHINA).date() - timedelta(days=1)
    first = last - timedelta(days=3650)
    return GeneratorPlan(events=events, subjects=subjects, seed=1, first_day=first, last_day=last)


def split(plan: GeneratorPlan, loaded: int) -> tuple[Iterator[Event], Iterator[Event]]:
    """Give a plan's first events, to be loaded beforehand, and those that follow."""
    events = generate(plan)
    return itertools.islice(events, loaded), events


def submissions(plan: GeneratorPlan, events: Iterator[Event]) -> Iterator[ReadySubmission]:
    """Make submissions of a plan's events, every so many replaced by one that must warn."""
    for number in itertools.count():
        if number % WARNED_EVERY == 0:
            yield _submission(_arrears(plan, number // WARNED_EVERY), warned=True)
        else:
            yield _submission(next(events), warned=False)


def warned(plan: GeneratorPlan, count: int) -> list[ReadySubmission]:
    """Make submissions that each must warn, of as many subjects that the plan does not have."""
    return [_submission(_arrears(plan, number), warned=True) for number in range(count)]


def _submission(event: Event, *, warned: bool) -> ReadySubmission:
    envelope = event.envelope
    if warned:
        value = encode_record(f"credit.{type(event).__name__}", event_to_record(event))
    else:
        value = encode_event(event)
    return ReadySubmission(
        submissions_topic(Platform.ORGANISATION, envelope.department),
        envelope.subject_id.encode(),
        value,
        envelope.event_id,
        warned,
    )


def crowd_of_penalties(plan: GeneratorPlan, count: int) -> list[ReadySubmission]:
    """Make submissions of so many penalties of one subject that the plan does not have."""
    drafts = (
        PenaltyImposed(
            # Not of the office that says the others': they would stand behind it on its own topic.
            _envelope(
                plan,
                -1,
                "penalty.market",
                f"市监罚〔{plan.last_day.year}〕{number + 1}号",
                department="market-zj",
            ),
            [PenaltyKind.FINE],
            fine_fen=_FINE_FEN,
        )
        for number in range(count)
    )
    return [_submission(_named(draft), warned=False) for draft in drafts]


def _arrears(plan: GeneratorPlan, number: int) -> Event:
    """Announce arrears of 60,000 yuan of a subject that the plan does not have."""
    document_no = f"税欠告〔{plan.last_day.year}〕{number + 1}号"
    envelope = _envelope(plan, number, "arrears.tax", document_no)
    return _named(TaxArrearsAnnounced(envelope, ["增值税"], _WARNED_FEN))


def _envelope(
    plan: GeneratorPlan,
    number: int,
    category: str,
    document_no: str,
    department: str = "tax-zj",
) -> Envelope:
    """Say of a subject behind those of the plan what a department says the day before its end."""
    subject_id = synthetic_credit_code_at(plan.subjects + 2 + number)
    return Envelope(
        event_id="",
        subject_id=subject_id,
        subject_name=f"样例{number + 2}号有限公司",
        department=department,
        authority=None,
        region=subject_id[2:8],
        category=category,
        document_no=document_no,
        item_no=1,
        occurred_on=plan.last_day - timedelta(days=1),
        published_on=None,
        observed_on=None,
        legal_basis="税收征收管理法第四十五条",
        disclosure=Disclosure.PUBLIC,
        source=Source.DEPARTMENT,
    )


def _named(draft: Event) -> Event:
    """Give what was drafted its id, which is drawn from what it says."""
    named = event_id(Platform.ORGANISATION, draft)
    return msgspec.structs.replace(
        draft, envelope=msgspec.structs.replace(draft.envelope, event_id=named)
    )


def send_by_the_clock(
    producer: Producer, made: Sequence[ReadySubmission], rate: float, begins: float
) -> list[float]:
    """Send each at its moment, `rate` a second from `begins` (monotonic); give how late each went.

    By a producer as every part of ours makes it (`create_producer`), with its own `linger.ms`. One
    that has just been made takes half a second to be known to the broker, so a department keeps it.
    """
    late: list[float] = []
    for number, submission in enumerate(made):
        due = begins + number / rate
        while (wait := due - time.monotonic()) > 0:
            producer.poll(0)
            time.sleep(min(wait, _SLEEP_MAX_S))
        while True:
            try:
                producer.produce(submission.topic, submission.value, submission.key)
                break
            except BufferError:
                producer.poll(_SLEEP_MAX_S)
        late.append(time.monotonic() - due)
    producer.flush(10)
    return late
