"""Histories tried thoroughly, and folded message by message."""

from __future__ import annotations

from datetime import date

from hypothesis import settings
from hypothesis import strategies as st

from events.rules.rulebook import load_rulebook
from tests.support.histories import FIRST

RULEBOOK = load_rulebook()
LATER_DAYS = st.dates(FIRST, date(2028, 12, 31))
thorough = settings(max_examples=150)
