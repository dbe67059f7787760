"""Messages that cannot be applied, and what is folded beside them."""

from __future__ import annotations

from datetime import date

import msgspec

from events.event import Event
from events.types.amendment import FieldChange
from projections.ledger.message import Message
from tests.support import builders as a
from tests.support.builders import SUBJECT
from tests.support.given import Projection, recorded_ms

DAY = date(2025, 6, 2)
GARBAGE = b"\x00\x00\x00\x00\x03\xff\xff"


def garbage(offset: int, on: date = DAY, key: str = SUBJECT) -> Message:
    return Message(offset, recorded_ms(on), key.encode(), GARBAGE)


def wrong_correction(of: Event, on: date = DAY) -> Event:
    """Give a correction that no admission lets pass: it decodes, and cannot be applied."""
    right = a.a_correction(of, on, fine_fen=1)
    return a.named(msgspec.structs.replace(right, changes=[FieldChange("fine_fen", '"much"')]))


def folded(*messages: Message) -> Projection:
    projection = Projection()
    for each in messages:
        projection.apply([each])
    return projection
