"""The role of an event, said by its class: opening, amending, of a subject, an operator's word.

An original is a class of `Original`, wherever in `events/types` it stands: nothing else lists it.
Nor are amendments; but the fold decides about each (`projections.record.amending`).
"""

from __future__ import annotations

import msgspec

from events.envelope import Envelope
from events.fields import EventId


class Original(msgspec.Struct, frozen=True, gc=False):
    """An event that opens a record of its own."""

    envelope: Envelope


class Amendment(msgspec.Struct, frozen=True, gc=False):
    """An event about the record that another event opened: `concerns` is the id of that event."""

    envelope: Envelope
    concerns: EventId


class OwnAmendment(Amendment, frozen=True, gc=False):
    """An amendment by the department of the record."""


class OthersAmendment(Amendment, frozen=True, gc=False):
    """An amendment that whoever is entitled to its category may say."""


class OfSubject(msgspec.Struct, frozen=True, gc=False):
    """What is said of a subject as a whole, and opens no record."""

    envelope: Envelope


class OperatorsWord(msgspec.Struct, frozen=True, gc=False):
    """What an operator says of the log: of no record, under no law, of a key as it stands."""

    envelope: Envelope
