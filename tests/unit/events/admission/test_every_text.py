"""Across admission: every text field of every type of event, odd by itself, read off the types."""

from __future__ import annotations

from datetime import datetime
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Final, Union, get_args, get_origin, get_type_hints

import msgspec
import pytest

from events.admission.admission import Submission, check
from events.admission.rejection import Rejection
from events.envelope import CHINA, Envelope, Platform
from events.event import event_type
from events.rules.rulebook import load_rulebook
from tests.support import builders as a

if TYPE_CHECKING:
    from collections.abc import Iterator

    from events.event import Event

RULEBOOK = load_rulebook()
NOON = datetime(2025, 6, 15, 12, tzinfo=CHINA)
EVENTS = {event_type(event): event for event in a.one_of_each()}
IDENTITY_NUMBER: Final = "330106190001010017"
ODD: Final = {
    "a direction mark": "样\u202e例",
    "an isolate": "样\u2066例\u2069",
    "a control character": "样\x07例",
    "an identity number": IDENTITY_NUMBER,
    "one with blanks": "330106 19000101 0017",
    "one with what shows nothing": "330106\u200b19000101\u200b0017",
    "one in full width": "３３０１０６１９０００１０１００１７",
    "one with a line break": "330106\n190001010017",
}
WRITTEN_ANEW: Final = "envelope.remarks"  # by admission, whatever was said


def parts_of(hint: Any) -> tuple[Any, ...]:
    """Give what a field may be besides None."""
    union = get_origin(hint) in (Union, UnionType)
    return tuple(each for each in (get_args(hint) if union else (hint,)) if each is not NoneType)


def fields_of(item: Any) -> tuple[str, ...]:
    return getattr(item, "__struct_fields__", ())


def with_text(hint: Any, value: Any, text: str) -> Iterator[Any]:
    """Give what stands in a field that holds such a text; nothing where it can hold none."""
    for part in parts_of(hint):
        items = get_args(part)
        if part is str:
            yield text
        elif get_origin(part) in (list, tuple) and items[0] is str:
            yield get_origin(part)([text])
        elif value and get_origin(part) in (list, tuple) and "value" in fields_of(value[0]):
            yield type(value)([msgspec.structs.replace(value[0], value=text), *value[1:]])


def odd_ones(event: Event, text: str) -> Iterator[tuple[str, Event]]:
    """Give the event with each of its texts replaced in turn, by the name of the field."""
    for owner, prefix in ((event.envelope, "envelope."), (event, "")):
        hints = get_type_hints(type(owner))
        for name in owner.__struct_fields__:
            for odd in with_text(hints[name], getattr(owner, name), text):
                said = msgspec.structs.replace(owner, **{name: odd})
                if isinstance(said, Envelope):
                    said = msgspec.structs.replace(event, envelope=said)
                yield f"{prefix}{name}", said


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
@pytest.mark.parametrize("kind", EVENTS)
def test_an_odd_text_is_refused_wherever_it_stands_and_an_identity_number_is_not_repeated(
    kind: str, text: str
) -> None:
    taken, walked = [], 0
    for field, said in odd_ones(EVENTS[kind], text):
        walked += 1
        outcome = check(
            Submission(
                platform=Platform.ORGANISATION,
                department=said.envelope.department,
                submitted_at=NOON,
                event=said,
            ),
            RULEBOOK,
        )
        if field != WRITTEN_ANEW and not isinstance(outcome, Rejection):
            taken.append(field)
        told = repr(outcome.reasons) if isinstance(outcome, Rejection) else repr(outcome)
        if IDENTITY_NUMBER[:14] in told:
            taken.append(f"{field} repeats it")
    assert walked > 10
    assert taken == []
