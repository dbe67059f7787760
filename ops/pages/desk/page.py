"""The desk: what waits for a department, its last reports, forms, a place to drop a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from events.envelope import Platform
from events.rules.access import Role
from events.rules.rulebook import load_rulebook
from ops.pages.asking import page_within
from projections.access.asker import RefusalCode
from projections.http.asking.forms import NumberForm
from projections.http.asking.parameter import Parameter
from projections.http.door.refusal import NotGivenError
from projections.queries.waiting import Waiting, waiting
from projections.store.control.receipts import Kept, count_receipts, list_receipts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.responses import Response

    from ops.pages.asking import FieldProblem
    from ops.pages.frame import Frame
    from ops.pages.opened import PageAsked

RECEIPTS_SHOWN: Final = 20
WAITING_SHOWN: Final = 100


WAITING_PAGE: Final = Parameter("waiting", NumberForm(1, 10_000), "Which page of what waits.", 1)
REPORTS_PAGE: Final = Parameter("reports", NumberForm(1, 10_000), "Which page of reports.", 1)


async def desk_page(asked: PageAsked) -> Response:
    """Answer the desk of the department that is signed in."""
    return await told_desk(asked, of_waiting=asked[WAITING_PAGE], of_reports=asked[REPORTS_PAGE])


async def told_desk(
    asked: PageAsked,
    problems: Sequence[FieldProblem] = (),
    *,
    of_waiting: int = 1,
    of_reports: int = 1,
) -> Response:
    """Answer the desk, with what is wrong with what was sent; of what is long, a page."""
    service, frame, own = asked.service, asked.frame, asked.own(Role.DEPARTMENT)
    today = service.today()
    if own is None:
        raise NotGivenError(RefusalCode.NOT_OWN, asked.permit.rule)
    waits: list[Waiting] = []
    for platform in Platform:
        waits += await service.ask(waiting, platform, own, today)
    reports: int = await service.ask(count_receipts, own)
    of_reports = page_within(of_reports, RECEIPTS_SHOWN, reports)
    before = (of_reports - 1) * RECEIPTS_SHOWN
    receipts: list[Kept] = await service.ask(list_receipts, own, RECEIPTS_SHOWN, before)
    waits.sort(key=_urgency)
    of_waiting = page_within(of_waiting, WAITING_SHOWN, len(waits))
    shown = waits[(of_waiting - 1) * WAITING_SHOWN :][:WAITING_SHOWN]
    asked.subjects = [each.subject_id for each in shown]
    return frame.render(
        "desk.html",
        status=400 if problems else 200,
        current="desk",
        department=frame.naming.department(own),
        problems=problems,
        waits=[(each, _when(frame, each)) for each in shown],
        waiting=len(waits),
        waiting_next=_next(frame, "waiting", of_waiting, WAITING_SHOWN, len(waits)),
        receipts=receipts,
        reports=reports,
        reports_next=_next(frame, "reports", of_reports, RECEIPTS_SHOWN, reports),
        categories=_categories(frame, own),
    )


def _next(frame: Frame, name: str, page: int, size: int, count: int) -> str | None:
    """Give the address of the next page of a list, where there is one."""
    if page * size >= count:
        return None
    return f"{frame.path('desk')}?{name}={page + 1}"


def _urgency(each: Waiting) -> tuple[bool, str]:
    return each.due_on is None, str(each.due_on)


def _when(frame: Frame, each: Waiting) -> str:
    """Say by when, in working days."""
    terms = frame.terms
    if each.due_on is None:
        return terms.say("no_day", "waiting")
    if each.overdue:
        return terms.say("overdue", "waiting", on=each.due_on)
    said = "due_provisional" if each.due_provisional else "due"
    return terms.say(said, "waiting", on=each.due_on, left=each.working_days_left)


def _categories(frame: Frame, department: str) -> list[tuple[str, str]]:
    """Give what the department may report, by code and name."""
    rulebook = load_rulebook()
    row = rulebook.department(department)
    if row is None:
        return []
    return [
        (code, frame.naming.category(code)) for code in rulebook.categories if row.may_report(code)
    ]
