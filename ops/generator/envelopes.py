"""What all events share: their envelope, their number, and the id that follows from both."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha1, sha256
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

from events.envelope import Disclosure, Envelope, Platform
from events.event import event_type
from events.identity import NAMESPACE, content

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from events.event import Event
    from events.roles import Amendment
    from ops.generator.forms import DocumentForm
    from ops.generator.slots import HistorySlot

_UNKNOWN_DATE_OF_1000: Final = 6
_SHARED_OF_1000: Final = 20
_NAMESPACE: Final = NAMESPACE.bytes
_VERSION_MASK: Final = ~(0xF << 76 | 0x3 << 62)
_VERSION_BITS: Final = 0x5 << 76 | 0x2 << 62

_About = TypeVar("_About", bound="Amendment")


def made_id(platform: str, department: str, kind: str, number: str, subject_id: str) -> str:
    """Give the same id as `events.types`, at a third of the time: this is called per event."""
    text = f"{platform}\x1f{department}\x1f{kind}\x1f{number}\x1f{subject_id}\x1f1"
    digest = sha1(_NAMESPACE + text.encode(), usedforsecurity=False).digest()
    bits = int.from_bytes(digest[:16], "big") & _VERSION_MASK | _VERSION_BITS
    digits = f"{bits:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


class Envelopes:
    """Makes envelopes and document numbers of a platform; a few decisions have no known date."""

    def __init__(self, dates: Sequence[date], platform: Platform) -> None:
        """Take the dates of the days, counted from 0."""
        self.dates = dates
        self._platform = platform.value

    def envelope(
        self,
        slot: HistorySlot,
        event_type: str,
        form: DocumentForm,
        document_no: str = "",
        *,
        date_known: bool = False,
    ) -> Envelope:
        """Give the envelope of the record that a slot opens."""
        subject, bits = slot.subject, slot.bits >> 32
        department, category, mark, legal_basis, _, office, source, disclosure, _ = form
        number = document_no or self.number(slot, mark)
        known = date_known or (bits >> 4) % 1000 >= _UNKNOWN_DATE_OF_1000
        published = min(slot.recorded, slot.occurred + (bits & 0x7))
        is_person = self._platform == Platform.PERSON
        if disclosure is Disclosure.PUBLIC and (
            is_person or (bits >> 14) % 1000 < _SHARED_OF_1000  # Persons are not public.
        ):
            disclosure = Disclosure.SHARED
        return Envelope(
            made_id(self._platform, department, event_type, number, subject.id),
            subject.id,
            subject.name_at(slot.number),
            department,
            f"{subject.city}{office}" if office else None,
            subject.region,
            category,
            number,
            1,
            self.dates[slot.occurred] if known else None,
            self.dates[published] if bits & 0x8 or not known else None,
            None,
            legal_basis,
            disclosure,
            source,
        )

    def amending(
        self, slot: HistorySlot, about: Event, *, mark: str = "", basis: str = ""
    ) -> Envelope:
        """Give the envelope of an amendment: that of what it is about, with a day of its own."""
        envelope = about.envelope
        decided = self.dates[slot.occurred]
        number = f"{mark}〔{decided.year}〕{slot.number}{slot.bits % 1000:03}号" if mark else ""
        return msgspec.structs.replace(
            envelope,
            event_id="",
            document_no=number,
            occurred_on=decided,
            published_on=self.dates[slot.recorded] if slot.bits >> 48 & 1 else None,
            legal_basis=basis or envelope.legal_basis,
        )

    def replying(self, slot: HistorySlot, about: Event, form: DocumentForm) -> Envelope:
        """Give the envelope of what another department says of a record."""
        return msgspec.structs.replace(
            self.amending(slot, about, mark=form.mark, basis=form.legal_basis),
            department=form.department,
            authority=None,
            category=form.category,
            source=form.source,
            disclosure=form.disclosure,
        )

    def not_before(self, slot: HistorySlot, about: Event) -> HistorySlot:
        """Give the slot with its decision not before that of what it is about."""
        before = about.envelope.occurred_on or about.envelope.published_on
        if before is None or before <= self.dates[slot.occurred]:
            return slot
        return slot._replace(occurred=min((before - self.dates[0]).days, slot.recorded))

    def identified(self, event: _About) -> _About:
        """Put in the id, which for an amendment follows from its whole content."""
        envelope: Any = event.envelope
        number = sha256(content(event)).hexdigest()
        named = made_id(
            self._platform, envelope.department, event_type(event), number, envelope.subject_id
        )
        envelope = msgspec.structs.replace(envelope, event_id=named)
        return msgspec.structs.replace(event, envelope=envelope)

    def day(self, slot: HistorySlot) -> date:
        """Give the day of the decision."""
        return self.dates[slot.occurred]

    def after(self, slot: HistorySlot, days: int) -> date:
        """Give a day so many days after the decision; it may lie ahead of all that happened."""
        return self.dates[slot.occurred] + timedelta(days)

    def number(self, slot: HistorySlot, mark: str) -> str:
        """Give the number of a document; no other of the same subject has this number."""
        subject = slot.subject
        year = self.dates[slot.occurred].year
        return f"{subject.city[0]}{mark}〔{year}〕{slot.number}{slot.bits % 1000:03}号"

    def case(self, slot: HistorySlot, mark: str) -> str:
        """Give the number of a case, after the court of the subject's county."""
        subject = slot.subject
        year = self.dates[slot.occurred].year
        court = subject.region[2:]
        return f"（{year}）浙{court}{mark}{slot.number}{slot.bits % 1000:03}号"
