"""What all records share: their envelope, their number, and the id that follows from both."""

from __future__ import annotations

from hashlib import sha1
from typing import TYPE_CHECKING, Final

from events.envelope import Disclosure, Envelope, Platform, Source
from events.identity import NAMESPACE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from ops.generator.slots import Slot

_UNKNOWN_DATE_OF_1000: Final = 6
_SHARED_OF_1000: Final = 20
_NAMESPACE: Final = NAMESPACE.bytes
_PLATFORM: Final = Platform.ORGANISATION.value
_VERSION_MASK: Final = ~(0xF << 76 | 0x3 << 62)
_VERSION_BITS: Final = 0x5 << 76 | 0x2 << 62


def derived_id(
    department: str, event_type: str, number: str, subject_id: str, item_no: int = 1
) -> str:
    """Give the same id as `events.identity`, at a third of the time: this is called per event."""
    text = f"{_PLATFORM}\x1f{department}\x1f{event_type}\x1f{number}\x1f{subject_id}\x1f{item_no}"
    digest = sha1(_NAMESPACE + text.encode(), usedforsecurity=False).digest()
    bits = int.from_bytes(digest[:16], "big") & _VERSION_MASK | _VERSION_BITS
    digits = f"{bits:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


class Envelopes:
    """Makes envelopes and document numbers; a few decisions have no known date."""

    def __init__(self, dates: Sequence[date]) -> None:
        """Take the dates of the days, counted from 0."""
        self.dates = dates

    def envelope(
        self,
        slot: Slot,
        event_type: str,
        *,
        department: str,
        category: str,
        document_no: str,
        legal_basis: str,
        authority: str | None = None,
        source: Source = Source.DEPARTMENT,
        disclosure: Disclosure = Disclosure.PUBLIC,
        date_known: bool = False,
    ) -> Envelope:
        """Give the envelope of the record that a slot opens."""
        subject, bits = slot.subject, slot.bits >> 32
        known = date_known or (bits >> 4) % 1000 >= _UNKNOWN_DATE_OF_1000
        published = min(slot.recorded, slot.occurred + (bits & 0x7))
        if disclosure is Disclosure.PUBLIC and (bits >> 14) % 1000 < _SHARED_OF_1000:
            disclosure = Disclosure.SHARED
        return Envelope(
            derived_id(department, event_type, document_no, subject.id),
            subject.id,
            subject.name_at(slot.number),
            department,
            authority,
            subject.region,
            category,
            document_no,
            1,
            self.dates[slot.occurred] if known else None,
            self.dates[published] if bits & 0x8 or not known else None,
            None,
            legal_basis,
            disclosure,
            source,
        )

    def number(self, slot: Slot, mark: str) -> str:
        """Give the number of a document; no other of the same subject has this number."""
        subject = slot.subject
        year = self.dates[slot.occurred].year
        return f"{subject.city[0]}{mark}〔{year}〕{slot.number}{slot.bits % 1000:03}号"

    def case(self, slot: Slot, mark: str) -> str:
        """Give the number of a case, after the court of the subject's county."""
        subject = slot.subject
        year = self.dates[slot.occurred].year
        court = subject.region[2:]
        return f"（{year}）浙{court}{mark}{slot.number}{slot.bits % 1000:03}号"
