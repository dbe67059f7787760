"""What stands on a ledger under several writings of one number is one record, and ids stay."""

from __future__ import annotations

import csv
from datetime import date
from itertools import permutations
from pathlib import Path

import msgspec
import pytest

from events.numbers import number_key
from projections.record.writings import id_of_number
from tests.support import builders as a
from tests.support.given import given
from tests.support.written import of_before

DATA = Path(__file__).parents[3] / "data" / "writings"


def numbers(file: str) -> list[str]:
    """Give the numbers of a file of official form, each writing once."""
    with (DATA / file).open(encoding="utf-8-sig", newline="") as lines:
        return list(dict.fromkeys(line["行政处罚决定书文号"] for line in csv.DictReader(lines)))


RIGHT, ASCII, FULL = "样市监罚〔2026〕7号", "样市监罚[2026]7号", "样市监罚〔２０２６〕第７号"


@pytest.mark.parametrize("file", ["docno_variants.csv", "docno_kangxi.csv"])
def test_every_writing_of_a_number_is_one_penalty(file: str) -> None:
    written = numbers(file)
    decisions = {number_key("".join(number.split())) for number in written}
    assert len(decisions) < len(written)

    told = given(*[of_before(number) for number in written])
    profile = told.on("2026-06-01")

    assert told.projection.profile(date(2026, 6, 1)) == profile, "live, and as of the day"
    assert len(profile.of("PenaltyImposed")) == len(decisions)
    assert profile.categories["penalty.market"].amount_fen == 1_000_000 * len(decisions)
    assert profile.repeats == len(written) - len(decisions)
    if len(decisions) == 1:
        assert {w.rule: w.level for w in profile.warnings} == {"warning.penalties": "blue"}


@pytest.mark.parametrize("order", list(permutations([RIGHT, ASCII, FULL])))
def test_the_one_that_is_rightly_written_stands_whatever_came_first(order: tuple[str, ...]) -> None:
    (record,) = given(*[of_before(number) for number in order]).on("2026-06-01").records

    assert record.event_id == of_before(RIGHT).envelope.event_id
    assert record.document_no == RIGHT


@pytest.mark.parametrize("about", [RIGHT, ASCII, FULL])
def test_what_is_said_of_any_writing_is_said_of_the_record(about: str) -> None:
    events = [of_before(number) for number in (ASCII, RIGHT, FULL)]
    (of,) = [e for e in events if e.envelope.document_no == about]
    settled = a.a_settled(of, "2026-05-20", "performed", 1_000_000)
    statement = a.a_statement(of, "2026-05-21")
    (record,) = given(*events, settled, statement).on("2026-06-01").records

    assert record.status == "settled"
    assert [words.day.isoformat() for words in record.statements] == ["2026-05-21"]


def test_a_penalty_deleted_upon_objection_in_one_writing_is_deleted() -> None:
    events = [of_before(number) for number in (ASCII, RIGHT)]
    objection = a.an_objection(events[0], "2026-05-20")
    deleted = a.an_answer(objection, "2026-05-25", "deleted")

    assert given(*events, objection, deleted).on("2026-06-01").records == []


def test_a_measure_that_rests_on_another_writing_rests_on_the_record() -> None:
    events = [of_before(number) for number in (ASCII, RIGHT)]
    measure = a.a_measure(events[0], "2026-05-20", measure="key_supervision")
    (status,) = given(*events, measure).on("2026-06-01").measures

    assert status.because_what == "record:penalty.market"


def test_numbers_in_their_one_form_and_ids_drawn_from_it_are_left_alone() -> None:
    assert id_of_number(of_before(RIGHT)) is None
    assert id_of_number(a.named(of_before(ASCII))) is None, "as admission draws ids now"
    assert id_of_number(of_before(ASCII)) == of_before(RIGHT).envelope.event_id


def test_two_items_of_one_document_stay_two() -> None:
    item = msgspec.structs.replace(of_before(ASCII).envelope, item_no=2, event_id="x")
    second = a.named(msgspec.structs.replace(of_before(ASCII), envelope=item))

    assert len(given(of_before(ASCII), second, of_before(RIGHT)).on("2026-06-01").records) == 2
