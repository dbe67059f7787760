"""Across the generator: the made-up ledger is lawful, the same every time, and shaped as real ones were measured."""

from __future__ import annotations

import tracemalloc
from collections import Counter
from datetime import UTC, date, datetime
from hashlib import sha256
from itertools import pairwise
from statistics import quantiles
from typing import TYPE_CHECKING

import msgspec
import pytest

from events.admission.admission import Submission, check
from events.admission.particulars import TOGETHER
from events.admission.rejection import Rejection
from events.envelope import Platform
from events.event import (
    AMENDMENTS,
    ORIGINALS,
    OWN_AMENDMENTS,
    Event,
    event_to_record,
    event_type,
    record_id,
)
from events.identity import content
from events.roles import OwnAmendment
from events.rules.rulebook import load_rulebook
from events.types.amendment import RecordCorrected, RecordRevoked
from events.types.court import CaseFiled, JudgmentRendered
from events.types.finding import InspectionReported, InspectionResult, RecallOrdered
from events.types.licence import LicenceGranted, ProductCertified
from events.types.listing import ListEntered, ListNoticeGiven
from events.types.measure import MeasureAnswered, MeasureInitiated
from events.types.objection import ObjectionAnswered, ObjectionRaised, StatementAdded
from events.types.obligation import CommitmentMade, ObligationDefaulted, ObligationSettled
from events.types.penalty import PenaltyImposed
from events.types.relation import RelationRecorded, RelationRole
from events.types.repair import RepairApplied
from events.types.subject import SubjectKind, SubjectRegistered
from events.wire.codec import encode_record
from events.wire.decoding import decode_event
from ops.generator import (
    GeneratorPlan,
    PlanImpossibleError,
    extra_subject,
    generate,
    generate_encoded,
    making,
    subject_with_history,
)
from ops.generator.kinds import OPENING, SlotKind
from ops.generator.plain import FieldUnknownError, plain_event
from ops.generator.plan import events_per_subject
from projections.record.amending import ABOUT, fits
from tests.support.builders import an_envelope

if TYPE_CHECKING:
    from collections.abc import Iterable

    from events.roles import Original

FIRST, LAST = date(2020, 1, 1), date(2026, 10, 31)
NOON = datetime(2026, 10, 31, 4, tzinfo=UTC)


RATES = {
    # Of 1,000 events: the fewest and the most.
    "SubjectRegistered": (93, 163),
    "SubjectChanged": (80, 182),
    "LicenceGranted": (63, 126),
    "PenaltyImposed": (51, 107),
    "GradeAssigned": (51, 107),
    "InspectionReported": (63, 126),
    "RelationRecorded": (32, 69),
    "CommendationAwarded": (21, 51),
    "ObligationDefaulted": (17, 41),
    "TaxArrearsAnnounced": (16, 41),
    "TaxArrearsSettled": (6, 21),
    "EnforcementOpened": (5, 19),
    "ListEntered": (6, 23),
    "MeasureInitiated": (2, 12),
    "ObjectionRaised": (4, 14),
    "RepairApplied": (3.5, 8),
    "RecordCorrected": (12, 38),
    "RecordRevoked": (1, 8),
}


def plan(events: int = 5_000, subjects: int = 1_000, seed: int = 7) -> GeneratorPlan:
    return GeneratorPlan(
        events=events, subjects=subjects, seed=seed, first_day=FIRST, last_day=LAST
    )


def persons() -> GeneratorPlan:
    return GeneratorPlan(
        events=4_000,
        subjects=400,
        seed=7,
        first_day=FIRST,
        last_day=LAST,
        platform=Platform.PERSON,
    )


@pytest.fixture(scope="module")
def ledger() -> list[Event]:
    return list(generate(plan()))


@pytest.fixture(scope="module")
def long_ledger() -> list[Event]:
    return list(generate(plan(events=40_000, subjects=8_000)))


def without_remarks(event: Event) -> tuple[Event, set[str]]:
    envelope = msgspec.structs.replace(event.envelope, remarks=[])
    return msgspec.structs.replace(event, envelope=envelope), set(event.envelope.remarks)


