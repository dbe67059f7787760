"""What is published, sought by a text: the same answer by whichever way it is found."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from events.numbers import number_key
from events.rules.rulebook import load_rulebook
from ops.demo.scenes import lives
from ops.generator import GeneratorPlan
from projections.calendar.rules import RuleCalendar
from projections.queries.bulletin import searching
from projections.queries.bulletin.searching import BulletinQuestion, bulletin
from projections.record.handles import name_key
from projections.store.bulletin.following import follow
from tests.support.asking import filled
from tests.support.stack import fresh_database

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ops.local.stack import Stack

pytestmark = pytest.mark.stack

TODAY = date(2026, 6, 15)
SOUGHT = ("有限公司", "样例1", "号", "公司", "样例12号", "〔20", "纺织", "nobody has this")


@pytest.fixture(scope="module")
def published(stack: Stack) -> Iterator[psycopg.Connection[Any]]:
    plan = GeneratorPlan(
        events=900, subjects=120, seed=3, first_day=date(2020, 1, 1), last_day=date(2026, 6, 1)
    )
    calendar = RuleCalendar(load_rulebook())
    with fresh_database(stack.postgres) as url:
        filled(url, plan, lives()[0])
        with psycopg.connect(url, autocommit=True) as connection:
            while follow(connection, calendar, TODAY):
                pass
            yield connection


def all_pages(connection: psycopg.Connection[Any], **asked: Any) -> tuple[list[str], set[int]]:
    """Give the ids on all pages, in order, and the totals that the pages tell."""
    found, totals, after = [], set(), None
    while True:
        page = bulletin(connection, BulletinQuestion(**asked, after=after, limit=7), TODAY)
        found += [row.event_id for row in page.rows]
        totals.add(page.total)
        after = page.next_after
        if after is None:
            return found, totals


def compared_one_by_one(connection: psycopg.Connection[Any], text: str) -> list[str]:
    rows = connection.execute(
        "SELECT event_id::text, key FROM bulletin.entry"
        " WHERE public_until IS NULL OR public_until > %s"
        " ORDER BY published_on DESC, event_id DESC",
        (TODAY,),
    ).fetchall()
    name, number = name_key(text), number_key(text)
    return [each for each, key in rows if name in key or (len(number) > 1 and number in key)]


@pytest.mark.parametrize("looked_at", [1, 9, 60, searching.LOOKED_AT])
def test_a_text_is_found_in_the_same_entries_however_many_of_the_newest_are_looked_at(
    looked_at: int, published: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "LOOKED_AT", looked_at)
    sizes = []
    for text in (text for text in SOUGHT if len(text) > 1):
        expected = compared_one_by_one(published, text)
        found, totals = all_pages(published, text=text)
        assert found == expected, text
        assert totals == {len(expected)}, text
        sizes.append(len(expected))
    assert max(sizes) > 100 > min(size for size in sizes if size)
    assert 0 in sizes


def test_days_and_kinds_part_what_is_found_by_a_text_either_way(
    published: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds: list[dict[str, Any]] = [
        {"until": date(2025, 12, 31)},
        {"since": date(2025, 12, 31)},
        {"type": "PenaltyImposed"},
        {"within": "330100"},
    ]
    whole = all_pages(published, text="公司")
    parts = [all_pages(published, text="公司", **kind) for kind in kinds]
    assert all(0 < len(found) < len(whole[0]) for found, _ in parts)
    assert all(totals == {len(found)} for found, totals in parts)
    monkeypatch.setattr(searching, "LOOKED_AT", 1)
    assert [all_pages(published, text="公司", **kind) for kind in kinds] == parts


def test_more_than_a_bound_are_not_counted(
    published: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "COUNTED_MAX", 20)
    found, totals = all_pages(published, text="公司")
    assert len(found) > 21
    assert totals == {21}
    assert all_pages(published)[1] == {21}
