"""The made-up ledger is lawful, the same every time, and shaped as real ones were measured."""

from __future__ import annotations

import tracemalloc
from collections import Counter
from datetime import UTC, date, datetime
from hashlib import sha256
from itertools import pairwise
from statistics import quantiles
from typing import TYPE_CHECKING

import pytest

from events.admission import Submission, check
from events.amendment import RecordCorrected, RecordRevoked
from events.arrears import TaxArrearsAnnounced, TaxArrearsSettled
from events.codec import encode_record
from events.decoding import decode_event
from events.envelope import Platform
from events.identity import content
from events.listing import ListEntered, ListRemoved
from events.penalty import PenaltyImposed
from events.rulebook import load_rulebook
from events.types import AMENDMENTS, ORIGINALS, Event, event_to_record, event_type, record_id
from ops.generator import (
    GeneratorPlan,
    PlanImpossibleError,
    extra_subject,
    generate,
    generate_encoded,
    subject_with_history,
)
from ops.generator.plan import events_per_subject

if TYPE_CHECKING:
    from collections.abc import Iterable

FIRST, LAST = date(2020, 1, 1), date(2026, 10, 31)
NOON = datetime(2026, 10, 31, 4, tzinfo=UTC)


def plan(events: int = 5_000, subjects: int = 1_000, seed: int = 7) -> GeneratorPlan:
    return GeneratorPlan(
        events=events, subjects=subjects, seed=seed, first_day=FIRST, last_day=LAST
    )


@pytest.fixture(scope="module")
def ledger() -> list[Event]:
    return list(generate(plan()))


@pytest.fixture(scope="module")
def long_ledger() -> list[Event]:
    return list(generate(plan(events=40_000, subjects=8_000)))


def refused(events: Iterable[Event]) -> list[object]:
    """Give what admission makes of the events that it does not pass exactly as they are."""
    answers: list[object] = []
    for event in events:
        submission = Submission(
            platform=Platform.ORGANISATION,
            department=event.envelope.department,
            submitted_at=NOON,
            event=event,
        )
        answer = check(submission, load_rulebook())
        if answer != event:
            answers.append(answer)
    return answers


def share_of(kind: type, events: list[Event]) -> float:
    return sum(isinstance(event, kind) for event in events) / len(events)


def test_admission_passes_every_event_unchanged(ledger: list[Event]) -> None:
    assert len(ledger) == 5_000
    assert refused(ledger) == []


@pytest.mark.parametrize("first", [date(2014, 1, 1), LAST])
def test_admission_passes_the_events_of_any_window(first: date) -> None:
    window = GeneratorPlan(events=1_500, subjects=100, seed=3, first_day=first, last_day=LAST)

    assert refused(generate(window)) == []


def test_the_same_plan_gives_the_same_bytes_on_every_machine() -> None:
    digest = sha256()
    for key, value, event_id in generate_encoded(plan()):
        digest.update(key + value + event_id.encode())

    assert digest.hexdigest() == "893805d0a83b816e1968c3581b81e3842c2a7cb97ad74af70d555c36b0c07800"


def test_another_seed_gives_another_ledger() -> None:
    one = {event.envelope.event_id for event in generate(plan(seed=1))}
    other = {event.envelope.event_id for event in generate(plan(seed=2))}

    assert len(one & other) < len(one) / 10


def test_the_fast_encoder_writes_what_the_codec_writes(ledger: list[Event]) -> None:
    for event, (key, value, event_id) in zip(ledger, generate_encoded(plan()), strict=True):
        assert value == encode_record(f"credit.{event_type(event)}", event_to_record(event))
        assert decode_event(value) == event
        assert key.decode() == event.envelope.subject_id
        assert event_id == event.envelope.event_id


@pytest.mark.parametrize(
    ("events", "subjects"), [(5_000, 1_000), (1_000, 1_000), (1_001, 1_000), (50, 1), (9, 4)]
)
def test_every_subject_has_an_event_and_the_sum_is_as_planned(events: int, subjects: int) -> None:
    per_subject = Counter(e.envelope.subject_id for e in generate(plan(events, subjects)))

    assert len(per_subject) == subjects
    assert per_subject.total() == events


def test_fewer_events_than_subjects_give_one_each() -> None:
    per_subject = Counter(e.envelope.subject_id for e in generate(plan(10, 1_000)))

    assert set(per_subject.values()) == {1}
    assert len(per_subject) == 10


def test_events_per_subject_follow_the_measured_profile() -> None:
    sizes = events_per_subject(plan(events=147_732, subjects=4_257))

    first, second, third = quantiles(sizes, n=4)
    assert (round(first), round(second), round(third)) == (8, 15, 30)
    assert 5_000 <= max(sizes) <= 5_547
    assert sum(sizes) == 147_732


def test_a_million_events_keep_the_heavy_tail() -> None:
    sizes = events_per_subject(plan(events=1_000_000, subjects=200_000))

    assert quantiles(sizes, n=4) == [1, 2, 4]
    assert 5_400 <= max(sizes) <= 5_600
    assert min(sizes) == 1
    assert sum(sizes) == 1_000_000


def test_the_heaviest_subject_is_named(ledger: list[Event]) -> None:
    per_subject = Counter(event.envelope.subject_id for event in ledger)

    assert per_subject.most_common(1)[0][0] == subject_with_history(plan())


def test_penalties_fall_on_few_subjects(long_ledger: list[Event]) -> None:
    ids = {
        (e.envelope.subject_id, e.envelope.event_id)
        for e in long_ledger
        if isinstance(e, PenaltyImposed)
    }
    penalised = Counter(subject for subject, _ in ids)

    assert 0.038 <= len(penalised) / 8_000 <= 0.050
    assert 1.5 <= penalised.total() / len(penalised) <= 2.4


