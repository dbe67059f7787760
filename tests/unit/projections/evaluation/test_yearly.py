"""The evaluation of a year: the last day, the midnight after it, and rows that follow from states."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime

import msgspec
import pytest

from events.envelope import Platform
from events.event import Event
from events.types.subject import SubjectKind
from projections.as_of.question import Part, Question
from projections.as_of.state import state_as_of, state_bytes
from projections.evaluation.yearly import (
    Evaluated,
    RowsDigest,
    differing,
    evaluate,
    last_day,
    last_moment_ms,
    midnight_after,
)
from projections.ledger.reading import read
from tests.support import builders as a
from tests.support.given import CALENDAR, said

ON = date(2025, 12, 31)


def evaluated(*events: Event | tuple[Event, str], cut: int | None = None) -> Evaluated:
    messages = said(*events)
    end = len(messages) if cut is None else cut
    return evaluate(
        [read(each) for each in messages[:end]],
        Question(platform=Platform.ORGANISATION, subject_id=a.SUBJECT, valid_on=ON),
        Part(3, end),
        CALENDAR,
    )


def test_a_year_is_judged_on_its_last_day_as_known_at_the_midnight_in_china() -> None:
    assert last_day(2025) == ON
    assert midnight_after(2025).astimezone(UTC) == datetime(2025, 12, 31, 16, tzinfo=UTC)
    assert last_moment_ms(midnight_after(2025)) == 1_767_196_800_000 - 1


@pytest.mark.requirement(38, 85, 87)
def test_a_row_has_points_grade_model_and_version_and_the_hash_of_its_state() -> None:
    events = (a.a_registration(region="330106"), a.a_penalty(on="2025-06-01"))
    row = evaluated(*events).subject
    state = state_as_of(
        [read(each) for each in said(*events)],
        Question(platform=Platform.ORGANISATION, subject_id=a.SUBJECT, valid_on=ON),
        Part(3, 2),
        CALENDAR,
    )
    assert state.profile is not None
    assert state.profile.score is not None
    assert (row.points, row.grade) == (state.profile.score.points, state.profile.score.grade)
    assert row.model == "score.enterprise@2023-12-05"
    assert state_bytes(state).endswith(b'"state_hash":"' + row.state_hash.encode() + b'"}')
    assert (row.kind, row.region, row.region_basis) == ("enterprise", "330106", "registered")
    assert (row.status, row.events, row.partition) == ("active", 2, 3)
    assert row.classes == ("supervision.market@2022-01-13=B",)


def test_the_rules_are_those_of_the_last_day_and_are_named() -> None:
    found = evaluated(a.a_registration())
    assert "score.enterprise@2023-12-05" in found.rules


def test_a_late_record_moves_the_row_only_of_who_knows_it() -> None:
    events = (a.a_registration(), (a.a_penalty(on="2025-06-01"), "2026-02-01"))
    frozen, today = evaluated(*events, cut=1).subject, evaluated(*events).subject
    assert differing(frozen, frozen) == []
    assert {"points", "events", "state_hash"} <= set(differing(frozen, today))


def test_of_one_who_is_not_registered_nothing_is_scored_and_nothing_is_bad() -> None:
    row = evaluated(a.a_penalty(on="2025-06-01")).subject
    assert (row.model, row.points, row.grade) == (None, None, None)
    assert (row.kind, row.status) == ("enterprise", None)
    assert row.counted_as == "enterprise/330000/-/-"


def test_one_whose_first_message_cannot_be_read_has_a_row_and_counts_for_nothing() -> None:
    (message,) = said(a.a_registration())
    spoilt = msgspec.structs.replace(message, value=b"\x00")
    row = evaluate(
        [read(spoilt)],
        Question(platform=Platform.ORGANISATION, subject_id=a.SUBJECT, valid_on=ON),
        Part(0, 1),
        CALENDAR,
    ).subject
    assert (row.events, row.counted_as, row.classes) == (0, None, ())
    assert len(row.state_hash) == 64


def test_one_that_goes_on_as_another_is_marked_and_not_counted() -> None:
    row = evaluated(a.a_registration(), a.a_merger(on="2025-05-01")).subject
    assert (row.status, row.counted_as) == ("merged", None)


def test_only_government_bodies_that_count_report_of_regions() -> None:
    figure = a.an_indicator("gdp_per_head", 9_000_000, region="330100")
    body = a.a_registration(kind=SubjectKind.GOVERNMENT_BODY)
    assert evaluated(a.a_registration(), figure).readings == []
    (reading,) = evaluated(body, figure).readings
    assert (reading.region, reading.value) == ("330100", 9_000_000)
    gone = a.a_change(on="2025-06-01", status="deregistered")
    assert evaluated(body, figure, gone).readings == []


def test_one_digest_is_over_all_rows_and_their_order() -> None:
    rows = [{"b": 1, "a": 2}, {"c": 3}]
    digest, other, none = RowsDigest(), RowsDigest(), RowsDigest()
    for row in rows:
        digest.add(row)
    for row in reversed(rows):
        other.add(row)
    assert digest.hexdigest() == hashlib.sha256(b'{"a":2,"b":1}\n{"c":3}\n').hexdigest()
    assert digest.rows == 2
    assert len({digest.hexdigest(), other.hexdigest(), none.hexdigest()}) == 3
