"""What stands in the ledger under the numbers of lines, told before anything is sent.

A second report under the same number changes nothing and would stand as a conflict; what its
sender means is a correction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

import msgspec

from events.envelope import Platform
from events.event import event_type
from events.sealing.form import looks_sealed
from ops.submission.files.columns import ITEMS
from ops.submission.line import Difference, OtherwiseLine
from projections.queries.outcomes import HeldEvent, held_events

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from psycopg import Connection

    from events.event import Event
    from ops.submission.line import GoodLine

_NOT_SAID: Final = frozenset({"event_id", "document_no", "observed_on", "remarks", "attestation"})
"""What names an event, or was not said by its department (`events.identity.content`)."""


class StandingSource(Protocol):
    """What knows what stands already; tests have one that was told."""

    def standing(self, lines: Sequence[GoodLine]) -> Mapping[str, HeldEvent]:
        """Give what stands under the events' ids, of those that are known."""


class ReadModels:
    """The ledger as the read models know it."""

    def __init__(self, connection: Connection[Any]) -> None:
        """Bind to the database."""
        self._connection = connection

    def standing(self, lines: Sequence[GoodLine]) -> Mapping[str, HeldEvent]:
        """Give what stands under the events' ids, of those that are known."""
        found: dict[str, HeldEvent] = {}
        for platform in Platform:
            events = [each.event for each in lines if each.platform is platform]
            if events:
                found |= held_events(self._connection, platform, events)
        return found


def otherwise(line: GoodLine, stands: HeldEvent) -> OtherwiseLine:
    """Name what a line says otherwise than what stands now under its number."""
    envelope = line.event.envelope
    return OtherwiseLine(
        line=line.line,
        event_type=event_type(line.event),
        subject_id=envelope.subject_id,
        document_no=envelope.document_no,
        item_no=envelope.item_no,
        differences=differences(stands.now, line.event),
        category=envelope.category,
    )


def differences(stands: Event, said: Event) -> list[Difference]:
    """Give the fields that two events of one type fill unlike, the envelope's named bare.

    Items (信息项) are held against each other one by one.
    """
    before, after = _flat(stands), _flat(said)
    return [
        Difference(name, _readable(before.get(name)), _readable(after.get(name)))
        for name in dict.fromkeys((*after, *before))
        if after.get(name) != before.get(name)
    ]


def _readable(value: Any) -> Any:
    """Give a value as it may be told: of a sealed text that it is sealed."""
    return "(sealed)" if isinstance(value, str) and looks_sealed(value) else value


def _flat(event: Event) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(event)
    envelope = plain.pop("envelope")
    items = {f"{ITEMS}.{each['item']}": each["value"] for each in plain.pop(ITEMS, ())}
    said = envelope | plain | items
    return {name: value for name, value in said.items() if name not in _NOT_SAID}
