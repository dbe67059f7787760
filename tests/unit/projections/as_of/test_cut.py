"""Cuts as text: what is written is read again, and nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.as_of.cut import OFFSET_MAX, CutUnreadableError, format_cut, parse_cut

CUTS = st.dictionaries(st.integers(0, 9_999), st.integers(0, OFFSET_MAX), min_size=1)


@given(CUTS)
def test_a_cut_that_was_written_is_read_again(cut: dict[int, int]) -> None:
    assert parse_cut(format_cut(cut)) == cut


@pytest.mark.parametrize(
    "text", ["", "0", "0:", ":1", "0:1,0:2", "0:-1", "0:1,", f"0:{OFFSET_MAX + 1}", "٣:1", "0:1 "]
)
def test_what_is_no_cut_is_refused(text: str) -> None:
    with pytest.raises(CutUnreadableError):
        parse_cut(text)