def test_every_kind_of_event_occurs_at_its_rate(long_ledger: list[Event]) -> None:
    kinds = {event_type(event) for event in long_ledger}

    assert kinds == {kind.__name__ for kind in (*ORIGINALS, *AMENDMENTS)}
    assert 0.015 <= share_of(RecordCorrected, long_ledger) <= 0.03
    assert 0.002 <= share_of(RecordRevoked, long_ledger) <= 0.006
    assert 0.008 <= share_of(ListEntered, long_ledger) <= 0.018
    assert (
        0.3
        <= share_of(TaxArrearsSettled, long_ledger) / share_of(TaxArrearsAnnounced, long_ledger)
        <= 0.7
    )


def test_repeats_and_conflicts_are_a_few_of_the_events(long_ledger: list[Event]) -> None:
    first_said: dict[str, bytes] = {}
    repeats = conflicts = 0
    for event in long_ledger:
        said = first_said.setdefault(event.envelope.event_id, content(event))
        repeats += said == content(event)
        conflicts += said != content(event)
    repeats -= len(first_said)

    assert 0.012 <= repeats / len(long_ledger) <= 0.018
    assert 0.001 <= conflicts / len(long_ledger) <= 0.004


def test_an_amendment_concerns_a_fitting_record_of_its_subject(long_ledger: list[Event]) -> None:
    records = {e.envelope.event_id: e for e in long_ledger if isinstance(e, ORIGINALS)}
    corrections = {e.envelope.event_id: e for e in long_ledger if isinstance(e, RecordCorrected)}

    for event in long_ledger:
        match event:
            case TaxArrearsSettled():
                assert isinstance(records[event.concerns], TaxArrearsAnnounced)
            case ListRemoved():
                assert isinstance(records[event.concerns], ListEntered)
            case RecordCorrected():
                assert event_type(records[event.concerns]) == event.record_type
            case RecordRevoked(amendment=str() as amendment):
                assert corrections[amendment].concerns == event.concerns
        if isinstance(event, AMENDMENTS):
            assert records[record_id(event)].envelope.subject_id == event.envelope.subject_id


def test_some_amendments_arrive_before_their_original(long_ledger: list[Event]) -> None:
    seen: set[str] = set()
    ahead: Counter[str] = Counter()
    for event in long_ledger:
        if isinstance(event, AMENDMENTS) and record_id(event) not in seen:
            ahead[event_type(event)] += 1
        seen.add(event.envelope.event_id)

    assert 0.001 <= ahead.total() / len(long_ledger) <= 0.006
    assert {"RecordCorrected", "TaxArrearsSettled", "ListRemoved"} <= set(ahead)


def test_tax_list_entries_come_with_and_without_notice(long_ledger: list[Event]) -> None:
    noticed = Counter(
        event.notified_on is not None
        for event in long_ledger
        if isinstance(event, ListEntered) and event.list == "major_tax_violator"
    )

    assert noticed[True] > noticed[False] > 0


def test_every_day_that_has_happened_lies_in_the_window(long_ledger: list[Event]) -> None:
    days = [
        day
        for event in long_ledger
        for day in (event.envelope.occurred_on, event.envelope.published_on)
        if day is not None
    ]

    assert min(days) >= FIRST
    assert max(days) <= LAST


def test_some_events_are_recorded_long_after_they_occurred(long_ledger: list[Event]) -> None:
    newest, late = FIRST, 0
    for event in long_ledger:
        occurred = event.envelope.occurred_on or newest
        newest = max(newest, occurred)
        late += (newest - occurred).days > 150

    assert 0.02 <= late / len(long_ledger) <= 0.06


def test_subjects_are_interleaved(ledger: list[Event]) -> None:
    ids = [event.envelope.subject_id for event in ledger]
    adjacent = sum(one == other for one, other in pairwise(ids))

    assert adjacent / len(ids) < 0.05


def test_a_further_subject_has_exactly_so_many_mixed_events(ledger: list[Event]) -> None:
    events = list(extra_subject(plan(), 10_000))
    subjects = {event.envelope.subject_id for event in events}

    assert len(events) == 10_000
    assert len(subjects) == 1
    assert subjects.isdisjoint(event.envelope.subject_id for event in ledger)
    assert len({event_type(event) for event in events}) >= 10
    assert refused(events[:1_000]) == []


def test_ten_times_the_events_need_no_more_memory() -> None:
    def peak_bytes(events: int) -> int:
        tracemalloc.start()
        for _ in generate_encoded(plan(events=events, subjects=50)):
            pass
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    peak_bytes(200)  # fills what is kept for good: schemas, rules, days

    assert peak_bytes(20_000) < peak_bytes(2_000) + 300_000


@pytest.mark.parametrize(
    "changes",
    [
        {"events": -1},
        {"subjects": 0},
        {"subjects": 5_000_000},
        {"first_day": date(2013, 12, 31)},
        {"last_day": date(2019, 12, 31)},
    ],
)
def test_a_plan_that_cannot_be_met_is_refused(changes: dict[str, object]) -> None:
    facts: dict[str, object] = {
        "events": 10,
        "subjects": 5,
        "seed": 1,
        "first_day": FIRST,
        "last_day": LAST,
    }

    with pytest.raises(PlanImpossibleError):
        GeneratorPlan(**{**facts, **changes})  # type: ignore[arg-type]
