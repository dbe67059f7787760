"""A line of what is handed in, as it was checked: good, bad, a repeat, or otherwise than stands."""

from __future__ import annotations

from typing import Any

import msgspec

from events.admission.rejection import Reason
from events.envelope import Platform
from events.event import Event
from projections.queries.outcomes import Said


class GoodLine(msgspec.Struct, frozen=True, gc=False):
    """A line that admission would accept: its event, normalised, the bytes to send, who signed."""

    line: int
    platform: Platform
    event: Event
    value: bytes
    said: Said
    signature: str | None = None


class BadLine(msgspec.Struct, frozen=True):
    """A line that admission would refuse, with every reason by column as written."""

    line: int
    reasons: list[Reason]


class RepeatedLine(msgspec.Struct, frozen=True, gc=False):
    """A line that says what an earlier one said; sending it would change nothing."""

    line: int
    first: str


class RemarkedLine(msgspec.Struct, frozen=True):
    """A good line of which something is let pass; `remarks` are the codes of what."""

    line: int
    remarks: list[str]


class Difference(msgspec.Struct, frozen=True):
    """A field that the line and the ledger fill unlike, as JSON values; items one by one."""

    field: str
    stands: Any
    said: Any


class OtherwiseLine(msgspec.Struct, frozen=True):
    """A line under whose number the ledger holds something else; it was not sent."""

    line: int
    event_type: str
    subject_id: str
    document_no: str
    item_no: int
    differences: list[Difference]
    category: str = ""
