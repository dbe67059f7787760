"""What nobody sees is taken out, and one character in several writings is one."""

from __future__ import annotations

import sys
import unicodedata

import pytest

from events.characters import (
    _ASSIGNED,
    _IDEOGRAPHS,
    _PRIVATE,
    _RADICALS,
    _USUAL,
    TURNING,
    UNSEEN,
    as_seen,
    assigned,
    plain,
    unharmed,
)

VISIBLE_FORMATS = "ARABIC|SYRIAC|KAITHI|EGYPTIAN"
"""Scripts with format characters that are shown, as a sign around or above a number."""


def test_every_format_character_that_shows_nothing_is_unseen_or_turns_the_text() -> None:
    missed = [
        hex(n)
        for n in range(sys.maxunicode + 1)
        if unicodedata.category(c := chr(n)) == "Cf"
        and not UNSEEN.match(c)
        and not TURNING.match(c)
        and not any(word in unicodedata.name(c, "") for word in VISIBLE_FORMATS.split("|"))
    ]
    assert missed == []


def test_no_character_that_is_read_is_unseen() -> None:
    read = {"Ll", "Lu", "Nd", "Nl", "Po", "Ps", "Pe", "Sm", "Sc", "Zs"}
    taken = [
        hex(n)
        for n in range(sys.maxunicode + 1)
        if UNSEEN.match(c := chr(n)) and unicodedata.category(c) in read
    ]
    assert taken == []


def test_the_private_codes_of_2005_are_all_that_python_gives() -> None:
    """Python's `gb18030` follows the edition of 2005: these are the places where 2022 differs."""
    rows = [
        bytes((lead, trail))
        for lead in range(0x81, 0xFF)
        for trail in (*range(0x40, 0x7F), *range(0x80, 0xFF))
    ]
    user_defined = range(0xE000, 0xE766)
    private = {
        ord(c)
        for row in rows
        if len(c := row.decode("gb18030", "ignore")) == 1
        and unicodedata.category(c) == "Co"
        and ord(c) not in user_defined
    }
    assert set(_PRIVATE) <= private
    unassigned = private - set(_PRIVATE)
    assert all(unicodedata.category(chr(n)) == "Co" for n in unassigned)
    assert len(set(_ASSIGNED)) == len(_PRIVATE) == 24
    assert all(unicodedata.category(chr(n)) != "Co" for n in _ASSIGNED)


def test_radicals_of_the_supplement_become_ideographs() -> None:
    assert len(_RADICALS) == len(_IDEOGRAPHS) == 112
    assert all(unicodedata.name(c).startswith("CJK RADICAL") for c in _RADICALS)
    assert all(unicodedata.name(c).startswith("CJK UNIFIED") for c in _IDEOGRAPHS)
    assert plain("⻔⺠⻢⼯") == "门民马工"


def test_a_text_as_seen_keeps_its_width_and_its_direction_marks() -> None:
    assert as_seen("\ufeff样\u200b例（２）\u00ad\u202e") == "样例（２）\u202e"
    assert assigned("\ue81e\ue826") == "\u9fb4\u9fb5"
    assert plain("\u202e２（\uffa0") == "2("


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "＝1+1", "\t=1", "\r=1", "\n=1"])
def test_a_text_is_never_a_formula_on_the_way_out(text: str) -> None:
    assert unharmed(text) == f"'{text}"
    assert unharmed(f"样{text}") == f"样{text}"


def test_of_usual_characters_the_quick_way_makes_what_the_slow_one_makes() -> None:
    usual = "".join(c for n in range(sys.maxunicode + 1) if _USUAL.fullmatch(c := chr(n)))

    assert len(usual) > 20_000
    assert f"{plain(usual)}1" == plain(f"{usual}①")
    parts = [unicodedata.decomposition(chr(n)).split() for n in range(sys.maxunicode + 1)]
    joining = {chr(int(pair[1], 16)) for pair in parts if len(pair) > 1 and pair[0][0] != "<"}
    assert joining & set(usual) == set()
