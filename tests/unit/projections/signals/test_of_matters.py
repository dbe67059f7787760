"""Evidence kept from event to event: always what reading the whole record anew gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given, settings

from projections.conclusions.standing import read_signals
from projections.fold.state import SubjectState, encode_state, new_state
from projections.fold.steps import apply_event
from projections.ledger.reading import read
from projections.notices.notice import Notice
from projections.profile.kept import KeptRecord
from projections.profile.profile import assess
from projections.record.chain import fold_chain
from projections.record.entry import EMPTY_CHAIN
from projections.signals.kept import Either, KeptSignals
from projections.signals.of_conclusions import OfConclusions
from projections.signals.of_matters import OfMatters
from projections.signals.signals import SIGNALS
from tests.support.builders import SUBJECT
from tests.support.given import CALENDAR
from tests.support.histories import History, histories

if TYPE_CHECKING:
    from datetime import date

    from projections.ledger.message import Known, Read


def folded(
    history: History, kept: KeptRecord | None
) -> tuple[list[Notice], list[tuple[SubjectState, bytes]]]:
    """Fold a history event by event; give what was told, and the state after each event."""
    state = new_state()
    chains: dict[str, list[Known]] = {}
    told: list[Notice] = []
    states = []
    for item in [read(message) for message in history.messages()]:
        known = _known(item)
        chain = chains.setdefault(item.entry_id, [])
        before = fold_chain(chain) if chain else EMPTY_CHAIN
        chain.append(known)
        notices, _ = apply_event(state, SUBJECT, before, fold_chain(chain), known, CALENDAR, kept)
        told += notices
        states.append((state, encode_state(state)))
        if kept is not None:
            _is_as_read_anew(state, kept.signals, known.recorded_on)
            assert encode_state(state, kept.packed) == encode_state(state)
            rules = CALENDAR.on(max(known.recorded_on, state.assessed_on))
            assert assess(state.record, rules, None, kept) == assess(state.record, rules)
    return told, states


def _known(item: Read) -> Known:
    assert item.known is not None, item.problem
    return item.known


def _is_as_read_anew(state: SubjectState, kept: KeptSignals, on: date) -> None:
    """Hold each signal, and each of its windows, to one that was never kept."""
    rules = CALENDAR.on(max(on, state.assessed_on))
    seen, anew = (read_signals(state.record, rules, each) for each in (kept, None))
    assert seen.possible == anew.possible
    for name, signal in SIGNALS.items():
        series, fresh = seen.series(name), anew.series(name)
        assert series.pieces == fresh.pieces, name
        if isinstance(signal, OfMatters | OfConclusions | Either) and name in seen.possible:
            assert kept.series(name, signal, seen.on_day, seen.lists) is series, "it was kept"
        assert series.total == fresh.total


@settings(max_examples=150)
@given(histories(most=13))
def test_what_is_kept_is_what_reading_anew_gives_and_tells_the_same(history: History) -> None:
    told, states = folded(history, None)
    told_of_kept, states_of_kept = folded(history, KeptRecord(KeptSignals(0)))

    assert told_of_kept == told
    assert [data for _, data in states_of_kept] == [data for _, data in states]
