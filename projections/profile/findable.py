"""Who may find a subject by a record: whoever may see that record today, and nobody else. Pure.

A public look-up must not tell by a detour what the disclosure rules have taken down. So each hit is
decided by the record that it rests on, as it stands now: a record that is no longer published, one
that was revoked, and a text that was corrected away lead the public nowhere. What a register
says of a firm is public for as long as it stands (企业信息公示暂行条例 art. 6).
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from events.envelope import Disclosure
from events.identifiers import is_person_token
from events.types.relation import SubjectMerged
from events.types.subject import SubjectChanged, SubjectRegistered
from projections.profile.tallies import shown_tallies
from projections.record.building import to_matter
from projections.record.credit_record import Kind
from projections.record.handles import BATCH, NAME, PRODUCT, name_key

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from events.envelope import Envelope
    from projections.calendar.rules import RulesOfDay
    from projections.profile.shapes import Profile, Shown, ShownRecord
    from projections.record.credit_record import Fact
    from projections.record.entry import Entry
    from projections.record.handles import Handle


class Reader(StrEnum):
    """For whom is looked up: anybody, or an authority that is given what is shared (政府共享)."""

    PUBLIC = "public"
    SHARED = "shared"


class FoundRecord(msgspec.Struct, frozen=True):
    """A record that led to the subject: by what kind of text, as written there, and which it is.

    Of the subject's own code there is none: then all but `by` and `text` is None.
    """

    by: str
    text: str
    event_id: str | None = None
    type: str | None = None
    category: str | None = None
    department: str | None = None
    document_no: str | None = None
    day: date | None = None
    said: dict[str, Any] = {}


class FoundSubject(msgspec.Struct, frozen=True):
    """A subject, its name of today, and the records that led to it.

    Of a person no name is told but that on a record found. `merged_into` is under what the subject
    goes on, None where it goes on itself.
    """

    subject_id: str
    name: str | None
    status: str | None
    merged_into: str | None
    records: tuple[FoundRecord, ...]


class WhoItIs(NamedTuple):
    """Who a subject is, by what its reader may see of registers and records; None is unknown."""

    name: str | None
    kind: str | None
    status: str | None
    merged_into: str | None


_PUBLIC: Final = Reader.PUBLIC


class Findable:
    """The records of a subject as they stand on a day, to one class of reader."""

    def __init__(self, profile: Profile, rules: RulesOfDay, reader: Reader) -> None:
        """Take the profile as assessed on the day of the rules."""
        self._profile = profile
        self._rules = rules
        self._reader = reader
        self._records: Mapping[str, ShownRecord] = {r.event_id: r for r in profile.records}

    def shows(self, entry: Entry) -> bool:
        """Say whether the reader may see the record of an entry."""
        if entry.annulled:
            return False
        record = self._records.get(entry.event.envelope.event_id)
        if record is not None:
            return self._sees(record.shown)
        if to_matter(entry) is not None:
            return False  # Of another writing of a number, whose record stands under its first.
        envelope = entry.event.envelope
        if isinstance(entry.event, (SubjectRegistered, SubjectChanged)):
            return self._sees_facts(envelope)
        kind = Kind(
            type(entry.event).__name__, envelope.category, envelope.disclosure, entry.ended_on
        )
        whose = shown_tallies(kind, self._rules)
        since = whose.public_since if self._reader is _PUBLIC else whose.shared_since
        return entry.clock.day.toordinal() >= since

    def shows_any(self) -> bool:
        """Say whether the reader may see anything that counts in the profile."""
        counts = self._profile.categories.values()
        return any((c.public if self._reader is _PUBLIC else c.shared) > 0 for c in counts)

    def identity(self, facts: Sequence[Fact]) -> WhoItIs:
        """Say who the subject is, by the facts shown, the latest last, and the records shown."""
        records = [each for each in self._profile.records if self._sees(each.shown)]
        on = self._rules.on
        into = [
            each.details.get("into")
            for each in records
            if each.type == SubjectMerged.__name__ and each.day <= on
        ]
        return WhoItIs(
            name_shown(facts, records),
            _last(facts, "kind"),
            _last(facts, "status"),
            into[-1] if into else None,
        )

    def named_by(self, handles: Sequence[Handle]) -> list[tuple[Handle, ShownRecord]]:
        """Give the records that bear one of these names where the reader sees them, one a name."""
        naming: dict[Handle, ShownRecord] = {}
        names = {key: (kind, key) for kind, key in handles if kind == NAME}
        for record in self._profile.records if names else ():
            named = None if record.name is None else names.get(name_key(record.name))
            if named is not None and self._sees(record.shown):
                naming.setdefault(named, record)
        return list(naming.items())

    def _sees_facts(self, envelope: Envelope) -> bool:
        """Say so of what a register says, which no period ends; a person's is never public."""
        if self._reader is _PUBLIC:
            is_public = envelope.disclosure is Disclosure.PUBLIC
            return is_public and not is_person_token(envelope.subject_id)
        return envelope.disclosure is not Disclosure.AUTHORISED

    def _sees(self, who: Shown) -> bool:
        return who.public if self._reader is _PUBLIC else who.shared


def found_subject(
    subject_id: str, identity: WhoItIs, records: tuple[FoundRecord, ...]
) -> FoundSubject:
    """Put together what is told of a subject; of a person no name but that on a record found."""
    name = identity.name
    if is_person_token(subject_id):
        name = next((each.text for each in records if each.by == NAME), None)
    return FoundSubject(subject_id, name, identity.status, identity.merged_into, records)


def name_shown(facts: Sequence[Fact], records: Sequence[ShownRecord]) -> str | None:
    """Give the name last registered, else the one on most of the records, of those shown."""
    for fact in reversed(facts):
        if fact.name is not None:
            return fact.name
    names = [record.name for record in records if record.name is not None]
    return min(names, key=lambda name: (-names.count(name), name)) if names else None


def _last(facts: Sequence[Fact], field: str) -> str | None:
    said = (getattr(fact, field) for fact in reversed(facts))
    return next((str(each) for each in said if each is not None), None)


_SAID: Final = ("result", "item", "product", "batch_no", "risk", "level", "status")


def found_record(kind: str, text: str, entry: Entry) -> FoundRecord:
    """Put together what is told of a record that leads to its subject."""
    envelope = entry.event.envelope
    said = {
        name: value
        for name in _SAID
        if kind in (PRODUCT, BATCH) and (value := getattr(entry.event, name, None)) is not None
    }
    return FoundRecord(
        kind,
        text,
        envelope.event_id,
        type(entry.event).__name__,
        envelope.category,
        envelope.department,
        envelope.document_no or None,
        entry.clock.day,
        said,
    )
