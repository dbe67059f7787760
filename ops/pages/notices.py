"""What is published (公示): sought by name, code or number, by day of publication; one by one.

As a page, as CSV and as an Atom feed of the same query. Of natural persons nothing is found here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from events.characters import plain
from events.rules.divisions import ZHEJIANG, ZHEJIANG_CITIES, load_divisions
from events.rules.rulebook import load_rulebook
from ops.pages.asking import PageQuestion
from ops.pages.feeds import atom_feed, csv_file
from ops.pages.problems import told_page
from ops.terms.terms import all_terms
from projections.http.asking import parameters as p
from projections.http.asking.forms import Form, UnfitError, WrittenForm
from projections.http.asking.parameter import Parameter, optional
from projections.http.words import Words
from projections.queries.bulletin.searching import (
    COUNTED_MAX,
    BulletinPage,
    BulletinQuestion,
    SoughtTooShortError,
    bulletin,
    parse_after,
)
from projections.record.kinds import KINDS

if TYPE_CHECKING:
    from datetime import date

    from starlette.requests import Request
    from starlette.responses import Response

    from ops.pages.frame import Frame
    from ops.pages.opened import PageAsked
    from projections.http.asking.asked import Service
    from projections.http.asking.forms import Around

_TYPES: Final = tuple(kind.opened_by.__name__ for kind in KINDS if kind.opened_by is not None)


class KindForm(Form[str]):
    """A type of event, as the list of the form has it."""

    def read(self, text: str, _: Around) -> str:
        """Find the type."""
        for each in _TYPES:
            if each.lower() == text.lower():
                return each
        raise UnfitError(Words("one of those in the list", "请从列表中选择"))


class AuthorityForm(Form[str]):
    """A department by its code or its name, in either language."""

    def read(self, text: str, around: Around) -> str:
        """Find the department."""
        said = " ".join(plain(text).lower().split())
        if around.rulebook.department(said) is not None:
            return said
        for each, row in around.rulebook.departments.items():
            if said in (row.name_zh, row.name_en.lower()):
                return each
        raise UnfitError(
            Words("a department by its name or code", "机关的名称或代码"),
            Words("choose from the list", "请从列表中选择"),
        )


_KIND: Final = optional("kind", KindForm(), "")
_AUTHORITY: Final = optional("department", AuthorityForm(), "")
_AFTER: Final = optional(
    "after",
    WrittenForm(
        parse_after,
        Words("the link to the next page", "“下一页”的链接"),
        "2026-06-15/01920000-0000-7000-8000-000000000000",
    ),
    "",
)
_TAKES: Final[tuple[tuple[Parameter[Any], str], ...]] = (
    (p.TEXT, "sought"),
    (_KIND, "kind"),
    (_AUTHORITY, "authority"),
    (p.WITHIN, "place"),
    (p.SINCE, "since"),
    (p.UNTIL, "until"),
    (_AFTER, "next"),
)
ROWS_OF_PAGE: Final = 50
ROWS_OF_FILE: Final = 1_000


async def notices_page(asked: PageAsked) -> Response:
    """Answer a page of what is published."""
    frame, request = asked.frame, asked.request
    question, found = await _found(frame, ROWS_OF_PAGE)
    return frame.render(
        "notices.html",
        status=400 if question.problems else 200,
        current="notices",
        given=question.given,
        problems=question.problems,
        wrong={problem.field for problem in question.problems},
        kinds=[(each.lower(), frame.terms.of("event_type", each)) for each in _told_types()],
        departments=_departments(frame),
        places=_places(_today(request)),
        found=found,
        counted=None if found is None else _counted(frame, found),
        next=_next(frame, found),
        csv=_way(frame, "notices.csv"),
        csv_of_more=ROWS_OF_FILE if found is not None and found.total > ROWS_OF_FILE else None,
        atom=_way(frame, "notices.atom"),
        today=_today(request),
    )


async def notices_csv(asked: PageAsked) -> Response:
    """Answer the same as a file of comma-separated values."""
    frame = asked.frame
    question, found = await _found(frame, ROWS_OF_FILE)
    return (
        _refused(frame, question) if found is None else csv_file(frame, found, _next(frame, found))
    )


async def notices_atom(asked: PageAsked) -> Response:
    """Answer the same as an Atom feed (RFC 4287)."""
    frame = asked.frame
    question, found = await _found(frame, ROWS_OF_PAGE)
    if found is None:
        return _refused(frame, question)
    return atom_feed(frame, found, _way(frame, "notices"), _next(frame, found))


async def _found(frame: Frame, limit: int) -> tuple[PageQuestion, BulletinPage | None]:
    """Read what is asked, and ask for it; None where something is wrong with the question."""
    request = frame.request
    labels = [(parameter, frame.page(label)) for parameter, label in _TAKES]
    asked = PageQuestion(request, labels, frame.language)
    since, until = asked[p.SINCE], asked[p.UNTIL]
    if since is not None and until is not None and until < since:
        rule = Words(f"no day before {since}", f"不早于{since}")
        asked.refuse("until", frame.page("until"), asked.given["until"], rule)
    if asked.problems:
        return asked, None
    question = BulletinQuestion(
        text=asked[p.TEXT],
        type=asked[_KIND],
        department=asked[_AUTHORITY],
        within=asked[p.WITHIN],
        since=since,
        until=until,
        after=asked[_AFTER],
        limit=limit,
    )
    service: Service = request.app.state.service
    try:
        return asked, await service.ask(bulletin, question, service.today())
    except SoughtTooShortError:
        rule = Words("two characters at least", "至少两个字符")
        asked.refuse("q", frame.page("sought"), asked.given["q"], rule)
        return asked, None


def _refused(frame: Frame, asked: PageQuestion) -> Response:
    problem = asked.problems[0]
    return told_page(frame, 400, f"{problem.label}: {problem.value} – {problem.rule}", problem.do)


def _told_types() -> list[str]:
    return [each for each in all_terms()["event_type"] if each in _TYPES]


def _departments(frame: Frame) -> list[tuple[str, str]]:
    return [(code, frame.naming.department(code)) for code in load_rulebook().departments]


def _places(today: date) -> list[tuple[str, str]]:
    divisions = load_divisions()
    found = [(code, divisions.at(code, today)) for code in (ZHEJIANG, *ZHEJIANG_CITIES)]
    return [(code, division.name) for code, division in found if division is not None]


def _counted(frame: Frame, found: BulletinPage) -> str:
    shown = len(found.rows)
    if found.total > COUNTED_MAX:
        return frame.page("count_many", shown=shown, count=f"{COUNTED_MAX:,}")
    said = "count_one_page" if shown == found.total else "count_part"
    return frame.page(said, shown=shown, count=f"{found.total:,}")


def _next(frame: Frame, found: BulletinPage | None) -> str | None:
    if found is None or found.next_after is None:
        return None
    return frame.here(after=f"{found.next_after.day}/{found.next_after.event_id}")


def _way(frame: Frame, name: str) -> str:
    query = frame.here(after=None).partition("?")[2]
    return frame.path(name) + (f"?{query}" if query else "")


def _today(request: Request) -> date:
    service: Service = request.app.state.service
    return service.today()
