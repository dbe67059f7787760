"""What matters give in their turn, kept from event to event, is as if all were read.

Few days, periods and numbers of one group, so that each new one reaches others.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.types.objection import ObjectionOutcome
from projections.day.kept import KeptParts
from projections.day.record_on_day import RecordOnDay
from projections.record.credit_record import CreditRecord
from projections.record.evolving import keep
from projections.record.kinds import KINDS
from projections.record.marks import Marks, Objection, Repair, Reply
from projections.record.matters import Arrears, Grade, Licence
from projections.signals.in_turn import InTurn
from projections.signals.of_matters import KeptOfMatters, OfMatters
from projections.signals.series import Series
from projections.signals.signals import SIGNALS
from tests.support.recorded import CALENDAR, recorded

DAYS = ("2025-01-10", "2025-01-11", "2025-01-12", "2025-01-20", "2025-02-01", "2025-02-02")
LASTS = (None, "2025-01-15", "2025-02-10", "2025-03-01", "2026-01-01")
FIELDS: dict[type[Any], dict[str, tuple[Any, ...]]] = {
    Arrears: {
        "balance_fen": (None, 10, 20, 30, 40),
        "period": (None, "2024-1", "2024-2", "2024-3", "2024-4"),
    },
    Grade: {"grade": tuple("ABCD"), "period": (None, 2023, 2024, 2025), "valid_until": LASTS},
    Licence: {"valid_until": LASTS},
}
IN_TURN = {
    name: signal
    for name, signal in SIGNALS.items()
    if isinstance(signal, OfMatters) and isinstance(signal.read, InTurn)
}
DELETED = Reply("answer", date(2025, 1, 16), "credit-zj", ObjectionOutcome.DELETED)
OBJECTION = Objection("objection", date(2025, 1, 13), "credit-zj", None, (DELETED,))
WHILE = Repair("decision", date(2025, 1, 16), granted=True, until=date(2025, 1, 31))
MARKS = (None,) * 9 + (Marks(objections=(OBJECTION,)), Marks(repairs=(WHILE,)))
"""What they do to a matter ends or begins on a day, when nothing else happens to it."""


WAYS = ("comes", "comes", "comes", "changes", "changes", "goes")


def in_place_of(before: Any, said: Any) -> Any:
    """Let what is said of a matter not move it."""
    stands = {name: getattr(before, name) for name in ("day", "period") if hasattr(before, name)}
    return msgspec.structs.replace(said, **stands)


def said_of(kind: type[Any]) -> st.SearchStrategy[Any]:
    fields = FIELDS[kind] | {"event_id": tuple("abcdef"), "day": DAYS, "marks": MARKS}
    drawn = {name: st.sampled_from(values) for name, values in fields.items()}
    return st.fixed_dictionaries(drawn).map(lambda said: recorded(kind, **said))


def test_of_each_kind_that_is_read_in_turn_something_is_drawn() -> None:
    assert {signal.kind for signal in IN_TURN.values()} == set(FIELDS)


@pytest.mark.parametrize("kind", FIELDS, ids=lambda kind: kind.__name__)
def test_what_comes_in_any_order_is_as_if_all_were_read(kind: type[Any]) -> None:
    step = st.tuples(st.sampled_from(WAYS), said_of(kind))

    @settings(max_examples=400)
    @given(st.lists(step, min_size=3, max_size=14))
    def holds(steps: list[tuple[str, Any]]) -> None:
        record, parts, tag = CreditRecord(), KeptParts(), KINDS[kind]
        of_kind = record.kinds.setdefault(tag, {})
        kept = {name: Series([]) for name, signal in IN_TURN.items() if signal.kind is kind}
        reading = {name: KeptOfMatters(IN_TURN[name], series) for name, series in kept.items()}
        for way, said in steps:
            before = of_kind.pop(said.event_id, None)
            record.marked.pop(said.event_id, None)
            matter = in_place_of(before, said) if way == "changes" and before else said
            if way != "goes":
                keep(record, matter)
            parts.change(tag, matter.event_id)
            on_day = RecordOnDay(record, CALENDAR.on(matter.day))
            for name, series in kept.items():
                reading[name].catch_up(on_day, parts)
                assert series.pieces == sorted(IN_TURN[name](on_day, ())), name

    holds()
