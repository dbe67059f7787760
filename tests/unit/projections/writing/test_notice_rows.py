"""Which change of a list entry is written; the bytes of rows are read by a real Postgres alone."""

from __future__ import annotations

from datetime import date

from projections.notices.notice import ListNotice
from projections.writing.notice_rows import last_changes


def a_change(entry_id: str, list_: str, status: str, subject_id: str = "s") -> ListNotice:
    day = date(2025, 1, 10)
    return ListNotice(
        *("change", entry_id, subject_id, list_, status, None, None, None, "", "", "", day, 0)
    )


def test_the_last_change_of_an_entry_is_written() -> None:
    first, other, last = (
        a_change("a", "x", "in_effect"),
        a_change("b", "x", "in_effect"),
        a_change("a", "y", "ended"),
    )
    assert last_changes([first, other, last]) == [last, other]


def test_what_does_not_name_its_list_has_the_name_told_before() -> None:
    found = last_changes([a_change("a", "x", "in_effect"), a_change("a", "", "void")])

    assert found == [a_change("a", "x", "void")]
    assert last_changes([a_change("a", "", "void")]) == [a_change("a", "", "void")]


def test_the_same_entry_of_another_subject_is_another() -> None:
    changes = [a_change("a", "x", "in_effect"), a_change("a", "", "void", subject_id="t")]

    assert last_changes(changes) == changes
