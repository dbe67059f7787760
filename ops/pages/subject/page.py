"""A subject as its reader may see it: what the decision gives, in the view that it gives.

The public is shown what is published; an authority, what is shared with it and what follows from
that; the subject itself and auditors, all of it, with what every conclusion rests on (PIPL 24).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from events.envelope import Platform
from events.rules.access import Role, View
from events.rules.rulebook import load_rulebook
from ops.evidence.pages.parts import parts_of
from ops.pages.asking import page_within
from ops.pages.notice import days_told
from ops.pages.parts import ToldSection, sections
from ops.pages.signing_in import session_form
from ops.terms.naming import Naming
from ops.terms.terms import all_terms
from ops.told.profile import concluded, counted
from ops.told.record import beside
from projections.access.shapes import DisclosedProfile, SharedProfile
from projections.access.views import disclosed_profile
from projections.http.asking import parameters as p
from projections.http.asking.forms import NumberForm
from projections.http.asking.parameter import Parameter
from projections.http.errors import NothingRecordedError
from projections.http.subjects import nothing_to_show
from projections.profile.archive import narrowed, selection
from projections.queries.disclosed.published import days_of_records
from projections.queries.disclosed.subject import disclosed
from projections.queries.subject.profile import ProfileAnswer, answer_profile

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from rich.console import RenderableType
    from starlette.responses import Response

    from ops.pages.frame import Frame
    from ops.pages.opened import PageAsked
    from projections.access.shapes import DisclosedRecord
    from projections.profile.archive import Selection
    from projections.queries.subject.profile import ParkedNow
    from projections.store.live import Place

RECORDS_OF_PAGE: Final = 100
PAGE: Final = Parameter("page", NumberForm(1, 10_000), "Which page of records.", absent=1)
_WHOLE: Final = frozenset({View.OWN, View.WHOLE})


class _Shown(NamedTuple):
    """What is shown of a subject; `beside` is what stands beside records, by their ids.

    `place` is told to who may see all: to others it would tell of what they may not see.
    """

    profile: DisclosedProfile
    name: str | None
    status: str | None
    concluded: list[ToldSection]
    beside: Mapping[str, Sequence[str]]
    parked: ParkedNow | None
    place: Place | None


async def subject_page(asked: PageAsked) -> Response:
    """Answer what its reader may see of a subject."""
    return await _told(asked, asked.said("subject"), None)


async def me_page(asked: PageAsked) -> Response:
    """Answer all that is kept of the subject that is signed in."""
    return await _told(asked, asked.own_subject(), "me")


async def _told(asked: PageAsked, subject: str, current: str | None) -> Response:
    view, platform = asked.permit.view, asked.said("platform")
    kept = selection(
        load_rulebook(),
        platform,
        asked.service.today(),
        archive=asked[p.ARCHIVE],
        profession=asked[p.PROFESSION],
    )
    shown = await (_whole if view in _WHOLE else _in_part)(asked, platform, subject, kept)
    records = shown.profile.records
    number = page_within(asked[PAGE], RECORDS_OF_PAGE, len(records))
    order = {kind: place for place, kind in enumerate(all_terms()["event_type"])}
    records.sort(key=lambda each: order.get(each.type, len(order)))
    first = (number - 1) * RECORDS_OF_PAGE
    page = records[first : first + RECORDS_OF_PAGE]
    said = await asked.service.ask(
        days_of_records, platform, subject, [each.event_id for each in page]
    )
    frame = asked.framed(records)
    roles = {each.role for each in asked.signed_in.askers} if asked.signed_in else set()
    return frame.render(
        "subject.html",
        current=current,
        subject=subject,
        name=shown.name,
        registered_as=shown.status,
        view=view,
        is_person=platform is Platform.PERSON,
        groups=_groups(frame, page),
        shown=len(page),
        records=len(records),
        next=frame.here(page=number + 1) if first + RECORDS_OF_PAGE < len(records) else None,
        days={each.event_id: days_told(each, said) for each in page},
        beside=shown.beside,
        concluded=shown.concluded if number == 1 else [],
        parked=shown.parked,
        stands_at=shown.place,
        may_trace=view in _WHOLE,
        may_audit=Role.AUDITOR in roles,
        session=session_form(frame) if view is View.PUBLIC else None,
        archive=None if kept is None else kept.code,
        archives=_archives(frame, platform, asked.service.today()),
    )


def _groups(
    frame: Frame, page: Sequence[DisclosedRecord]
) -> list[tuple[str, Sequence[DisclosedRecord]]]:
    kinds = dict.fromkeys(each.type for each in page)
    return [
        (frame.terms.of("event_type", kind), [each for each in page if each.type == kind])
        for kind in kinds
    ]


def _archives(frame: Frame, platform: Platform, on: date) -> list[tuple[str, str]]:
    """Give the archives (信用档案) that a subject of a platform has on a day, by code and name."""
    return [
        (row.code, frame.terms.name(row, row.code))
        for row in load_rulebook().archives.values()
        if platform in row.platforms and row.in_force(on)
    ]


async def _in_part(
    asked: PageAsked, platform: Platform, subject: str, kept: Selection | None
) -> _Shown:
    """Give the view of the public, of an agency, or of an authority."""
    found = await _disclosed(asked, platform, subject, kept)
    if found is None and kept is not None:
        # Of what is shown of it nothing belongs to the archive.
        whole = await _disclosed(asked, platform, subject, None)
        found = None if whole is None else _nothing_of(whole)
    if found is None:
        raise nothing_to_show(asked)
    told: list[ToldSection] = []
    if isinstance(found, SharedProfile):
        naming = Naming(asked.frame.terms, load_rulebook(), None, found.records)
        told = sections(concluded(found, found.memberships, None, naming))
    return _Shown(found, found.name, found.status, told, {}, None, None)


def _nothing_of(shown: DisclosedProfile) -> DisclosedProfile:
    """Give what is left of a subject in an archive to which nothing of it belongs."""
    same = (shown.view, shown.platform, shown.subject_id, shown.on, shown.name, shown.status)
    return DisclosedProfile(*same, {}, [], [])


async def _disclosed(
    asked: PageAsked, platform: Platform, subject: str, kept: Selection | None
) -> DisclosedProfile | None:
    service, permit = asked.service, asked.permit
    found: DisclosedProfile | None = await service.ask(
        disclosed,
        *(platform, subject, service.today(), service.calendar, permit.view),
        department=permit.department,
        selection=kept,
    )
    return found


async def _whole(
    asked: PageAsked, platform: Platform, subject: str, kept: Selection | None
) -> _Shown:
    """Give all of it, as the subject itself and auditors see it."""
    service = asked.service
    answer: ProfileAnswer | None = await service.ask(
        answer_profile, platform, subject, service.today(), service.calendar
    )
    if answer is None:
        raise NothingRecordedError
    if kept is not None:
        part = narrowed(answer.profile, kept, load_rulebook())
        answer = msgspec.structs.replace(answer, profile=part)
    profile = answer.profile
    naming = Naming(asked.frame.terms, load_rulebook(), profile)
    found = disclosed_profile(
        *(profile, (), View.OWN),
        platform=platform,
        subject_id=subject,
        on=service.today(),
    )
    if found is None and kept is None:
        raise NothingRecordedError
    if found is None:
        about = (View.OWN, platform, subject, service.today(), profile.name, profile.status)
        found = DisclosedProfile(*about, {}, [], [])
    return _Shown(
        found,
        profile.name,
        profile.status,
        sections(_concluded(answer, naming)),
        {each.event_id: _lines(beside(each, naming)) for each in profile.records},
        answer.parked,
        answer.place,
    )


def _concluded(answer: ProfileAnswer, naming: Naming) -> Iterator[tuple[str, RenderableType]]:
    profile = answer.profile
    if profile.categories:
        # Of what there may be very many, only this is kept: how many, and of how much.
        yield naming.terms.say("counts"), counted(profile, naming)
    yield from concluded(profile, profile.lists, answer.contagion, naming)


def _lines(told: Any) -> list[str]:
    parts: list[RenderableType] = list(told)
    return [line for each in parts for part in parts_of(each) for line in part.cells]
