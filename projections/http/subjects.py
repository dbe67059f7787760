"""What is asked of one subject: profile, hint, history, state, court cases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from events.rules.access import View
from projections.access.asker import RefusalCode
from projections.access.inquiry import seen_of
from projections.access.shapes import DisclosedCases
from projections.as_of.question import Question, ms_of
from projections.http.asking import parameters as p
from projections.http.asking.asked import json_answer, told_final
from projections.http.door.refusal import NotGivenError
from projections.http.errors import BadRequestError, NothingRecordedError
from projections.http.words import Words
from projections.profile.archive import selection
from projections.queries.disclosed.subject import disclosed, disclosed_cases
from projections.queries.region_now import DayPassedError
from projections.queries.subject import views
from projections.queries.subject.cases import answer_cases
from projections.queries.subject.history import history as history_page
from projections.queries.subject.profile import ProfileAnswer, answer_profile
from projections.queries.subject.state import answer_state
from projections.store.control.inquiries import inquiries_of

if TYPE_CHECKING:
    from starlette.responses import Response

    from projections.access.inquiry import Inquiry
    from projections.access.shapes import DisclosedProfile
    from projections.http.asking.asked import Asked
    from projections.profile.archive import Selection


async def _profile(asked: Asked) -> ProfileAnswer:
    """Ask for the profile of the subject, today or on the day asked for, which has not passed."""
    service, on = asked.service, asked[p.ON]
    found: ProfileAnswer | None = await asked.ask(
        answer_profile,
        asked[p.PLATFORM],
        asked[p.SUBJECT],
        on or service.today(),
        service.calendar,
    )
    if found is None:
        raise NothingRecordedError
    stands_on = found.profile.assessed_on
    if on is not None and stands_on > on:
        raise DayPassedError(f"the profile stands at {stands_on} already, not at {on}")
    return found


WHOLE: Final = frozenset({View.OWN, View.WHOLE})


async def _disclosed(asked: Asked, selection: Selection | None) -> DisclosedProfile:
    """Ask for a view of the subject today; of another day none is made."""
    service, today = asked.service, asked.service.today()
    if asked[p.ON] not in (None, today):
        rule = Words("today: what is shown is shown today", "仅可查询今日：披露以当日为准")
        raise BadRequestError("on", str(asked[p.ON]), rule)
    found: DisclosedProfile | None = await asked.ask(
        disclosed,
        asked[p.PLATFORM],
        asked[p.SUBJECT],
        today,
        service.calendar,
        asked.permit.view,
        department=asked.permit.department,
        selection=selection,
    )
    if found is None:
        raise nothing_to_show(asked)
    return found


async def profile(asked: Asked) -> Response:
    """Answer the current profile of a subject, whole or narrowed to an archive."""
    service = asked.service
    view = selection(
        service.calendar.rulebook,
        asked[p.PLATFORM],
        asked[p.ON] or service.today(),
        archive=asked[p.ARCHIVE],
        domain=asked[p.DOMAIN],
        profession=asked[p.PROFESSION],
        publication=asked[p.PUBLICATION],
    )
    if asked.permit.view not in WHOLE:
        return json_answer(await _disclosed(asked, view))
    answer = await _profile(asked)
    return json_answer(answer if view is None else views.archive(answer, view, service.calendar))


async def hint(asked: Asked) -> Response:
    """Answer the composite hint of a subject, with the versions of the models that it rests on."""
    return json_answer(views.hint(await _profile(asked), asked.service.calendar))


async def history(asked: Asked) -> Response:
    """Answer every event of a subject, in ledger order, page by page."""
    page = await asked.ask(
        history_page,
        asked[p.PLATFORM],
        asked[p.SUBJECT],
        cut=asked[p.CUT],
        limit=asked[p.LIMIT],
        after=asked[p.AFTER_OFFSET],
    )
    if page is None:
        raise NothingRecordedError
    return json_answer(page, headers=asked.next_link(page.next_after))


async def state(asked: Asked) -> Response:
    """Answer a subject's state valid on a day, as known at a moment or a cut.

    Final is only what nothing can change: the day was named and has passed, no event
    can come in before the cut any more, and the rules are those of that day.
    """
    today, valid_on, known_at = asked.service.today(), asked[p.VALID_ON], asked[p.KNOWN_AT]
    if known_at is not None and asked[p.CUT] is not None:
        rule = Words("a moment or a cut, not both", "known_at 与 cut 只可给出其一")
        raise BadRequestError("cut", "(beside known_at)", rule)
    by_rules_of_today = asked[p.RULES] is p.RulesOf.TODAY
    question = Question(
        platform=asked[p.PLATFORM],
        subject_id=asked[p.SUBJECT],
        valid_on=valid_on or today,
        cut=asked[p.CUT],
        known_at_ms=None if known_at is None else ms_of(known_at),
        rules_on=today if by_rules_of_today else None,
    )
    service = asked.service
    answer: Any = await asked.ask(answer_state, question, service.calendar, service.histories)
    has_passed = valid_on is not None and valid_on < today
    final = answer.final and has_passed and not by_rules_of_today
    return json_answer(answer.body, headers=told_final(final=final))


async def cases(asked: Asked) -> Response:
    """Answer the court cases of a subject, the stages of each chained by number."""
    service = asked.service
    if asked.permit.view not in WHOLE:
        return json_answer(await _disclosed_cases(asked))
    answer = await asked.ask(
        answer_cases,
        asked[p.PLATFORM],
        asked[p.SUBJECT],
        asked[p.CASES_ON] or service.today(),
        service.calendar,
        service.histories,
    )
    if answer is None:
        raise NothingRecordedError
    return json_answer(answer)


async def inquiries(asked: Asked) -> Response:
    """Answer who asked of a subject, the newest first; itself sees what is visible by now."""
    platform, service = asked[p.PLATFORM], asked.service
    await asked.ask(service.gate.catch_up, platform)
    found: list[Inquiry] = await asked.ask(
        inquiries_of,
        platform,
        asked[p.SUBJECT],
        limit=asked[p.LIMIT],
        seen_at=service.now() if asked.permit.view is View.OWN else None,
    )
    return json_answer([seen_of(each) for each in found])


async def _disclosed_cases(asked: Asked) -> DisclosedCases:
    """Ask for the stages that the reader may see today."""
    service, today = asked.service, asked.service.today()
    if asked[p.CASES_ON] not in (None, today):
        rule = Words("today: what is shown is shown today", "仅可查询今日：披露以当日为准")
        raise BadRequestError("on", str(asked[p.CASES_ON]), rule)
    found = await asked.ask(
        disclosed_cases,
        asked[p.PLATFORM],
        asked[p.SUBJECT],
        today,
        service.calendar,
        service.histories,
        asked.permit.view,
    )
    if found is None:
        raise nothing_to_show(asked)
    return DisclosedCases(
        asked.permit.view, asked[p.PLATFORM], asked[p.SUBJECT], today, tuple(found)
    )


def nothing_to_show(asked: Asked) -> NotGivenError:
    """Give the one answer of a subject that is unknown, and of one of which nothing is shown."""
    return NotGivenError(RefusalCode.NOTHING_PUBLIC, asked.permit.rule)
