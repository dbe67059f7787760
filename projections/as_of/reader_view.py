"""What a class of readers may see of a subject's events in full today, and their view of it. Pure.

The decision is that of the look-up and of the profile (`projections.access.views`): a record is
shown or not as it stands today, and with it the event that opened it. What was said about it later
is shown where it is itself as open as the reader needs; what a department reported itself, it sees
whatever became of it.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from events.envelope import Disclosure, Platform
from events.event import is_amendment
from events.rules.access import View
from projections.access.shapes import DisclosedProfile
from projections.access.views import disclosed_profile, sees
from projections.as_of.known_history import known_history, record_on
from projections.profile.findable import Findable, Reader
from projections.profile.profile import assess
from projections.record.chain import fold_chain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from events.event import Event
    from projections.as_of.question import Question
    from projections.calendar.rules import RuleCalendar
    from projections.ledger.message import Read
    from projections.profile.shapes import Profile
    from projections.record.credit_record import CreditRecord, Fact
    from projections.record.entry import Entry

WHOLE_VIEWS: Final = frozenset({View.OWN, View.WHOLE})
"""Whoever has one of these sees every event."""

_READERS: Final = {View.PUBLIC: Reader.PUBLIC, View.AGENCY: Reader.PUBLIC}


class SeenBy(NamedTuple):
    """For whom: the view, whose own reports are shared with it, and the day, which is today."""

    view: View
    on: date
    department: str | None = None


class StateShown(msgspec.Struct, frozen=True):
    """What stands in a report in the place of the state where its reader may not see all."""

    platform: Platform
    subject_id: str
    valid_on: date
    partition: int
    cut: int
    view: View
    shown: DisclosedProfile | None


def seen_by(
    items: Sequence[Read], question: Question, reader: SeenBy, calendar: RuleCalendar
) -> tuple[frozenset[int], DisclosedProfile | None]:
    """Give the offsets of the events that may be seen in full, and the view of the profile.

    `items` are all messages of the subject, in ledger order.
    """
    applied, chains, _ = known_history(items, calendar)
    if not applied:
        return frozenset(), None
    record, _ = record_on(chains, reader.on)
    profile = assess(record, calendar.on(reader.on).seen_from(reader.on))
    findable = Findable(profile, calendar.on(reader.on), _READERS.get(reader.view, Reader.SHARED))
    entries = {name: fold_chain(chain).entry for name, chain in chains.items()}
    shown = {n for n, e in entries.items() if e is not None and _sees(e, profile, findable, reader)}
    offsets = {
        known.offset
        for name, chain in chains.items()
        for known in chain
        if _is_own(known.event, reader) or (name in shown and _is_open(known.event, reader))
    }
    view = disclosed_profile(
        profile,
        _facts(record, shown),
        reader.view,
        platform=question.platform,
        subject_id=question.subject_id,
        on=reader.on,
        department=reader.department,
    )
    return frozenset(offsets), view


def _facts(record: CreditRecord, shown: set[str]) -> list[Fact]:
    facts = [fact for event_id, fact in record.facts.items() if event_id in shown]
    return sorted(facts, key=lambda fact: (fact.day, fact.offset))


def _sees(entry: Entry, profile: Profile, findable: Findable, reader: SeenBy) -> bool:
    event_id = entry.event.envelope.event_id
    record = next((each for each in profile.records if each.event_id == event_id), None)
    return findable.shows(entry) if record is None else sees(record.shown, reader.view)


def _is_own(event: Event, reader: SeenBy) -> bool:
    return reader.view is View.SHARED and event.envelope.department == reader.department


def _is_open(event: Event, reader: SeenBy) -> bool:
    if not is_amendment(event):
        return True
    if reader.view is View.SHARED:
        return event.envelope.disclosure is not Disclosure.AUTHORISED
    if reader.view is View.AGENCY:  # By contract: what is public, and what the subject authorises.
        return event.envelope.disclosure is not Disclosure.SHARED
    return event.envelope.disclosure is Disclosure.PUBLIC
