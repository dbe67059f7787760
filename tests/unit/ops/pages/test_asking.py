"""What people type into the fields of pages, and what it is read as."""

from datetime import date, datetime
from typing import Any

import pytest

from events.envelope import CHINA
from events.rules.rulebook import load_rulebook
from ops.pages.asking import as_meant, page_within
from ops.pages.timeline.page import KnownForm
from projections.http.asking.forms import Around, Form, TextForm, UnfitError
from projections.http.asking.time_forms import DayForm, MonthForm, YearForm

AROUND = Around(datetime(2026, 6, 15, 12, tzinfo=CHINA), load_rulebook(), None)


@pytest.mark.parametrize(
    ("form", "written", "read"),
    [
        *(
            (DayForm(), each, date(2026, 6, 1))
            for each in (
                "2026-06-01",
                "2026/6/1",
                "2026.6.1",
                "20260601",
                "２０２６－０６－０１",
                "2026年6月1日",
                "2026 - 06 - 01",
            )
        ),
        *(
            (MonthForm(), each, date(2026, 5, 1))
            for each in ("2026-05", "2026-5", "2026/05", "２０２６年５月", "202605", "2026.5")
        ),
        *((YearForm(), each, 2025) for each in ("2025", "２０２５", "2025年", "2025 年")),
        *(
            (KnownForm(), each, datetime(2026, 6, 1, 23, 59, 59, 999999, CHINA))
            for each in ("2026-06-01", "2026年6月1日", "2026/6/1")
        ),
        (KnownForm(), "2026-06-01T14:00Z", datetime(2026, 6, 1, 22, tzinfo=CHINA)),
        (TextForm(), "2026年6月", "2026年6月"),
    ],
)
def test_days_are_read_as_people_write_them(form: Form[Any], written: str, read: object) -> None:
    assert form.read(as_meant(form, written), AROUND) == read


@pytest.mark.parametrize("written", ["2026-02-30", "30.2.2026", "tomorrow", "1-2-2026", "46174"])
def test_what_is_no_day_is_told_as_it_was_written(written: str) -> None:
    assert as_meant(DayForm(), written) == written
    with pytest.raises(UnfitError):
        DayForm().read(written, AROUND)


@pytest.mark.parametrize(
    ("number", "count", "page"),
    [(None, 0, 1), (1, 0, 1), (7, 0, 1), (1, 100, 1), (2, 100, 1), (2, 101, 2), (9_999, 250, 3)],
)
def test_of_a_page_beyond_the_end_the_last_is_shown(
    number: int | None, count: int, page: int
) -> None:
    assert page_within(number, 100, count) == page
