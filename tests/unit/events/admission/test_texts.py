"""What every text is held to: a look at all of them together sees what a look at each sees."""

from __future__ import annotations

import sys
import unicodedata
from datetime import date
from typing import TYPE_CHECKING, Final
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.admission.event_texts import _IDS, texts_but_ids, texts_of
from events.admission.normal_form import with_envelope
from events.admission.texts import (
    _BETWEEN,
    _CONTROL,
    NAME_CHARACTERS_MAX,
    UNSEALED,
    check_each_text,
    check_texts,
    stands_out,
)
from events.envelope import Platform
from events.event import event_type
from events.identifiers import identity_number
from events.persons import has_many_digits
from events.rules.rulebook import load_rulebook
from tests.support import builders as a
from tests.support.rewritten import said_otherwise, with_all_texts

if TYPE_CHECKING:
    from events.event import Event

RULEBOOK = load_rulebook()
TODAY = date(2026, 11, 28)
EVENTS = [*map(with_all_texts, a.one_of_each())]
WORDS = [word for words in RULEBOOK.forbidden_words.values() for word in words]

NUMBER: Final = "330106190001010017"
STANDING_OUT: Final = (
    *WORDS,
    *(
        NUMBER,
        "330106 19000101 0017",
        "３３０１０６１９０００１０１００１７",
        "13050367O401001身份证",
    ),
    *("⾎型", "身份证", "机密★", "\x07", "\u202e", "\u2066"),
    "字" * (NAME_CHARACTERS_MAX + 1),
)
PIECES: Final = (
    *STANDING_OUT,
    *("", " ", "-", "、", "\n", "7", "9O", "ⅼ", "e", "x", "身", "证", "商业", "教", "型", _BETWEEN),
    *(
        "\u3099",
        "\u0301",
        "\u0345",
        "が",
        "가",
        "ᄀ",
        "ᅡ",
        "ㄱ",
        "ﾊ",
        "ﾞ",
        "①",
        "㍿",
        "⺁",
        "\u200b",
        "\ue78d",
    ),
    *("《食品安全法》第一条", "91330100PDY00001XX", "P" + "0a" * 16, "sealed:1:intl:x:"),
)
"""What stands out, and what may join with a neighbour to another character, word or number."""

a_text = st.lists(st.sampled_from(PIECES), max_size=3).map("".join)


def test_control_characters_are_those_that_unicode_names_but_line_feed_and_tab() -> None:
    for number in range(sys.maxunicode + 1):
        character = chr(number)
        is_control = unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\t"
        assert bool(_CONTROL.search(character)) is is_control, hex(number)


def test_what_stands_between_texts_stays_by_itself_beside_any_character() -> None:
    assert not has_many_digits(_BETWEEN.join(NUMBER))
    for number in range(sys.maxunicode + 1):
        text = unicodedata.normalize("NFKC", character := chr(number))
        together = unicodedata.normalize("NFKC", f"{character}{_BETWEEN}{character}")
        assert together == f"{text}{_BETWEEN}{text}", hex(number)


@pytest.mark.parametrize("platform", Platform)
@given(st.sampled_from(EVENTS), st.lists(a_text, max_size=3), st.integers(0, 16))
def test_looking_at_all_texts_first_refuses_what_looking_at_each_does(
    platform: Platform, event: Event, texts: list[str], first: int
) -> None:
    usual = [text for _, text, _ in texts_of(event)]
    said = said_otherwise(event, [*usual[:first], *texts])

    derived = event.envelope.event_id
    one_by_one = list(check_each_text(said, platform, RULEBOOK, TODAY, UNSEALED, derived))

    assert list(check_texts(said, platform, RULEBOOK, TODAY, UNSEALED, derived)) == one_by_one


@pytest.mark.parametrize("serial", ["081", "082"])
def test_a_derived_id_is_looked_at_where_it_is_full_of_digits(serial: str) -> None:
    derived = str(UUID(f"a{identity_number(f'33010619900501{serial}')}{'a' * 13}"))
    said = with_envelope(a.a_penalty(), event_id=derived)

    found = list(check_texts(said, Platform.ORGANISATION, RULEBOOK, TODAY, UNSEALED, derived))

    assert [each.field for each in found] == ["envelope.event_id"]
    assert found == list(
        check_each_text(said, Platform.ORGANISATION, RULEBOOK, TODAY, UNSEALED, derived)
    )


@pytest.mark.parametrize("event", EVENTS, ids=event_type)
def test_wherever_a_text_stands_it_is_among_those_that_are_looked_at_together(event: Event) -> None:
    places = len([text for _, text, _ in texts_of(event)])
    said = said_otherwise(event, [f"第{n}处" for n in range(places)])
    walked = [text for field, text, _ in texts_of(said) if field not in _IDS and text]

    assert sorted(texts_but_ids(said)) == sorted(walked)


@pytest.mark.parametrize("odd", STANDING_OUT, ids=ascii)
def test_what_stands_out_does_so_beside_anything_and_two_texts_are_never_taken_for_one(
    odd: str,
) -> None:
    for piece in PIECES:
        assert stands_out([], [piece, odd, piece], RULEBOOK), ascii(piece)
    assert stands_out([odd], [], RULEBOOK) is not _is_of_person(odd)
    for cut in range(1, len(odd)):
        halves = [odd[:cut], odd[cut:]]
        alone = [stands_out([], [half], RULEBOOK) for half in halves]
        assert stands_out([], halves, RULEBOOK) is any(alone), halves
        assert stands_out([odd[:cut]], [odd[cut:]], RULEBOOK) in alone[1:] or alone[0], halves


def _is_of_person(text: str) -> bool:
    return text[0].isdecimal() or text.startswith("身份")


@given(st.lists(a_text, min_size=1, max_size=6))
def test_what_stands_out_of_texts_is_what_stands_out_of_one_of_them(texts: list[str]) -> None:
    alone = [stands_out([], [text], RULEBOOK) for text in texts]

    assert stands_out([], texts, RULEBOOK) is any(alone)
    assert stands_out(texts[:1], texts[1:], RULEBOOK) in (any(alone), any(alone[1:]))


def test_of_what_departments_report_nothing_stands_out() -> None:
    """Else the look at all is in vain. What is odd is in the tests of what is refused."""
    usual = [event for event in EVENTS if len(str(event)) < 10 * NAME_CHARACTERS_MAX]
    out = [
        event
        for event in usual
        if stands_out([], [text for _, text, _ in texts_of(event)], RULEBOOK)
    ]
    assert out == []
