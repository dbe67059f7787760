"""What every text is held to: the quick look sees what the slow one sees."""

from __future__ import annotations

import sys
import unicodedata
from typing import Any, get_args

import msgspec

from events.admission.normal_form import EVENT_ID_FIELDS, NUMBER_FIELDS
from events.admission.parties import PARTY_FIELDS
from events.admission.texts import _CONTROL, _NAMES_OF_PERSONS, FREE_TEXTS
from events.event import EVENT_TYPES

CODES = {
    *("grade", "indicator", "industry", "list", "licence_no", "measure", "profession", "rule"),
    *("record_type", "scheme", "targets", "taxes"),
}
NAMES_OF_THINGS = {"certificate", "conduct", "ground", "honour", "item", "matter", "product"}
"""Short texts that say what a thing is called, so that no person's name belongs into them."""


def _is_text(kind: Any) -> bool:
    return kind is str or any(_is_text(part) for part in get_args(kind))


def test_of_every_text_of_an_event_it_is_settled_what_may_stand_in_it() -> None:
    """Who adds a field says whether a person's name may stand in it: that is a matter of privacy."""
    settled = {*FREE_TEXTS, *_NAMES_OF_PERSONS, *EVENT_ID_FIELDS, *NUMBER_FIELDS, *PARTY_FIELDS}
    found = {
        field.name
        for kind in EVENT_TYPES.values()
        for field in msgspec.structs.fields(kind)
        if _is_text(field.type)
    }
    assert found - settled - CODES - NAMES_OF_THINGS == set()
    assert found >= CODES | NAMES_OF_THINGS, "what is listed here is still a field"


def test_control_characters_are_those_that_unicode_names_but_line_feed_and_tab() -> None:
    for number in range(sys.maxunicode + 1):
        character = chr(number)
        is_control = unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\t"
        assert bool(_CONTROL.search(character)) is is_control, hex(number)
