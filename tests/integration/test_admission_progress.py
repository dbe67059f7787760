"""How far admission has come, by department, and how often its workers began."""

from __future__ import annotations

import psycopg

from events.envelope import Platform
from events.topics import ledger_topic, submissions_topic
from projections.store.admission import admission_of, submissions_behind
from projections.store.database import create_control
from streams.worker import take_slot

TAX, MARKET, COURT = (
    (submissions_topic(Platform.ORGANISATION, code), 0)
    for code in ("tax-zj", "market-zj", "court-zj")
)
ENDS = {TAX: 10, MARKET: 5, COURT: 0, (ledger_topic(Platform.ORGANISATION), 0): 99}


def test_one_department_that_waits_too_long_is_enough_to_miss_the_objective(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        create_control(connection, 1)
        connection.execute("INSERT INTO control.submission_position VALUES (%s, 0, 10)", (TAX[0],))
        # Of the market's nothing was ever admitted: it has no position, and waits all the same.
        assert submissions_behind(connection, ENDS) == {MARKET: 0}
        found = admission_of(connection, 5.0, ENDS, {MARKET: 6.0})
        assert [(each.department, each.behind) for each in found.departments] == [("market-zj", 5)]
        assert (found.behind, found.waiting_s, found.missed) == (5, 6.0, True)
        assert not admission_of(connection, 5.0, ENDS, {MARKET: 4.0}).missed


def test_workers_are_counted_while_they_hold_their_slots_and_their_starts_for_good(
    database: str,
) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        create_control(connection, 1)
        for _ in range(3):
            slot, held = take_slot(database, "admission")
            assert slot == 0
            (admission, projector) = admission_of(connection, 5.0, {}, {}).roles
            assert (admission.workers, projector.workers) == (1, 0)
            held.close()
        (admission, projector) = admission_of(connection, 5.0, {}, {}).roles
        assert (admission.starts, projector.starts) == (3, 0)
        assert admission.started_at is not None
