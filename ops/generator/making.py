"""Makes the event at a slot: what opens a record alone, what is about another from that one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from events.types.arrears import TaxArrearsAnnounced
from events.types.listing import ListEntered
from ops.generator.kinds import Kind
from ops.generator.records import (
    amendments,
    courts,
    debts,
    findings,
    lists,
    measures,
    merits,
    registers,
    replies,
)

if TYPE_CHECKING:
    from events.event import Event
    from ops.generator.envelopes import Envelopes
    from ops.generator.signatures import Follower, Opener
    from ops.generator.slots import Slot, Slots


_OPENERS: Final[dict[Kind, Opener]] = {
    **registers.OPENERS,
    **merits.OPENERS,
    **findings.OPENERS,
    **debts.OPENERS,
    **courts.OPENERS,
    **lists.OPENERS,
    **measures.OPENERS,
}
_FOLLOWERS: Final[dict[Kind, tuple[type | tuple[type, ...], Follower]]] = {
    **registers.FOLLOWERS,
    **merits.FOLLOWERS,
    **findings.FOLLOWERS,
    **debts.FOLLOWERS,
    **courts.FOLLOWERS,
    **lists.FOLLOWERS,
    **measures.FOLLOWERS,
    **replies.FOLLOWERS,
    **amendments.FOLLOWERS,
}


class Maker:
    """Makes the event of any slot, again and again the same."""

    def __init__(self, slots: Slots, envelopes: Envelopes) -> None:
        self._slots = slots
        self._envelopes = envelopes
        self._plain = _OPENERS[Kind.PASSED]

    def event(self, slot: Slot) -> Event:
        """Make the event; a passed inspection where what it should be about is missing."""
        kind = slot.kind
        if slot.about:
            about = self.event(self._slots.about(slot))
            if kind is Kind.REPEATED:
                return about
            if kind is Kind.AHEAD:
                kind = _ahead(about)
            types, make = _FOLLOWERS[kind]
            if isinstance(about, types):
                return make(self._envelopes, self._envelopes.not_before(slot, about), about)
        return _OPENERS.get(kind, self._plain)(self._envelopes, slot)


def _ahead(about: Event) -> Kind:
    """Give how an event is amended that is reported only next: it is ended, or corrected."""
    if isinstance(about, TaxArrearsAnnounced):
        return Kind.PAID
    return Kind.DELISTED if isinstance(about, ListEntered) else Kind.CORRECTED
