"""What is only a matter of writing is mended; what is wrong is left as it is, for the checks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from events.admission.event_texts import SUBJECT, texts_of
from events.admission.normal_form import normalised
from events.envelope import Platform
from events.event import event_type
from events.fields import Holds, holds, marked
from tests.support import builders as a
from tests.support.rewritten import said_otherwise, with_all_texts

if TYPE_CHECKING:
    from events.event import Event

EVERY_TYPE = a.one_of_each()
ORGANISATION = Platform.ORGANISATION


@pytest.mark.parametrize("event", EVERY_TYPE, ids=event_type)
def test_what_is_in_normal_form_stays_as_it_is(event: Event) -> None:
    assert normalised(event, ORGANISATION) == event


def test_an_optional_number_of_blanks_is_no_number() -> None:
    said = a.an_enforcement(judgment_no=" \u3000")

    assert normalised(said, ORGANISATION) == msgspec.structs.replace(said, judgment_no=None)


def test_a_token_is_not_written_in_capitals_and_a_code_is() -> None:
    listing = msgspec.structs.replace(
        a.a_tax_listing(), responsible=(f"{a.PERSON}\n", " 91330100-pdy000028x")
    )

    mended = normalised(listing, ORGANISATION)

    assert getattr(mended, "responsible", None) == (a.PERSON, a.OTHER_SUBJECT)


def test_every_number_and_every_id_of_every_type_has_its_one_form() -> None:
    for event in EVERY_TYPE:
        for field, mark in marked(type(event)).items():
            value = getattr(event, field)
            if type(value) is str and holds(mark, Holds.EVENT_ID, Holds.NUMBER):
                odd = f" {value.upper()}\u200b\n"
                mended = getattr(
                    normalised(msgspec.structs.replace(event, **{field: odd}), ORGANISATION), field
                )
                assert mended.lower() == value.lower(), field


@pytest.mark.parametrize("event", EVERY_TYPE, ids=event_type)
def test_what_shows_nothing_is_taken_out_of_every_text(event: Event) -> None:
    event = with_all_texts(event)
    count = len(list(texts_of(event)))
    said = normalised(said_otherwise(event, [f"样\u200b{n}" for n in range(count)]), ORGANISATION)

    # An operator has to name a key just as it stands.
    mended = [text.lower() for field, text, _ in texts_of(said) if field != SUBJECT]
    assert mended == [f"样{n}" for n in range(count) if n != 1]
