"""Notices on a real database: what is written is read back, sent in order, and taken out once sent."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime
from itertools import product
from random import Random
from typing import TYPE_CHECKING, Any

import msgspec
import psycopg
import pytest
from psycopg.rows import dict_row

from events.rules.versions import Level
from projections.day.shapes import ListStatus
from projections.notices.notice import ListNotice
from projections.store.store import NoticesOf
from tests.support.telling import LONG, Telling, a_warning, few_at_a_time, id_of

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def telling(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Telling]:
    with few_at_a_time(database, monkeypatch) as found:
        yield found


def a_change(entry: str, number: int, **changed: Any) -> ListNotice:
    told = ListNotice(
        change_id=id_of("change", number),
        entry_id=id_of("entry", entry),
        subject_id="91330000PDY00001XQ",
        list="judgment_defaulter",
        status=ListStatus.IN_EFFECT,
        previous_status=None,
        since=date(2025, 1, 10),
        until=None,
        ground="evades",
        region="330100",
        rule="list.judgment_defaulter@2020-01-01",
        on=date(2025, 1, 10),
        offset=number,
    )
    return msgspec.structs.replace(told, **changed)


COMBINATIONS = [
    dict(zip(names, values, strict=True))
    for names, choices in [
        (
            ("level", "previous_level", "since", "expires_on", "window_months", "list"),
            (
                (None, Level.BLUE),
                (None, Level.ORANGE),
                (None, date(1999, 12, 31)),
                (None, date.max),
                (None, 0, -7, 2**31 - 1),
                (None, "", "judgment_defaulter", LONG),
            ),
        ),
        (
            ("evidence", "recipients", "acknowledged_by", "by_time"),
            (
                ((), (id_of(1),), (id_of(1), id_of(2), id_of(3)), tuple(map(id_of, range(70)))),
                ((), ("",), ("税务", "court-zj", "NULL", "a,{b}")),
                ((), ("",), (LONG, "tax-zj")),
                (False, True),
            ),
        ),
    ]
    for values in product(*choices)
]
"""What may be missing, empty, one or several, each with each other of its kind."""


def test_every_warning_is_read_back_as_it_was_told(telling: Telling) -> None:
    notices = [
        a_warning(number, **changed, offset=2**62 + number, on=date.min)
        for number, changed in enumerate(COMBINATIONS)
    ]
    recorded = {notice.offset: 2**61 + n for n, notice in enumerate(notices)}
    connection = telling.connection
    with connection.transaction(), connection.cursor() as cursor:
        telling.store.write_notices(cursor, [NoticesOf(2, 2**40, notices, recorded)])
    cursor = connection.cursor(row_factory=dict_row)
    found = cursor.execute("SELECT * FROM organisation_v1.warning ORDER BY n").fetchall()

    midnight = int(datetime(1, 1, 1, tzinfo=UTC).timestamp() * 1000) - 8 * 3_600_000
    assert len(found) == len(COMBINATIONS) == 2 * 2 * 2 * 2 * 4 * 4 + 4 * 3 * 3 * 2
    # Arrays that begin elsewhere read the same, and are not equal.
    begins = "SELECT DISTINCT array_lower({}, 1) FROM organisation_v1.warning ORDER BY 1"
    for name in ("evidence", "recipients", "acknowledged_by"):
        assert connection.execute(begins.format(name)).fetchall() == [(1,), (None,)]
    for number, (row, notice) in enumerate(zip(found, notices, strict=True)):
        told = msgspec.structs.asdict(notice)
        told["on_day"] = told.pop("on")
        # What time alone brought about came as its day began in China.
        told["recorded_ms"] = midnight if notice.by_time else recorded[notice.offset]
        del told["subject_name"]
        for name in ("warning_id", "episode_id"):
            told[name] = uuid.UUID(told[name])
        told["evidence"] = [uuid.UUID(each) for each in notice.evidence]
        told |= {name: list(told[name]) for name in ("recipients", "acknowledged_by")}
        assert row == told | {"partition": 2, "generation": 2**40, "n": number}


def test_only_warnings_stand_in_the_journal_of_warnings_at_their_place(telling: Telling) -> None:
    connection = telling.connection
    told = [a_change("a", 0), a_warning(1), a_warning(2)]
    with connection.cursor() as cursor:
        telling.store.write_notices(cursor, [NoticesOf(0, 1, told, {1: 1, 2: 2})])
        telling.store.write_notices(cursor, [NoticesOf(0, 2, [a_change("b", 3)], {})])
    found = connection.execute("SELECT generation, n FROM organisation_v1.warning ORDER BY n")

    assert found.fetchall() == [(1, 1), (1, 2)]


def listed(connection: psycopg.Connection[Any], partition: int) -> list[tuple[Any, ...]]:
    return connection.execute(
        "SELECT entry_id::text, subject_id, list, status, since, until, ground, region, rule, "
        'changed_on, "offset" FROM organisation_v1.list_entry WHERE partition = %s '
        "ORDER BY subject_id, entry_id",
        (partition,),
    ).fetchall()


def test_a_list_entry_is_read_back_as_it_was_told(telling: Telling) -> None:
    changes = [
        a_change("a", 2**62),
        a_change("b", 1, status="void", list="", since=None, ground="", region="", rule=""),
        a_change("c", 2, status=ListStatus.ENDED, until=date.max, list=LONG, ground='税务 "x" {y}'),
    ]
    with telling.connection.cursor() as cursor:
        telling.store.write_notices(cursor, [NoticesOf(1, 1, changes, {})])

    assert listed(telling.connection, 1) == sorted(
        (
            *(each.entry_id, each.subject_id, each.list, str(each.status), each.since),
            *(each.until, each.ground, each.region, each.rule, each.on, each.offset),
        )
        for each in changes
    )


def test_many_changes_of_an_entry_at_once_leave_what_they_leave_one_by_one(
    telling: Telling,
) -> None:
    """The last wins; what is void does not say of which list it was, and keeps it."""
    chance = Random(7)
    changes = [
        a_change(
            chance.choice("abcdefgh"),
            number,
            subject_id=chance.choice(["91330000PDY00001XQ", "91330000PDY00002XN"]),
            list=chance.choice(["", "", "judgment_defaulter", "market_serious"]),
            status=chance.choice(["void", *ListStatus]),
            until=chance.choice([None, date(2027, 1, 10)]),
        )
        for number in range(120)
    ]
    with telling.connection.cursor() as cursor:
        for generation, change in enumerate(changes):
            telling.store.write_notices(cursor, [NoticesOf(0, generation, [change], {})])
        for generation in range(3):
            own = changes[generation * 40 :][:40]
            telling.store.write_notices(cursor, [NoticesOf(1, generation, own, {})])

    assert listed(telling.connection, 1) == listed(telling.connection, 0) != []
