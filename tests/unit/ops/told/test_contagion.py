"""What reaches a subject from others, told in Chinese and in English."""

from __future__ import annotations

from datetime import date
from io import StringIO

import msgspec
import pytest
from rich.cells import cell_len
from rich.console import Console

from events.rules.versions import Level
from ops.terms.terms import Language, all_terms
from ops.told.profile import told_profile
from projections.as_of.contagion import Contagion, ContagionAsked
from projections.store.contagion import StandingContagion, StandingWarning
from tests.support import builders as a
from tests.support.builders import OTHER_SUBJECT, PERSON, SUBJECT
from tests.support.whole_ledger import WholeLedger

DAY = date(2025, 3, 25)
LEDGER = WholeLedger(
    [
        (a.a_relation(1, "2024-05-01"), DAY),
        (a.a_relation(1, "2024-05-01", subject_id=OTHER_SUBJECT), DAY),
        (a.a_court_listing(1, "2025-03-10", subject_id=OTHER_SUBJECT), DAY),
    ]
)
FOUND = LEDGER.state(SUBJECT, DAY)
TITLE = {"en": "Contagion", "zh": "关联预警"}


def told(
    contagion: Contagion | StandingContagion | None,
    language: Language = Language.EN,
    width: int = 100,
) -> str:
    assert FOUND.profile is not None
    out = StringIO()
    console = Console(file=out, width=width, color_system=None)
    console.print(told_profile(SUBJECT, FOUND.profile, "standing", language, contagion))
    return out.getvalue()


def one_line(contagion: Contagion, language: Language = Language.EN) -> str:
    """Undo the breaking of lines."""
    return " ".join(told(contagion, language).split())


@pytest.mark.parametrize("language", Language)
def test_the_warning_names_who_is_red_by_what_rule_through_whom_and_the_cut(
    language: Language,
) -> None:
    text = told(FOUND.contagion, language)

    assert TITLE[language] in text
    for part in (OTHER_SUBJECT, PERSON, "系1", "0@1,1@2"):
        assert part in text
    for rule in ("Judgment defaulter", "On a list") if language == "en" else ("严重失信主体名单",):
        assert rule in text
    assert [line for line in text.splitlines() if cell_len(line) > 100] == []


def test_ties_without_anything_red_say_so_and_no_ties_say_nothing() -> None:
    before = LEDGER.state(SUBJECT, date(2025, 3, 9)).contagion

    assert "1 at the other ends, 0 in the red" in told(before)
    assert "Contagion" not in told(LEDGER.state(SUBJECT, date(2024, 4, 30)).contagion)
    assert "Contagion" not in told(None)


@pytest.mark.parametrize("language", Language)
def test_what_was_not_asked_says_why(language: Language) -> None:
    silent = LEDGER.state(SUBJECT, DAY, {0: 1}).contagion

    assert ("says nothing of partitions 1." if language == "en" else "分区 1，") in one_line(
        silent, language
    )
    asked = set(ContagionAsked) - {ContagionAsked.CONCLUDED, ContagionAsked.NOBODY_TIED}
    assert set(all_terms()["contagion_asked"]) == asked


def test_who_waits_and_that_more_are_red_than_named_is_said() -> None:
    many = msgspec.structs.replace(FOUND.contagion, parked=[OTHER_SUBJECT], red_relatives=99)

    assert "aiting for an operator" in one_line(many)
    assert "the first of these are named" in one_line(many)


@pytest.mark.parametrize("language", Language)
def test_what_stands_as_told_names_the_midnight(language: Language) -> None:
    warning = StandingWarning(
        "warning.related", date(1980, 1, 1), Level.YELLOW, DAY, "330100", "court", ("x" * 36,)
    )
    text = told(StandingContagion(date(2025, 4, 1), warning), language)

    assert TITLE[language] in text
    assert str(DAY) in text
    assert "2025-04-01" in text
    assert TITLE[language] not in told(StandingContagion(date(2025, 4, 1), None), language)
