"""Where the pages are: each in both languages, under the same path."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from anyio.to_thread import run_sync
from starlette.datastructures import Headers
from starlette.responses import RedirectResponse, Response
from starlette.routing import Match, Route

from events.envelope import Platform
from events.rules.access import Gives
from ops.pages.audit.page import ON_PLATFORM, PARKED_PAGE, SOUGHT, audit_page
from ops.pages.audit.subject import TAKES, audited_subject
from ops.pages.audit.verify import verify_dropped, verify_page
from ops.pages.board.counting import KeptCounts
from ops.pages.board.page import AFTER, board_page, take_note
from ops.pages.board.stream import SessionLooks, board_stream
from ops.pages.desk.page import REPORTS_PAGE, WAITING_PAGE, desk_page
from ops.pages.desk.uploads import FATE, PAGE, refused_lines, upload, upload_page
from ops.pages.docs import page as docs
from ops.pages.docs.rules import rule_page, rules_page
from ops.pages.figures.book import book_page
from ops.pages.figures.lists import list_page, lists_page, persons_page
from ops.pages.figures.plan import YEAR, plan_page, use_page, years_page
from ops.pages.figures.quality import quality_page
from ops.pages.figures.queries import queries_page
from ops.pages.files import file_routes
from ops.pages.late import LATE_S, Lateness
from ops.pages.notice import notice_page
from ops.pages.notices import notices_atom, notices_csv, notices_page
from ops.pages.opened import FormTooLongError, OtherSiteError, PageAsked, form_fields, who_opens
from ops.pages.operation.page import ops_page
from ops.pages.problems import error_page
from ops.pages.provider import OUTSIDE_MAX, begin_elsewhere, come_back
from ops.pages.rested import Rested
from ops.pages.shared import SharedByPages
from ops.pages.signing_in import log_in, log_out, login_page, say_purpose
from ops.pages.subject.consents import consents_page, give_consent, take_back_consent
from ops.pages.subject.erasure import ask_for_erasure, erasure_page, take_back_erasure
from ops.pages.subject.inquiries import inquiries_page, own_inquiries
from ops.pages.subject.page import PAGE as RECORDS
from ops.pages.subject.page import me_page, subject_page
from ops.pages.subject.saying import RECORD, say_it, say_page
from ops.pages.timeline.page import KNOWN, timeline_page
from ops.terms.terms import Language
from projections.http.asking import parameters as p
from projections.http.asking.asked import Face, Row
from projections.http.asking.bulkhead import Bulkhead
from projections.http.consents import parameters as own
from projections.http.door.door import PRIVATE, answer_through_door
from projections.http.erasures import parameters as erasing
from projections.http.routes import ROUTES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from starlette.requests import Request
    from starlette.types import Scope

    from ops.doors.provider import SignInProvider
    from ops.pages.board.approved_map import ApprovedMap
    from projections.http.asking.parameter import Parameter

_FOR_BROWSERS: Final[Mapping[str, str]] = {"/": "/zh/notices", "/docs": "/zh/docs"}


def _page(
    path: str,
    answer: Callable[..., Awaitable[Response]],
    gives: Gives,
    summary: str,
    *takes: Parameter[Any],
    method: str = "GET",
    platform: Platform | None = None,
) -> Row:
    return Row(
        path=path,
        answer=answer,
        gives=gives,
        summary=summary,
        takes=takes,
        methods=(method,),
        face=Face.PAGE,
        platform=platform,
    )


FOR_EVERYBODY: Final = (
    _page("/notices", notices_page, Gives.FIND, "What is published, sought."),
    _page("/notices.csv", notices_csv, Gives.FIND, "The same as a file."),
    _page("/notices.atom", notices_atom, Gives.FIND, "The same as a feed."),
    _page(
        "/notices/{subject}/{record}", notice_page, Gives.PROFILE, "A published record.", p.SUBJECT
    ),
    _page("/lists", lists_page, Gives.DOCUMENTS, "The lists that there are."),
    _page(
        *("/lists/{list}", list_page, Gives.LISTS, "Who is on a list, as published."),
        *(p.LIST, p.WITHIN, p.AFTER_MEMBER),
    ),
    _page(
        *("/lists/{list}/persons", persons_page, Gives.LISTS, "Persons whom a law publishes."),
        *(p.LIST, p.WITHIN, p.AFTER_MEMBER),
        platform=Platform.PERSON,
    ),
    _page("/years", years_page, Gives.YEARS, "Frozen years, by city.", YEAR),
    _page("/years/{year}", book_page, Gives.YEARS, "The book of a frozen year.", p.YEAR),
    _page("/verify", verify_page, Gives.EVIDENCE, "Where an answer is verified."),
    _page("/verify", verify_dropped, Gives.EVIDENCE, "Verify an answer.", method="POST"),
    _page("/docs", docs.docs_page, Gives.DOCUMENTS, "What can be asked, said and read."),
    _page("/docs/questions", docs.questions_page, Gives.DOCUMENTS, "Every route."),
    _page("/docs/events", docs.events_page, Gives.DOCUMENTS, "Every record of the wire."),
    _page("/docs/events/{message}", docs.event_page, Gives.DOCUMENTS, "One, field by field."),
    _page("/docs/topics", docs.topics_page, Gives.DOCUMENTS, "The kinds of topics."),
    _page(
        *("/docs/topics/{kind}", docs.topics_of_kind_page, Gives.DOCUMENTS, "Topics of a kind."),
        docs.PAGE,
    ),
    _page("/docs/terms", docs.terms_page, Gives.DOCUMENTS, "The code lists."),
    _page(
        *("/docs/terms/{codes}", docs.terms_of_list_page, Gives.DOCUMENTS, "Codes of a list."),
        docs.PAGE,
    ),
    _page("/docs/rules", rules_page, Gives.DOCUMENTS, "The rules."),
    _page("/docs/rules/{rule}", rule_page, Gives.DOCUMENTS, "One, version by version."),
    _page("/login", login_page, Gives.DOCUMENTS, "Sign in; as whom one is."),
    _page("/login", log_in, Gives.DOCUMENTS, "Sign in by a key.", method="POST"),
    _page("/login/provider", begin_elsewhere, Gives.DOCUMENTS, "Sign in at the provider."),
    _page("/login/back", come_back, Gives.DOCUMENTS, "Whence the provider leads back."),
    _page("/logout", log_out, Gives.DOCUMENTS, "Sign out.", method="POST"),
    _page("/purpose", say_purpose, Gives.DOCUMENTS, "Say for what one asks.", method="POST"),
)
"""What everybody is shown alike, signed in or not."""
_WARNED: Final = (p.WARNED_REGION, p.LEVEL_AT_LEAST, p.DOMAINS, p.KIND)
BY_RIGHT: Final = (
    _page(
        *("/subjects/{subject}", subject_page, Gives.PROFILE, "A subject, as its reader sees it."),
        *(p.SUBJECT, RECORDS, p.ARCHIVE, p.PROFESSION),
    ),
    _page(
        *("/subjects/{subject}/inquiries", inquiries_page, Gives.INQUIRIES, "Who asked of it."),
        p.SUBJECT,
    ),
    _page("/plan", plan_page, Gives.QUERY_COUNTS, "The plan's targets."),
    _page(
        *("/quality", quality_page, Gives.QUALITY, "How is reported."),
        *(p.MONTH, p.DEPARTMENT),
    ),
    _page("/use", use_page, Gives.USE, "Who uses information.", p.MONTH, p.USED_IN),
    _page("/queries", queries_page, Gives.QUERY_COUNTS, "How often was asked.", p.MONTH),
    _page("/ops", ops_page, Gives.OPERATION, "How the service and the ledger do."),
    _page(
        *("/audit", audit_page, Gives.HISTORY, "One box for auditors."),
        *(SOUGHT, ON_PLATFORM, PARKED_PAGE),
    ),
    _page(
        *("/audit/{subject}", audited_subject, Gives.HISTORY, "A subject through time."),
        *(p.SUBJECT, *TAKES),
    ),
    _page(
        *("/me", me_page, Gives.PROFILE, "All that is kept of oneself."),
        *(RECORDS, p.ARCHIVE, p.PROFESSION),
    ),
    _page("/me/records/{record}", say_page, Gives.SAYING, "A record of oneself.", RECORD),
    _page("/me/records/{record}", say_it, Gives.SAYING, "Object, or state.", RECORD, method="POST"),
    _page("/me/inquiries", own_inquiries, Gives.INQUIRIES, "Who asked of oneself."),
    _page("/me/consents", consents_page, Gives.CONSENTS, "Whom one lets ask of oneself."),
    _page("/me/consents", give_consent, Gives.CONSENTING, "Let somebody ask.", method="POST"),
    _page(
        *("/me/consents/{consent}/withdraw", take_back_consent, Gives.CONSENTING),
        *("Take a consent back.", own.CONSENT, own.BY_SUBJECT),
        method="POST",
    ),
    _page("/me/erasure", erasure_page, Gives.ERASURES, "Where the erasure of oneself stands."),
    _page("/me/erasure", ask_for_erasure, Gives.ERASING, "Ask to be erased.", method="POST"),
    _page(
        *("/me/erasure/{erasure}/withdraw", take_back_erasure, Gives.ERASING),
        *("Take that back.", erasing.ERASURE, erasing.BY_SUBJECT),
        method="POST",
    ),
    _page(
        *("/desk", desk_page, Gives.DUTIES, "The desk of a department."),
        *(WAITING_PAGE, REPORTS_PAGE),
    ),
    _page("/desk/uploads", upload, Gives.ACTS, "Report by a file.", method="POST"),
    _page("/desk/refused", refused_lines, Gives.ACTS, "Why lines are refused.", method="POST"),
    _page(
        *("/desk/uploads/{receipt}", upload_page, Gives.DUTIES, "What became of a file."),
        *(p.RECEIPT, p.LINE, FATE, PAGE),
    ),
    _page(
        *("/subjects/{subject}/timeline", timeline_page, Gives.HISTORY, "A subject's timeline."),
        *(p.SUBJECT, p.VALID_ON, KNOWN),
    ),
    _page("/board", board_page, Gives.WARNINGS, "Warnings that stand.", *_WARNED, AFTER),
    _page(
        *("/board/stream", board_stream, Gives.WARNINGS, "What changes of them."),
        *(*_WARNED, p.FOR_DEPARTMENT, p.AFTER_CURSOR),
    ),
    _page(
        *("/board/{warning}/acknowledge", take_note, Gives.ACTS, "Take note of a warning."),
        *(p.WARNING, p.TAKEN_BY, p.NOTE),
        method="POST",
    ),
)
"""What is shown to whom the decision gives it."""


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages as the service takes them in: their routes, and how errors are told on them."""

    routes: tuple[Route, ...]
    error_page: Callable[[Request, Exception | None, int, Mapping[str, str]], Response]

    def has(self, path: str) -> bool:
        """Say whether an address is one of a page."""
        return path.split("/")[1] in {"static", *Language}


