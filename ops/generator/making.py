"""Makes the event at a slot: what opens a record alone, what is about another from that one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from events.event import AMENDMENTS, ORIGINALS
from events.roles import Amendment, Original, OthersAmendment
from events.types.arrears import TaxArrearsAnnounced
from events.types.listing import ListEntered
from ops.generator.kinds import SlotKind
from ops.generator.plain import document_form, may_amend, plain_amendment, plain_event
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
    from collections.abc import Iterable

    from events.event import Event
    from ops.generator.envelopes import Envelopes
    from ops.generator.signatures import Follower, Opener
    from ops.generator.slots import HistorySlot, HistorySlots

_Role = TypeVar("_Role", bound=Original | Amendment)

OPENERS: Final[dict[SlotKind, Opener]] = {
    **registers.OPENERS,
    **merits.OPENERS,
    **findings.OPENERS,
    **debts.OPENERS,
    **courts.OPENERS,
    **lists.OPENERS,
    **measures.OPENERS,
}
FOLLOWERS: Final[dict[SlotKind, tuple[type | tuple[type, ...], Follower]]] = {
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


def _unmade(role: Iterable[type[_Role]]) -> tuple[type[_Role], ...]:
    makers = (*OPENERS.values(), *(make for _, make in FOLLOWERS.values()))
    made = {name for make in makers for name in make.__annotations__["return"].split(" | ")}
    return tuple(kind for kind in role if kind.__name__ not in made)


UNMADE: Final = _unmade(ORIGINALS)
"""Types that no maker makes: a part of the passed inspections is one of these instead."""
UNMADE_AMENDMENTS: Final = _unmade(AMENDMENTS)
"""The same of amendments: instead of a part of the corrections of records that they fit."""
PLAIN_ONE_IN: Final = 16


class Maker:
    """Makes the event of any slot, again and again the same."""

    def __init__(self, slots: HistorySlots, envelopes: Envelopes) -> None:
        self._slots = slots
        self._envelopes = envelopes
        self._plain = OPENERS[SlotKind.PASSED]

    def event(self, slot: HistorySlot) -> Event:
        """Make the event; a passed inspection where what it should be about is missing."""
        kind = slot.kind
        if slot.about:
            about = self.event(self._slots.about(slot))
            if kind is SlotKind.REPEATED:
                return about
            if kind is SlotKind.AHEAD:
                kind = _ahead(about)
            if kind is SlotKind.CORRECTED and UNMADE_AMENDMENTS:
                amended = self._amended(self._envelopes.not_before(slot, about), about)
                if amended is not None:
                    return amended
            types, make = FOLLOWERS[kind]
            if isinstance(about, types):
                return make(self._envelopes, self._envelopes.not_before(slot, about), about)
        if kind is SlotKind.PASSED and UNMADE and (made := self._unmade(slot)) is not None:
            return made
        return OPENERS.get(kind, self._plain)(self._envelopes, slot)

    def _unmade(self, slot: HistorySlot) -> Original | None:
        """Make an event of a type without a maker, where its turn has come and it may be said."""
        kind = UNMADE[slot.bits % len(UNMADE)]
        turn, day = slot.bits >> 64, self._envelopes.day(slot)
        form = document_form(kind.__name__)
        if turn % PLAIN_ONE_IN or form is None or day < form.since:
            return None
        envelope = self._envelopes.envelope(slot, kind.__name__, form, date_known=True)
        return plain_event(kind, envelope, day, slot.bits >> 96)

    def _amended(self, slot: HistorySlot, about: Event) -> Amendment | None:
        """Make an amendment of a type without a maker, if its turn has come and it fits."""
        fitting = [k for k in UNMADE_AMENDMENTS if may_amend(k, about)]
        if not fitting or (slot.bits >> 64) % PLAIN_ONE_IN:
            return None
        kind = fitting[slot.bits % len(fitting)]
        envelope = self._envelopes.amending(slot, about)
        if issubclass(kind, OthersAmendment):
            form = document_form(kind.__name__)
            if form is None or self._envelopes.day(slot) < form.since:
                return None
            envelope = self._envelopes.replying(slot, about, form)
        concerns, day = about.envelope.event_id, self._envelopes.day(slot)
        made = plain_amendment(kind, envelope, concerns, day, slot.bits >> 96)
        return self._envelopes.identified(made)


def _ahead(about: Event) -> SlotKind:
    """Give how an event is amended that is reported only next: it is ended, or corrected."""
    if isinstance(about, TaxArrearsAnnounced):
        return SlotKind.PAID
    return SlotKind.DELISTED if isinstance(about, ListEntered) else SlotKind.CORRECTED