def refused(events: Iterable[Event], platform: Platform = Platform.ORGANISATION) -> list[object]:
    """Give what admission makes of the events that it does not pass exactly as they are."""
    answers: list[object] = []
    for event in events:
        submission = Submission(
            platform=platform,
            department=event.envelope.department,
            submitted_at=NOON,
            event=event,
        )
        answer = check(submission, load_rulebook())
        # What admission lets pass is noted as it is admitted: here days before a law, and no article.
        if not isinstance(answer, Rejection):
            answer, noted = without_remarks(answer)
            assert noted <= {"article_not_named", "law_not_in_force"}
        if answer != event:
            answers.append(answer)
    return answers


def test_admission_passes_every_event_unchanged(ledger: list[Event]) -> None:
    assert len(ledger) == 5_000
    assert refused(ledger) == []


@pytest.mark.parametrize("first", [date(2014, 1, 1), LAST])
def test_admission_passes_the_events_of_any_window(first: date) -> None:
    window = GeneratorPlan(events=1_500, subjects=100, seed=3, first_day=first, last_day=LAST)

    assert refused(generate(window)) == []


def test_admission_passes_the_events_of_persons_unchanged() -> None:
    assert refused(generate(persons()), Platform.PERSON) == []


def test_the_same_plan_gives_the_same_bytes_on_every_machine() -> None:
    digest = sha256()
    for key, value, event_id in generate_encoded(plan()):
        digest.update(key + value + event_id.encode())

    assert digest.hexdigest() == "2f81ce74c31cd379b0b36f71c34567985e2353da2c6c698fbec4516cc778e302"


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


def test_what_is_bad_gathers_on_some_of_the_subjects(long_ledger: list[Event]) -> None:
    ids = {
        (e.envelope.subject_id, e.envelope.event_id)
        for e in long_ledger
        if isinstance(e, PenaltyImposed)
    }
    penalised = Counter(subject for subject, _ in ids)

    assert 0.12 <= len(penalised) / 8_000 <= 0.25
    assert 1.5 <= penalised.total() / len(penalised) <= 3


def test_every_kind_of_event_occurs_at_its_rate(long_ledger: list[Event]) -> None:
    kinds = Counter(event_type(event) for event in long_ledger)
    per_mille = {kind: 1_000 * count / len(long_ledger) for kind, count in kinds.items()}

    assert set(per_mille) == {kind.__name__ for kind in (*ORIGINALS, *AMENDMENTS)}
    for kind, (least, most) in RATES.items():
        assert least <= per_mille[kind] <= most, (kind, per_mille[kind])


def test_every_kind_has_a_maker_and_what_opens_a_record_is_amended() -> None:
    about_others = {SlotKind.REPEATED, SlotKind.CONFLICT, SlotKind.AHEAD, SlotKind.REGISTERED}
    assert set(SlotKind) - set(making.OPENERS) - set(making.FOLLOWERS) <= about_others
    assert set(making.OPENERS) - {SlotKind.REGISTERED} <= OPENING


def makeable(kind: type[Original]) -> bool:
    """Say whether the fields of a type tell enough to make it."""
    try:
        plain_event(kind, an_envelope(), FIRST, 0)
    except FieldUnknownError:
        return False
    return kind not in TOGETHER


def test_a_type_without_a_maker_is_made_from_its_fields_as_admission_wants_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kinds = tuple(kind for kind in ORIGINALS if makeable(kind))
    monkeypatch.setattr(making, "UNMADE", kinds)
    monkeypatch.setattr(making, "PLAIN_ONE_IN", 1)

    ledger = list(generate(plan(events=3_000, subjects=600)))

    assert refused(ledger) == []
    assert {ProductCertified, CommitmentMade, RecallOrdered} <= set(kinds)
    assert set(kinds) <= {type(event) for event in ledger}