def pages(
    grants: Callable[[], Sequence[str]] | None = None,
    late_s: float = LATE_S,
    provider: SignInProvider | None = None,
    approved_map: ApprovedMap | None = None,
) -> Pages:
    """Give all pages. `grants` tells how the broker's rules differ from those declared.

    From `late_s` seconds on that an event waits, every page says so. At the `provider`, if there is
    one, people sign in. An `approved_map` stands on the board for the tiles.
    """
    rows = (*ROUTES, *FOR_EVERYBODY, *BY_RIGHT)
    gives = {f"{method} {row.path}": row.gives for row in rows for method in row.methods}
    shared = SharedByPages(
        *(Lateness(late_s), gives, grants and Rested(grants), KeptCounts(), SessionLooks()),
        *(Bulkhead(OUTSIDE_MAX, OUTSIDE_MAX), provider, approved_map),
    )
    routes = [
        Route(
            f"/{language}{row.path}",
            _opened(row, language, shared, for_everybody=row in FOR_EVERYBODY),
            methods=list(row.methods),
            name=f"page{row.path}",
        )
        for row in (*FOR_EVERYBODY, *BY_RIGHT)
        for language in Language
    ]
    routes += [Route(f"/{language}", _first) for language in Language]
    routes += file_routes(approved_map)
    routes += [_ForBrowsers(path, page) for path, page in _FOR_BROWSERS.items()]
    return Pages(tuple(routes), error_page)


