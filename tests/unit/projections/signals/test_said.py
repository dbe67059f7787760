"""What one more record of a kind costs where thousands are known: no look at the others."""

from __future__ import annotations

import pytest

from projections.record.matters import Penalty
from projections.signals.said import serious_penalties, serious_penalties_decided
from tests.support.matters import on_day
from tests.support.recorded import recorded


class ComparedId(str):
    """An id that counts how often any is compared, as is done to put records in order."""

    __slots__ = ()
    compared = 0

    def __lt__(self, other: str) -> bool:
        ComparedId.compared += 1
        return str.__lt__(self, other)


@pytest.mark.parametrize("read", [serious_penalties, serious_penalties_decided])
def test_evidence_of_one_penalty_puts_no_others_in_order(read: object) -> None:
    """All were put in order with each event of a crowd, to see whether they were asked for."""
    assert callable(read)
    ids = [ComparedId(n) for n in range(50, 0, -1)]
    penalties = [recorded(Penalty, "2025-01-10", event_id=each) for each in ids]
    record = on_day("2025-06-01", *penalties)
    ComparedId.compared = 0
    read(record, penalties[:1])
    assert ComparedId.compared == 0
    assert [p.event_id for p in record.counting(Penalty)] == sorted(ids)
    assert ComparedId.compared > 0, "they are counted where they are put in order"
