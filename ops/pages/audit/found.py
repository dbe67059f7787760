"""One box: a code, the id of an event, a place of the ledger, a hash, a name or a number."""

from __future__ import annotations

import re
from datetime import date  # noqa: TC003 - a NamedTuple reads its hints
from typing import TYPE_CHECKING, Final, NamedTuple

from events.characters import plain as plain_text
from events.identifiers import credit_code_problem, is_person_token, normalise_code
from ops.pages.subject.inquiries import InquiryTold, told
from ops.told.event import event_named
from ops.told.places import place_told
from projections.as_of.question import moment_text
from projections.ledger.reading import read
from projections.profile.findable import Reader
from projections.queries.event_place import message_at, place_of_event
from projections.queries.finding import NothingSoughtError, PersonSoughtError, Sought, find
from projections.store.control.inquiries import inquiries_answered_by

if TYPE_CHECKING:
    from events.envelope import Platform
    from ops.pages.frame import Frame
    from ops.pages.opened import PageAsked
    from projections.access.inquiry import Inquiry
    from projections.queries.finding import FoundPage

FOUND_MAX: Final = 50
_PLACE: Final = re.compile(r"([0-9]{1,5})[:@]([0-9]{1,18})")
_EVENT: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_HASH: Final = re.compile(r"[0-9a-f]{64}")


class EventFound(NamedTuple):
    """An event: whose it is, where it stands, and what it says of itself."""

    subject_id: str
    place: str
    recorded_at: str
    event_type: str
    event_id: str | None
    department: str
    document_no: str
    occurred_on: date | None


class SubjectFound(NamedTuple):
    """A subject, and by what it was found."""

    subject_id: str
    name: str | None
    found_by: list[str]


class Found(NamedTuple):
    """What a text leads to: a subject's own page at once, or what is listed."""

    subject: str | None = None
    events: tuple[EventFound, ...] = ()
    subjects: tuple[SubjectFound, ...] = ()
    inquiries: tuple[InquiryTold, ...] = ()
    named: tuple[str, ...] = ()
    more: bool = False

    @property
    def is_nothing(self) -> bool:
        """Say whether it leads nowhere."""
        return not (self.subject or self.events or self.subjects or self.inquiries)


async def found(asked: PageAsked, platform: Platform, text: str) -> Found:
    """Find what a text leads to, by what it is."""
    plain = normalise_code(text)
    low = "".join(plain_text(text).split()).lower()
    if credit_code_problem(plain) is None:
        return Found(subject=plain)
    if is_person_token(text):
        return Found(subject=text)
    if match := _PLACE.fullmatch(low):
        return await _at(asked, platform, int(match[1]), int(match[2]))
    if _EVENT.fullmatch(low):
        place = await asked.service.ask_costly(place_of_event, platform, low)
        return Found() if place is None else await _at(asked, platform, *place[:2])
    if _HASH.fullmatch(low):
        return await _answered(asked, platform, low)
    return await _sought(asked, platform, text)


async def _at(asked: PageAsked, platform: Platform, partition: int, offset: int) -> Found:
    message = await asked.service.ask(message_at, platform, partition, offset)
    if message is None:
        return Found()
    item = read(message)
    frame, event = asked.frame, item.event
    about = None if event is None else event.envelope
    subject_id = message.key.decode()
    one = EventFound(
        subject_id,
        place_told(partition, offset),
        moment_text(message.recorded_ms),
        event_named(None if event is None else type(event).__name__, frame.terms),
        None if about is None else about.event_id,
        "" if about is None else frame.naming.department(about.department),
        "" if about is None else about.document_no,
        None if about is None else about.occurred_on,
    )
    return Found(events=(one,), named=(subject_id,))


async def _answered(asked: PageAsked, platform: Platform, digest: str) -> Found:
    """Find who was given the answer of a digest."""
    service = asked.service
    await service.ask(service.gate.catch_up, platform)
    inquiries: list[Inquiry] = await service.ask_costly(
        inquiries_answered_by, platform, digest, limit=FOUND_MAX + 1
    )
    shown = inquiries[:FOUND_MAX]
    named = dict.fromkeys(subject for each in shown for subject in each.subjects)
    return Found(
        inquiries=tuple(told(asked.frame, each) for each in shown),
        named=tuple(named),
        more=len(inquiries) > FOUND_MAX,
    )


async def _sought(asked: PageAsked, platform: Platform, text: str) -> Found:
    service = asked.service
    sought = Sought(reader=Reader.SHARED, on=service.today(), limit=FOUND_MAX)
    try:
        page: FoundPage = await service.ask(find, platform, text, sought, service.calendar)
    except (PersonSoughtError, NothingSoughtError):
        return Found()
    return Found(
        subjects=tuple(
            SubjectFound(
                each.subject_id, each.name, [_by(asked.frame, r.by, r.text) for r in each.records]
            )
            for each in page.found
        ),
        named=tuple(each.subject_id for each in page.found),
        more=page.next_after is not None,
    )


def _by(frame: Frame, kind: str, text: str) -> str:
    return f"{frame.terms.of('found_by', kind)}: {text}"
