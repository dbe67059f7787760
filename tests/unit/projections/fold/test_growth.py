"""Across all types of event: what one more costs does not grow with what was said before.

Counted, not timed: how many functions are entered for an event. Each type of event is said over and
over of one subject, as the types themselves say which there are.
"""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from events.event import EVENT_TYPES, is_amendment
from events.roles import OfSubject
from events.types.amendment import EventDismissed
from events.wire.decoding import COMPILED
from projections.fold.fold import Fold
from projections.ledger.reading import read
from tests.support.builders import day, named, one_of_each
from tests.support.given import CALENDAR, message
from tests.test_house import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from events.event import Event


SAID = one_of_each()
RECORDED = day("2025-06-01")
WARM, SOME = 32, 32
"""Events before the first that are counted: below `KEPT_FROM` nothing is kept. How many then are."""

GROWTH_MAX = 1.2

REPAIRS = "a repair is weighed by what else stands in the record, so each is weighed anew"
OF_ONE = "what stands beside one record is read as a whole"
STILL_GROWING = {
    ("RepairDecided", "each its own"): REPAIRS,
    ("RepairDecided", "all of one"): OF_ONE,
    ("RepairApplied", "all of one"): OF_ONE,
    ("ObjectionRaised", "all of one"): OF_ONE,
    ("ObjectionAnswered", "all of one"): OF_ONE,
}
"""What still costs more with each that came before, and why. What is mended leaves this list."""


def copies(of: Event, count: int) -> list[Event]:
    """Say a thing several times over, as records of their own."""
    envelope = of.envelope
    numbers = [f"{envelope.document_no}第{number}" for number in range(count)]
    about = [msgspec.structs.replace(envelope, document_no=each, event_id="") for each in numbers]
    return [named(msgspec.structs.replace(of, envelope=each)) for each in about]


def entered(events: Sequence[Event]) -> list[int]:
    """Fold events of one subject; give how many functions were entered for each."""
    assert RECORDED is not None
    items = [read(message(event, offset, RECORDED)) for offset, event in enumerate(events)]
    fold, counts = Fold(CALENDAR, {}, {}), []
    calls = 0

    def count(_: Any, kind: str, __: Any) -> None:
        nonlocal calls
        calls += kind == "call"

    for item in items:
        calls = 0
        sys.setprofile(count)
        try:
            fold.apply(item)
        finally:
            sys.setprofile(None)
        counts.append(calls)
    assert not fold.parked
    return counts


def growth(counts: Sequence[int], events_a_step: int = 1) -> float:
    """Give how much more later events cost than earlier ones did."""
    warm, some = WARM * events_a_step, SOME * events_a_step
    earlier, later = counts[warm : warm + some], counts[warm + some :]
    return sum(later) / sum(earlier)


def opened(amendment: Any) -> tuple[Event, str]:
    """Give the record that an amendment is about, and the field that names it."""
    by_id = {event.envelope.event_id: event for event in SAID if not is_amendment(event)}
    return next(
        (by_id[named_], field)
        for field in amendment.__struct_fields__
        if isinstance(named_ := getattr(amendment, field), str) and named_ in by_id
    )


def with_words(amendment: Any, count: int) -> list[Event]:
    """Say a record, and such a word about it, several times over."""
    record, field = opened(amendment)
    said: list[Event] = []
    for one, word in zip(copies(record, count), copies(amendment, count), strict=True):
        changed: Any = msgspec.structs.replace(word, **{field: one.envelope.event_id})
        said += [one, named(changed)]
    return said


ORIGINALS = [event for event in SAID if not is_amendment(event)]
AMENDMENTS = [e for e in SAID if is_amendment(e) and not isinstance(e, EventDismissed)]


def name_of(event: Event) -> str:
    return f"{type(event).__name__}-{event.envelope.category}"


counted = pytest.mark.skipif(COMPILED, reason="what is compiled enters no function of Python's")


@pytest.mark.skipif(not COMPILED, reason="the others run here")
def test_where_it_is_compiled_the_others_run_on_the_code_as_it_is_written() -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.support.uncompiled", __file__]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stdout[-3_000:]


def test_every_type_is_walked() -> None:
    # What is said of a subject as a whole opens no record, so it costs what it costs.
    apart = {name for name, kind in EVENT_TYPES.items() if issubclass(kind, OfSubject)}
    assert {type(event).__name__ for event in SAID} == set(EVENT_TYPES) - apart


def holds(event: Event, way: str, found: float) -> None:
    grows = found > GROWTH_MAX
    assert grows == ((type(event).__name__, way) in STILL_GROWING), f"{way}: {found:.2f}"


@counted
@pytest.mark.parametrize("event", ORIGINALS, ids=name_of)
def test_a_further_record_costs_what_the_one_before_did(event: Event) -> None:
    holds(event, "a record", growth(entered(copies(event, WARM + 2 * SOME))))


@counted
@pytest.mark.parametrize("amendment", AMENDMENTS, ids=name_of)
def test_so_does_a_further_word_about_one_record(amendment: Event) -> None:
    record, _ = opened(amendment)
    counts = entered([record, *copies(amendment, WARM + 2 * SOME)])
    holds(amendment, "all of one", growth(counts[1:]))


@counted
@pytest.mark.parametrize("amendment", AMENDMENTS, ids=name_of)
def test_and_a_further_record_with_such_a_word(amendment: Event) -> None:
    said = with_words(amendment, WARM + 2 * SOME)
    holds(amendment, "each its own", growth(entered(said), 2))
