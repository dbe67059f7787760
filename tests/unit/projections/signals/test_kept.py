"""Signals kept from event to event: whatever comes, goes or changes in whichever order, they are what reading all gives.

Few ids, days, periods and numbers, so that matters often take each other's place.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.envelope import Source
from projections.conclusions.standing import read_signals
from projections.day.discrepancies import discrepancies
from projections.day.lists import changed_entries, next_list_change, notices_given
from projections.day.measures import measures_on
from projections.record.credit_record import CreditRecord
from projections.record.evolving import keep
from projections.record.kinds import KINDS
from projections.record.matters import (
    Arrears,
    Conduct,
    Default,
    Grade,
    Licence,
    Listing,
    Measure,
    NoticeGiven,
    Relation,
)
from projections.signals.kept import KeptSignals
from projections.signals.signals import SIGNALS, Signals
from tests.support.recorded import CALENDAR, objection, paid, recorded, repair
from tests.unit.projections.signals.test_in_turn import MARKS

DAYS = ("2025-01-10", "2025-01-11", "2025-02-20", "2025-06-01", "2025-06-02")
FOREVER_OR = (None, "2025-02-20", "2025-06-15", "2026-01-01")
TAX_VIOLATOR = {
    "category": "list.major_tax_violator",
    "list": "major_tax_violator",
    "ground": "evasion",
    "department": "tax-zj",
}
FIELDS: dict[type[Any], dict[str, tuple[Any, ...]]] = {
    Arrears: {
        "balance_fen": (None, 10, 20, 30, 40),
        "period": (None, "2024-1", "2024-2", "2024-3", "2024-4"),
    },
    Grade: {
        "grade": ("A", "B", "C", "D"),
        "period": (None, 2023, 2024, 2025),
        "valid_until": FOREVER_OR,
    },
    Licence: {"licence_no": ("1", "１", "2"), "valid_until": FOREVER_OR},
    Listing: {
        "list": ("judgment_defaulter", "wage_arrears"),
        "ground": ("fled", "able_but_refuses"),
        "term_months": (None, 1, 36),
    },
    NoticeGiven: {"ground": ("evasion", "fled"), "heard_on": FOREVER_OR},
    Default: {
        "category": ("default.wage", "default.loan"),
        "amount_fen": (None, 10),
        "payments": ((), (), (paid("2025-03-10", cleared=True),)),
    },
    Measure: {"because": ("Listing 1", "Listing 2", "Measure 1", "Default 1")},
    Conduct: {"conduct": ("fled", "串通投标")},
    Relation: {
        "other": (None, "91330100MA2H000001", "91330100MA2H000002"),
        "department": ("market-zj", "credit-zj"),
        "until": FOREVER_OR,
    },
}
OF_ALL: dict[str, tuple[Any, ...]] = {
    "source": (Source.DEPARTMENT,) * 4 + (Source.SELF_DECLARED,),
    "ended_on": (None, None, None, "2025-05-01"),
    "marks": (
        (None,) * 6 + MARKS[-2:] + (objection("2025-03-01"), repair("2025-03-01", "2025-04-01"))
    ),
}


BESIDE: dict[type[Any], tuple[type[Any], ...]] = {
    Listing: (Default, Default, NoticeGiven),
    NoticeGiven: (Listing, Relation),
    Measure: (Listing, Default),
    Conduct: (Listing, Grade),
    Relation: (Arrears, Licence),
}
"""Of which kind most is drawn, and what beside it may reach it."""


def said_of(kind: type[Any]) -> st.SearchStrategy[Any]:
    fields = OF_ALL | FIELDS[kind] | {"event_id": tuple(f"{kind.__name__} {n}" for n in range(5))}
    drawn = {name: st.sampled_from(values) for name, values in (fields | {"day": DAYS}).items()}
    return st.fixed_dictionaries(drawn).map(lambda said: recorded(kind, **said))


def steps_of(kind: type[Any]) -> st.SearchStrategy[list[tuple[bool, Any]]]:
    """Say what comes, or goes, of a kind and of those beside it."""
    others = [said_of(each) for each in BESIDE[kind]]
    of_kind = [said_of(kind)] * (2 * len(others))
    step = st.tuples(st.integers(0, 4).map(bool), st.one_of(*of_kind, *others))
    return st.lists(step, min_size=5, max_size=14)


def concluded(signals: Signals) -> tuple[Any, ...]:
    """Give what else is kept of a record on a day."""
    on_day, lists = signals.on_day, signals.lists
    measures, notices = measures_on(on_day, lists), notices_given(on_day)
    return lists, notices, measures, discrepancies(on_day), next_list_change(on_day, lists)


def take(record: CreditRecord, matter: Any, *, comes: bool) -> set[int]:
    """Put a matter in for what had its id, or take that out; give the kinds that changed."""
    changed = set()
    for tag, of_kind in list(record.kinds.items()):
        if matter.event_id in of_kind:
            del of_kind[matter.event_id]
            record.marked.pop(matter.event_id, None)
            changed.add(tag)
            if not of_kind:
                del record.kinds[tag]
    if comes:
        keep(record, matter)
        changed.add(KINDS[type(matter)])
    return changed


@pytest.mark.parametrize("kind", BESIDE, ids=lambda kind: kind.__name__)
def test_whatever_comes_in_whichever_order_is_as_if_all_were_read(kind: type[Any]) -> None:
    @settings(max_examples=100)
    @given(steps_of(kind), st.sets(st.integers(0, 13), max_size=3))
    def holds(steps: list[tuple[bool, Any]], later: set[int]) -> None:
        is_as_if_all_were_read(steps, later)

    holds()


def is_as_if_all_were_read(steps: list[tuple[bool, Any]], later: set[int]) -> None:
    """Hold what is kept to what is not, after each step; after those `later` time has passed."""
    record, kept = CreditRecord(), KeptSignals(0)
    on, told = date(2025, 6, 1), dict[str, Any]()
    for number, (comes, matter) in enumerate(steps):
        for tag in take(record, matter, comes=comes):
            kept.parts.change(tag, matter.event_id)
        if number in later:
            on = date(2025, 6, 1 + number)
        seen, anew = (read_signals(record, CALENDAR.on(on), each) for each in (kept, None))
        for name in SIGNALS:
            series, fresh = seen.series(name), anew.series(name)
            assert series.pieces == fresh.pieces, name
            assert series.total == fresh.total, name
        assert concluded(seen) == concluded(anew)
        if not number % 3:
            continue  # Lists are not told of after each event.
        changed = changed_entries(seen.on_day, seen.lists)
        if changed is None:
            told.clear()
            told |= {member.entry_id: member for member in seen.lists}
        else:
            assert changed.standing == [m for m in seen.lists if m in changed.standing]
            told |= {member.entry_id: member for member in changed.standing}
            for entry_id in changed.gone:
                told.pop(entry_id, None)
        assert told == {member.entry_id: member for member in anew.lists}


def test_entries_told_of_while_a_notice_stood_beside_them_are_told_of_anew_without_it() -> None:
    """The notice says that the defence was open; what is kept of the entry is from before it."""
    entry = recorded(
        Listing, "2025-02-01", event_id="entry", notified_on="2025-01-01", **TAX_VIOLATOR
    )
    notice = recorded(NoticeGiven, "2025-01-31", event_id="notice", defence_until="2025-03-01")
    record, kept = CreditRecord(), KeptSignals(0)
    found = []
    for matter, comes in ((entry, True), (notice, True), (notice, False), (notice, False)):
        for tag in take(record, matter, comes=comes):
            kept.parts.change(tag, matter.event_id)
        seen = read_signals(record, CALENDAR.on(date(2025, 6, 1)), kept)
        changed = changed_entries(seen.on_day, seen.lists)
        found.append(
            (seen.lists[0].status.value, None if changed is None else len(changed.standing))
        )
    assert found == [
        ("in_effect", None),
        ("no_effect", None),
        ("in_effect", None),
        ("in_effect", 0),
    ]