def _opened(
    row: Row, language: Language, shared: SharedByPages, *, for_everybody: bool
) -> Callable[[Request], Awaitable[Response]]:
    """Give the endpoint of a page. What is for everybody is shown to everybody alike."""

    async def answered(request: Request) -> Any:
        request.scope["row"] = row
        request.state.shared = shared
        service, lateness = request.app.state.service, shared.lateness
        known = lateness.known(service)
        request.state.standing = known or await run_sync(lateness.standing, service)
        try:
            # Whatever fails from here on, what was written is told again.
            request.state.form = form = await form_fields(request)
        except (OtherSiteError, FormTooLongError) as error:
            return error_page(request, error, 400, {})
        signed_in = request.state.signed_in = await who_opens(request)
        asked = PageAsked(request, row, language, form, None if for_everybody else signed_in)
        asked.refuse_act_of_nobody()
        answer = await answer_through_door(asked)
        if signed_in is not None:
            answer.headers["Cache-Control"] = PRIVATE
        return answer

    return answered


class _ForBrowsers(Route):
    """A page for who asks for HTML; programs find at the same address what they expect."""

    def __init__(self, path: str, page: str) -> None:
        async def led(_: Request) -> Response:
            return RedirectResponse(page, 303, {"Vary": "Accept"})

        super().__init__(path, led)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match where a page is asked for."""
        if "text/html" not in Headers(scope=scope).get("accept", ""):
            return Match.NONE, {}
        return super().matches(scope)


async def _first(request: Request) -> Response:
    return RedirectResponse(f"{request.url.path}/notices", 303)
