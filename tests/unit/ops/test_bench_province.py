"""Across the benchmarks of a day of a province: what is asked, what comes in at a board, how it is told."""

from __future__ import annotations

from typing import cast
from urllib.parse import unquote

from events.envelope import Platform
from events.rules.access import Role
from ops.bench.asof import default_plan
from ops.bench.load import warned
from ops.bench.plan import province
from ops.bench.watching import LedgerPlace, PositionWatch
from ops.bench.windows.asking import Filling, Opened, PageKind, page_figures
from ops.bench.windows.boards import Received, board_figures
from ops.bench.windows.measuring import halves
from ops.bench.windows.visitors import Visitor
from ops.generator import subject_id_at


def test_a_days_questions_are_made_by_seed_and_name_subjects_of_the_plan() -> None:
    plan = default_plan(120, 100, 1)
    keys = {"Credit-Purpose": "supervision"}, {"Credit-Purpose": "audit"}
    asked = list(province._questions(plan, 200, keys))

    assert asked == list(province._questions(plan, 200, keys))
    kinds = {
        (path.rsplit("/", 1)[1].partition("?")[0], headers["Credit-Purpose"])
        for path, headers in asked
    }
    assert kinds == {
        ("profile", "supervision"),
        ("hint", "supervision"),
        ("history", "audit"),
        ("state", "audit"),
    }
    subjects = {subject_id_at(Platform.ORGANISATION, index) for index in range(100)}
    assert {path.split("/")[4] for path, _ in asked} <= subjects


PUBLIC = Visitor(Role.PUBLIC, {})
OWN = Visitor(Role.SUBJECT, {})


def test_a_subject_opens_its_own_pages_and_languages_take_turns() -> None:
    any_of = [{"subject": "A", "record": "1", "name": "甲乙丙丁有限公司"}]
    filling = Filling({"": any_of, "subject": [{"subject": "B", "record": "2", "name": ""}]}, 1)
    path = "/notices/{subject}/{record}"
    assert filling.address(PageKind(path, PUBLIC)) == "/zh/notices/A/1"
    assert filling.address(PageKind(path, OWN)) == "/en/notices/B/2"
    sought = unquote(filling.sought().removeprefix("/zh/notices?q="))
    assert 2 <= len(sought) <= 6
    assert sought in any_of[0]["name"]


def test_pages_are_told_by_their_codes_and_the_slowest_kinds_by_name() -> None:
    fast, slow = PageKind("/notices", PUBLIC), PageKind("/me", OWN)
    opened = [
        Opened(fast, "/zh/notices", 200, 2.0, 10),
        Opened(fast, "/en/notices", 503, 4.0, 10),
        Opened(slow, "/zh/me", 200, 9.0, 10),
    ]
    found = page_figures(opened)
    assert found["page_ms"]["max"] == 9.0
    assert found["slowest_ms"] == {"/me (subject)": 9.0, "/notices (public)": 4.0}
    assert found["answers"] == {"200": 2, "503": 1}
    assert found["not_answered"] == ["503 /en/notices (public)"]
    assert found["kinds"] == 2


def test_a_warning_that_a_board_had_not_is_missing() -> None:
    class Seen:
        def seen(self, place: LedgerPlace) -> float | None:
            return 10.0 if place.offset == 7 else None

    received = [
        *(Received(LedgerPlace(0, 7, 0), 10.25, 0), Received(LedgerPlace(0, 7, 0), 10.2, 0)),
        Received(LedgerPlace(0, 8, 0), 10.5, 1),
    ]
    found = board_figures(received, cast("PositionWatch", Seen()), 3, 1)
    assert found["board_ms"]["max"] == 250.0
    assert found["board_missing"] == 2


def test_each_move_comes_in_once_beside_the_pages_or_beside_the_boards() -> None:
    moves = warned(default_plan(1_000, 10, 1), 8)
    beside_pages, beside_boards = halves(moves)
    assert len(beside_pages) == len(beside_boards) == 4
    assert [*beside_pages, *beside_boards] == moves
