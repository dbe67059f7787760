"""Across what is told: whatever the fold concludes of whatever can be said is told in words."""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import cache
from io import StringIO
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st
from rich.console import Console

from events.envelope import Platform, Source
from ops.terms.terms import Language, all_terms
from ops.told.cases import told_cases
from ops.told.profile import told_profile, told_state
from projections.as_of.known_history import entries_known
from projections.as_of.question import Part, Question
from projections.as_of.state import state_as_of
from projections.ledger.reading import read
from projections.profile.cases import chain_cases
from projections.profile.shapes import Profile, RecordStatus, ShownRecord
from projections.queries.subject.cases import CasesAnswer
from projections.store.live import Place
from tests.support import builders as a
from tests.support.given import CALENDAR, message
from tests.support.histories import histories

if TYPE_CHECKING:
    from collections.abc import Iterable

    from events.event import Event
    from projections.as_of.state import State
    from tests.support.histories import History

TODAY = date(2026, 5, 2)
CODES = {
    Language.ZH: re.compile(r"(?<![0-9A-Za-z_.])[a-z_]{3,}"),
    Language.EN: re.compile(r"(?<![0-9A-Za-z])[a-z]+_[a-z_]+"),
}
"""What a code looks like among the words of a language."""
SHORT_ID = re.compile(r"\b[0-9a-f]{8}\b")
OWN_WORDS = ("matter", "conduct", "item")
"""Fields that hold words of the department's own, for which our samples have such as look like codes."""

UNKNOWN_MEASURE = "no_such"
"""Drawn by histories; admission refuses it, and the rules have no name for it."""


def printed(what: object) -> str:
    console = Console(file=StringIO(), width=400, color_system=None)
    console.print(what)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def codes_in(what: object, language: Language, own: Iterable[Event] = ()) -> list[str]:
    """Give what is told by its code, but for an event's own words.

    The rules used, at the end, are named by their codes.
    """
    text = printed(what)
    for event in own:
        words = [getattr(event, field, None) for field in OWN_WORDS]
        for said in filter(None, [event.envelope.document_no, *words, UNKNOWN_MEASURE]):
            text = text.replace(said, "")
    used = all_terms()["text"]["rules"][0 if language is Language.ZH else 1]
    before, _, _ = text.rpartition(used) if used in text else (text, "", "")
    return CODES[language].findall(SHORT_ID.sub("", before))


def state_of(messages: list[object], on: date) -> State:
    return state_as_of(
        [read(each) for each in messages],
        Question(platform=Platform.ORGANISATION, subject_id=a.SUBJECT, valid_on=on),
        Part(0, len(messages)),
        CALENDAR,
    )


@settings(max_examples=60)
@drawn(histories(most=16), st.integers(0, 400), st.sampled_from(Language))
def test_every_history_is_told_without_a_bare_code(
    history: History, later: int, language: Language
) -> None:
    state = state_of(history.messages(), history.ends_on + timedelta(days=later))
    if state.profile is not None:
        told = told_state(state, state.profile, language)
        assert codes_in(told, language, [event for event, _ in history.said]) == []


def profile_of(events: list[Event]) -> Profile:
    found = state_of([message(e, n, TODAY) for n, e in enumerate(events)], TODAY).profile
    assert found is not None
    return found


@cache
def records() -> dict[str, ShownRecord]:
    return {record.type: record for record in profile_of(a.one_of_each()).records}


@pytest.mark.parametrize("kind", sorted(records()))
@pytest.mark.parametrize("language", Language)
def test_a_record_of_every_type_is_told_in_every_state_and_from_every_source(
    kind: str, language: Language
) -> None:
    whole, record = profile_of(a.one_of_each()), records()[kind]
    for status in RecordStatus:
        for source in Source:
            said = msgspec.structs.replace(record, status=status, source=source)
            profile = msgspec.structs.replace(whole, records=[said], discrepancies=[])
            told = told_profile(a.SUBJECT, profile, "", language)
            assert codes_in(told, language, a.one_of_each()) == [], (kind, status, source)


@pytest.mark.parametrize("language", Language)
def test_two_announcements_of_arrears_are_told_of_which_the_later_takes_the_place(
    language: Language,
) -> None:
    first, second = a.arrears(1, "2026-01-10"), a.arrears(2, "2026-04-10")
    profile = profile_of(
        [
            a.named(msgspec.structs.replace(each, period=period))
            for each, period in ((first, "2025Q4"), (second, "2026Q1"))
        ]
    )
    assert [r.status for r in profile.records] == [RecordStatus.REPLACED, RecordStatus.IN_EFFECT]
    words = all_terms()["record_status"]["replaced"][0 if language is Language.ZH else 1]
    assert words in printed(told_profile(a.SUBJECT, profile, "", language))


@pytest.mark.parametrize("language", Language)
def test_cases_of_every_history_of_the_courts_are_told(language: Language) -> None:
    messages = [message(e, n, TODAY) for n, e in enumerate(a.one_of_each())]
    found = chain_cases(entries_known([read(each) for each in messages], CALENDAR), TODAY)
    answer = CasesAnswer(Platform.ORGANISATION, a.SUBJECT, TODAY, Place(0, 100, 1, 1), found)
    assert codes_in(told_cases(answer, language), language) == []
