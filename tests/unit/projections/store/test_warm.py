"""Long records kept at hand between batches: nothing that is written differs for it."""

from __future__ import annotations

import gc
from datetime import date
from typing import TYPE_CHECKING

import pytest

from ops.generator import GeneratorPlan, generate_encoded
from projections.as_of.state import canonical
from projections.fold.fold import Fold
from projections.fold.state import decode_state, encode_state, new_state
from projections.ledger.message import Message
from projections.ledger.reading import read
from projections.profile.kept import KeptRecord
from projections.store.warm import WARM_FROM_BYTES, Warm
from tests.support.given import CALENDAR

if TYPE_CHECKING:
    from projections.ledger.message import Known, Read

PLAN = GeneratorPlan(
    events=1_500, subjects=12, seed=11, first_day=date(2016, 1, 1), last_day=date(2025, 12, 31)
)
_DAY_MS = 86_400_000
_FIRST_MS = 1_600_000_000_000


def messages() -> list[Read]:
    """Read a ledger of few subjects with long histories, recorded two days apart."""
    return [
        read(Message(offset, _FIRST_MS + 2 * offset * _DAY_MS, key, value))
        for offset, (key, value, _) in enumerate(generate_encoded(PLAN))
    ]


def written(items: list[Read], batch: int, warm: Warm | None) -> tuple[list[bytes], int]:
    """Fold in batches as a projector does; give all that it would write, and how often warm."""
    states: dict[str, bytes] = {}
    journal: dict[tuple[str, str], list[Known]] = {}
    rows: list[bytes] = []
    taken = 0
    for start in range(0, len(items), batch):
        now = items[start : start + batch]
        chains = {(i.subject_id, i.entry_id): journal.get((i.subject_id, i.entry_id)) for i in now}
        known = {place: list(chain) for place, chain in chains.items() if chain}
        fold = Fold(CALENDAR, dict(states), known, at_hand=warm)
        for item in now:
            fold.apply(item)
            if item.known is not None:
                journal.setdefault((item.subject_id, item.entry_id), []).append(item.known)
        taken += sum(bool(kept.records) for kept in fold.kept.values())
        for subject_id, profile in fold.profiles().items():
            kept = fold.kept.get(subject_id)
            packed = None if kept is None or warm is None else kept.packed
            states[subject_id] = encode_state(fold.states[subject_id], packed)
            rows += [subject_id.encode(), states[subject_id], canonical(profile)]
        rows += [canonical(notice) for _, notice in fold.notices]
        for subject_id, kept in fold.kept.items() if warm is not None else ():
            warm.keep(subject_id, states[subject_id], fold.states[subject_id], kept)
    return rows, taken


@pytest.mark.parametrize("batch", [1, 7, 100])
def test_what_is_kept_at_hand_changes_nothing_that_is_written(batch: int) -> None:
    items = messages()
    cold, _ = written(items, batch, None)
    warm, taken = written(items, batch, Warm())

    assert taken > len(items) // batch // 2, "most batches met a long record at hand"
    assert warm == cold


def test_a_state_is_handed_over_once_and_only_for_the_bytes_that_were_written() -> None:
    warm, state, data = Warm(), new_state(), b"x" * WARM_FROM_BYTES
    warm.keep("a", data, state, KeptRecord())
    taken = warm.take("a", data)
    assert taken is not None
    assert taken.state is state
    assert warm.take("a", data) is None, "who takes it owns it"
    warm.keep("a", data, state, KeptRecord())
    assert warm.take("a", data[:-1] + b"y") is None, "somebody else has written since"
    assert warm.take("a", data) is None


def test_short_records_are_not_kept_and_of_many_the_oldest_goes() -> None:
    size = WARM_FROM_BYTES
    warm = Warm(bytes_max=2 * size)
    warm.keep("short", b"x" * (size - 1), new_state(), KeptRecord())
    assert warm.take("short", b"x" * (size - 1)) is None
    for name in "abc":
        warm.keep(name, name.encode() * size, new_state(), KeptRecord())
    assert warm.take("a", b"a" * size) is None
    assert warm.take("b", b"b" * size) is not None
    assert warm.take("c", b"c" * size) is not None


def test_a_packed_state_unpacks_to_what_it_was() -> None:
    fold = Fold(CALENDAR, {}, {})
    for item in messages()[:300]:
        fold.apply(item)
    for state in fold.states.values():
        assert encode_state(decode_state(encode_state(state))) == encode_state(state)


def test_what_is_let_go_of_is_gone_without_the_collector_of_cycles() -> None:
    """That comes by once in a million objects: a worker had six gigabytes of what it had let go."""

    def kept() -> int:
        return sum(isinstance(each, KeptRecord) for each in gc.get_objects())

    items, warm = messages(), Warm()
    gc.collect()
    before = kept()
    gc.disable()
    try:
        written(items, 50, warm)
        held = kept() - before
        del warm
        assert held
        assert kept() == before
    finally:
        gc.enable()
