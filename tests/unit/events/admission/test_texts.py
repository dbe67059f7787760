"""What every text is held to: the quick look sees what the slow one sees."""

from __future__ import annotations

import sys
import unicodedata

from events.admission.texts import _CONTROL


def test_control_characters_are_those_that_unicode_names_but_line_feed_and_tab() -> None:
    for number in range(sys.maxunicode + 1):
        character = chr(number)
        is_control = unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\t"
        assert bool(_CONTROL.search(character)) is is_control, hex(number)