def test_an_amendment_without_a_maker_is_made_about_records_that_it_fits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kinds = (ObligationSettled, RepairApplied, StatementAdded)
    assert {issubclass(kind, OwnAmendment) for kind in kinds} == {True, False}
    before = Counter(type(event) for event in generate(plan(events=3_000, subjects=600)))
    monkeypatch.setattr(making, "UNMADE_AMENDMENTS", kinds)
    monkeypatch.setattr(making, "PLAIN_ONE_IN", 1)

    ledger = list(generate(plan(events=3_000, subjects=600)))

    assert refused(ledger) == []
    counts = Counter(type(event) for event in ledger)
    assert all(counts[kind] > before[kind] for kind in kinds)
    records = {e.envelope.event_id: e for e in ledger if isinstance(e, ORIGINALS)}
    settled = [records[e.concerns] for e in ledger if isinstance(e, ObligationSettled)]
    assert {type(record) for record in settled} <= {*ABOUT[ObligationSettled]}


def test_four_of_five_inspections_are_passed(long_ledger: list[Event]) -> None:
    results = Counter(e.result for e in long_ledger if isinstance(e, InspectionReported))

    assert 0.75 <= results[InspectionResult.PASSED] / results.total() <= 0.88
    assert set(results) == set(InspectionResult)


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
    objections = {e.envelope.event_id: e for e in long_ledger if isinstance(e, ObjectionRaised)}

    for event in long_ledger:
        match event:
            case RecordCorrected():
                assert event_type(records[event.concerns]) == event.record_type
            case RecordRevoked(amendment=str() as amendment):
                assert corrections[amendment].concerns == event.concerns
            case ObjectionAnswered():
                assert objections[event.objection].concerns == event.concerns
        if isinstance(event, AMENDMENTS):
            original = records[record_id(event)]
            assert fits(event, original)
            assert original.envelope.subject_id == event.envelope.subject_id
        if isinstance(event, OWN_AMENDMENTS):
            assert original.envelope.department == event.envelope.department


def test_an_amendment_is_not_decided_before_its_record(long_ledger: list[Event]) -> None:
    days = {e.envelope.event_id: e.envelope.occurred_on for e in long_ledger}

    for event in long_ledger:
        day, decided = event.envelope.occurred_on, days[record_id(event)]
        if isinstance(event, AMENDMENTS) and day is not None and decided is not None:
            assert decided <= day


def test_a_measure_rests_on_a_list_entry_or_an_honour_of_its_subject(
    long_ledger: list[Event],
) -> None:
    records = {e.envelope.event_id: e for e in long_ledger}
    measures = [e for e in long_ledger if isinstance(e, MeasureInitiated)]
    reasons = [records[measure.because] for measure in measures]

    assert {event_type(each) for each in reasons} == {"ListEntered", "CommendationAwarded"}
    for measure, because in zip(measures, reasons, strict=True):
        assert because.envelope.subject_id == measure.envelope.subject_id


def test_a_measure_is_answered_by_a_department_that_was_asked(long_ledger: list[Event]) -> None:
    asked = {e.envelope.event_id: e.targets for e in long_ledger if isinstance(e, MeasureInitiated)}
    answers = [e for e in long_ledger if isinstance(e, MeasureAnswered)]

    assert answers
    assert all(e.envelope.department in asked[e.concerns] for e in answers)


def test_a_renewal_is_a_later_grant_of_the_same_licence(long_ledger: list[Event]) -> None:
    granted: dict[tuple[str, str], list[LicenceGranted]] = {}
    for event in long_ledger:
        if isinstance(event, LicenceGranted):
            granted.setdefault((event.envelope.subject_id, event.licence_no), []).append(event)
    renewed = [
        (first, last)
        for first, *_, last in (each for each in granted.values() if len(each) > 1)
        if first.envelope.event_id != last.envelope.event_id
    ]

    assert len(renewed) / len(granted) > 0.03
    for first, last in renewed:
        assert first.envelope.category == last.envelope.category
        assert first.valid_from
        assert last.valid_from
        assert first.valid_from <= last.valid_from


