"""Who asked of a subject, when, as what and why: shown to the subject itself, and to auditors."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from events.envelope import CHINA
from events.rules.access import Gives, Role, View, load_access_policy
from events.rules.rulebook import load_rulebook
from projections.access.asker import RefusalCode
from projections.access.inquiry import ANSWERED
from projections.store.control.inquiries import inquiries_of, reports_given

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.responses import Response

    from ops.pages.frame import Frame
    from ops.pages.opened import PageAsked
    from ops.pages.shared import SharedByPages
    from projections.access.inquiry import Inquiry

SHOWN_MAX: Final = 100
_TOOL: Final = "credit-ledger"
_HOOK: Final = "webhook"
_AT_THE_COMMAND_LINE: Final = f"{_TOOL} report"
_GIVEN_BY_VERBS: Final[Mapping[str, Gives]] = {
    **dict.fromkeys(("profile", "reported"), Gives.PROFILE),
    **dict.fromkeys(("history", "state", "compare", "check", "prove", "parked"), Gives.HISTORY),
    "cases": Gives.CASES,
    "hint": Gives.CONCLUSIONS,
    "evaluation": Gives.CONCLUSIONS,
    "report": Gives.REPORT,
    "find": Gives.FIND,
    "findings": Gives.FIND,
    "firms": Gives.FIRMS,
    "reviews": Gives.REVIEWS,
    "analysis": Gives.ANALYSIS,
    "watch": Gives.WARNINGS,
    "waits": Gives.DUTIES,
    "receipt": Gives.DUTIES,
    "inquiries": Gives.INQUIRIES,
    "erase": Gives.ERASURES,
    "acknowledge": Gives.LOCAL_ACTS,
    "submit": Gives.LOCAL_ACTS,
}
"""What the verbs give that are asked about subjects: an inquiry names the verb."""
_REFUSALS: Final = frozenset(RefusalCode)


class InquiryTold(NamedTuple):
    """An inquiry in words: when, who, as what, for what and by which basis, what came of it."""

    at: datetime
    who: str
    role: str
    purpose: str
    basis: str | None
    question: str
    outcome: str


async def own_inquiries(asked: PageAsked) -> Response:
    """Answer who asked of the subject that is signed in."""
    subject, service, today = asked.own_subject(), asked.service, asked.service.today()
    platform = asked.said("platform")
    await service.ask(service.gate.catch_up, platform)
    gives: Mapping[str, Gives] = asked.request.state.shared.gives
    reports: int = await service.ask(
        reports_given,
        *(platform, subject),
        [_AT_THE_COMMAND_LINE, *(each for each, given in gives.items() if given is Gives.REPORT)],
        *(datetime(today.year + years, 1, 1, tzinfo=CHINA) for years in (0, 1)),
    )
    return await _told(asked, subject, "me", (today.year, reports))


async def inquiries_page(asked: PageAsked) -> Response:
    """Answer who asked of a subject."""
    await asked.service.ask(asked.service.gate.catch_up, asked.said("platform"))
    return await _told(asked, asked.said("subject"), None)


async def _told(
    asked: PageAsked, subject: str, current: str | None, reports: tuple[int, int] | None = None
) -> Response:
    service, platform = asked.service, asked.said("platform")
    found: list[Inquiry] = await service.ask(
        inquiries_of,
        platform,
        subject,
        limit=SHOWN_MAX + 1,
        seen_at=service.now() if asked.permit.view is View.OWN else None,
    )
    frame = asked.frame
    return frame.render(
        "inquiries.html",
        current=current,
        subject=subject,
        inquiries=[told(frame, each) for each in found[:SHOWN_MAX]],
        more=len(found) > SHOWN_MAX,
        shown_max=SHOWN_MAX,
        reports=reports,
    )


def told(frame: Frame, inquiry: Inquiry) -> InquiryTold:
    """Tell an inquiry in the language of the page."""
    # Whose key is the subject's own says no more by its code.
    is_own = inquiry.role == Role.SUBJECT and inquiry.organisation in inquiry.subjects
    who = "" if is_own else inquiry.organisation or ""
    if inquiry.role == Role.DEPARTMENT and load_rulebook().department(who) is not None:
        who = frame.naming.department(who)
    if inquiry.role == Role.REGION and who:
        who = frame.place(who, inquiry.at.astimezone(CHINA).date())
    outcome = inquiry.outcome
    if outcome in _REFUSALS:
        said = f"{frame.page('was_refused')} ({frame.terms.of('refused', outcome)})"
    else:
        is_given = outcome in ANSWERED
        said = frame.page("was_answered" if is_given else "was_nothing")
    return InquiryTold(
        inquiry.at.astimezone(CHINA),
        " · ".join(each for each in (who, inquiry.person) if each),
        frame.terms.of("asker_role", inquiry.role),
        purpose_named(frame, inquiry.purpose),
        inquiry.basis,
        question_named(frame, inquiry.question),
        said,
    )


def question_named(frame: Frame, question: str) -> str:
    """Name what was asked for, by what it gives; of a question that is no more, as it was asked."""
    shared: SharedByPages = frame.request.state.shared
    gives = shared.gives.get(question)
    tool, _, verb = question.partition(" ")
    if tool == _TOOL:
        gives = _GIVEN_BY_VERBS.get(verb.split(" ")[0])
    elif tool == _HOOK:
        gives = Gives.WARNINGS
    return question if gives is None else frame.terms.of("gives", gives)


def purpose_named(frame: Frame, code: str | None) -> str:
    """Name a purpose."""
    row = next((each for each in load_access_policy().purposes if each.code == code), None)
    return frame.page("purpose_none") if row is None else frame.terms.name(row, row.code)
