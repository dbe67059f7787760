"""A subject's timeline, with a crosshair: valid on one day, as known by another; in words below."""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING, Final

from events.envelope import CHINA
from ops.pages.asking import as_meant
from ops.pages.frame import moment_told
from ops.pages.timeline.drawing import WIDTH, drawn
from projections.as_of.question import Question, ms_of
from projections.http.asking import parameters as p
from projections.http.asking.forms import Form
from projections.http.asking.parameter import optional
from projections.http.asking.time_forms import DayForm, MomentForm
from projections.http.errors import NothingRecordedError
from projections.queries.subject.timeline import TimelineRead, read_timeline

if TYPE_CHECKING:
    from starlette.responses import Response

    from ops.pages.frame import Frame
    from ops.pages.opened import PageAsked
    from projections.http.asking.forms import Around

STRIPS_OF_PAGE: Final = 50


class KnownForm(Form[datetime]):
    """A day, of which the end counts, or a moment."""

    def read(self, text: str, around: Around) -> datetime:
        """Read it; of today what is known by now counts."""
        if ":" in text:
            return MomentForm().read(text, around)
        form = DayForm(ahead=0)
        day = form.read(as_meant(form, text), around)
        return min(datetime.combine(day, time.max, CHINA), around.now)


def known_told(frame: Frame, known_at: datetime | None, text: str | None) -> str:
    """Say by when was known: all of a day, a moment where one is asked for, or now."""
    if known_at is None or text is None:
        return frame.page("known_now")
    at = moment_told(known_at) if ":" in text else str(known_at.date())
    return frame.page("known_by", at=at)


KNOWN: Final = optional("known_at", KnownForm(), "As known by the end of this day.")


async def timeline_page(asked: PageAsked) -> Response:
    """Answer the timeline, and what held at the crosshair."""
    service, today = asked.service, asked.service.today()
    valid_on, known_at = asked[p.VALID_ON] or today, asked[KNOWN] or service.now()
    question = Question(
        platform=asked[p.PLATFORM],
        subject_id=asked[p.SUBJECT],
        valid_on=valid_on,
        known_at_ms=ms_of(known_at),
    )
    found: TimelineRead = await asked.ask(
        read_timeline, question, service.calendar, service.histories
    )
    if not found.known:
        raise NothingRecordedError
    profile = found.state.profile
    drawing = drawn(found.stretches, valid_on, ms_of(known_at), today)
    frame = asked.framed([] if profile is None else profile.records)
    return frame.render(
        "timeline.html",
        current=None,
        subject=asked[p.SUBJECT],
        name=None if profile is None else profile.name,
        drawing=drawing._replace(strips=drawing.strips[:STRIPS_OF_PAGE]),
        strips=len(drawing.strips),
        width=WIDTH,
        held=[] if profile is None else profile.records,
        events=len(found.state.events),
        partition=found.state.partition,
        cut=found.state.cut,
        rules_on=found.state.rules_on,
        parked=found.state.parked,
        valid_on=valid_on,
        known_on=known_at.date(),
        known_told=known_told(frame, asked[KNOWN], asked.given.get(KNOWN.name)),
    )