def test_wages_are_paid_after_the_order_in_time_and_too_late(long_ledger: list[Event]) -> None:
    wages = {
        e.envelope.event_id: e
        for e in long_ledger
        if isinstance(e, ObligationDefaulted) and e.ordered_by is not None
    }
    in_time = Counter(
        e.envelope.occurred_on <= wages[e.concerns].ordered_by  # type: ignore[operator]
        for e in long_ledger
        if isinstance(e, ObligationSettled) and e.concerns in wages
    )

    assert in_time[True] > 0
    assert in_time[False] > 0


def test_repair_is_asked_for_both_soon_and_after_a_year(long_ledger: list[Event]) -> None:
    days = {e.envelope.event_id: e.envelope.occurred_on for e in long_ledger}
    waited = [
        (asked - since).days
        for event in long_ledger
        if isinstance(event, RepairApplied)
        and (asked := event.envelope.occurred_on)
        and (since := days[event.concerns])
    ]

    assert min(waited) < 90
    assert max(waited) > 365


def test_some_persons_run_several_firms(long_ledger: list[Event]) -> None:
    run_by: dict[str, set[str]] = {}
    for event in long_ledger:
        if isinstance(event, RelationRecorded) and event.other and event.other.startswith("P"):
            run_by.setdefault(event.other, set()).add(event.envelope.subject_id)
    sizes = Counter(len(firms) for firms in run_by.values())

    assert sizes[1] > sizes[2] > 0
    assert max(sizes) <= 4


def test_firms_and_persons_of_equal_plans_meet() -> None:
    people = {event.envelope.subject_id for event in generate(persons())}
    named = {
        event.other
        for event in generate(plan(events=2_000, subjects=400))
        if isinstance(event, RelationRecorded)
    }

    assert len(people & named) > 20


def test_bodies_are_subjects_beside_firms(long_ledger: list[Event]) -> None:
    kinds = Counter(e.kind for e in long_ledger if isinstance(e, SubjectRegistered))

    assert set(kinds) == set(SubjectKind) - {
        SubjectKind.NATURAL_PERSON,
        SubjectKind.INDIVIDUAL_BUSINESS,
        SubjectKind.OTHER,
    }
    assert 0.03 <= 1 - kinds[SubjectKind.ENTERPRISE] / kinds.total() <= 0.07


def test_persons_practise_professions() -> None:
    professions = Counter(
        event.profession
        for event in generate(persons())
        if isinstance(event, RelationRecorded) and event.role is RelationRole.PRACTISES
    )

    assert None not in professions
    assert set(professions) <= set(load_rulebook().professions)
    assert len(professions) >= 8


def test_some_amendments_arrive_before_their_original(long_ledger: list[Event]) -> None:
    seen: set[str] = set()
    ahead: Counter[str] = Counter()
    for event in long_ledger:
        if isinstance(event, AMENDMENTS) and record_id(event) not in seen:
            ahead[event_type(event)] += 1
        seen.add(event.envelope.event_id)

    assert 0.001 <= ahead.total() / len(long_ledger) <= 0.006
    assert {"RecordCorrected", "TaxArrearsSettled", "ListRemoved"} <= set(ahead)


def test_list_entries_come_with_and_without_notice(long_ledger: list[Event]) -> None:
    notices = {e.envelope.document_no: e for e in long_ledger if isinstance(e, ListNoticeGiven)}
    lists = load_rulebook().lists
    noticed: Counter[bool] = Counter()
    for event in long_ledger:
        if isinstance(event, ListEntered) and lists[event.list].in_force[-1].notice_required:
            noticed[event.notified_on is not None] += 1
        if isinstance(event, ListEntered) and event.notice_no is not None:
            notice = notices[event.notice_no]
            assert (notice.list, notice.ground) == (event.list, event.ground)
            assert notice.envelope.occurred_on == event.notified_on

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
    assert len({event_type(event) for event in events}) >= 20
    assert refused(events[:1_000]) == []


def test_a_long_history_is_cases_judgments_and_passed_inspections() -> None:
    events = list(extra_subject(plan(), 10_000))
    usual = sum(
        isinstance(event, (CaseFiled, JudgmentRendered))
        or (isinstance(event, InspectionReported) and event.result is InspectionResult.PASSED)
        for event in events
    )

    assert 0.9 <= usual / len(events) <= 0.96


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
