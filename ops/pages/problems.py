"""What a page says where there is nothing to show: what happened, why, and where to go on."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import psycopg
from starlette.exceptions import HTTPException

from events.rules.access import load_access_policy
from ops.pages.asking import FieldProblem
from ops.pages.frame import Frame
from ops.pages.opened import OWN, FormTooLongError, OtherSiteError
from ops.pages.signing_in import lacks_purpose, session_form
from ops.terms.terms import Language
from projections.access.asker import RefusalCode
from projections.access.decide import WITHOUT_A_ROW
from projections.http.door.refusal import NotGivenError
from projections.http.errors import (
    NOT_SHOWN,
    BadRequestError,
    BusyError,
    DeskAwayError,
    TooManyStreamsError,
    VaultClosedError,
)
from projections.proof.errors import ProofError
from projections.queries.region_now import RegionUnsweptError
from projections.store.database import OtherShapeError, ProjectionMissingError
from projections.store.live import LedgerBrokenError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response

_TITLES: Final[Mapping[int, str]] = {
    HTTPStatus.BAD_REQUEST: "wrong",
    HTTPStatus.UNAUTHORIZED: "sign_in_first",
    HTTPStatus.FORBIDDEN: "not_yours",
    HTTPStatus.NOT_FOUND: "not_found",
    HTTPStatus.GONE: "over",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "too_long",
    HTTPStatus.TOO_MANY_REQUESTS: "quota_over",
    HTTPStatus.SERVICE_UNAVAILABLE: "away",
}
_PASSING: Final = frozenset({HTTPStatus.SERVICE_UNAVAILABLE})
"""What may be over in a moment; a quota lasts until the end of the day."""
_BY_NO_RULE: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.SERVICE_UNAVAILABLE})
_TOO_MANY: Final = (BusyError, TooManyStreamsError)
_DETAILS: Final[Mapping[int, str]] = {
    HTTPStatus.NOT_FOUND: "not_found_detail",
    HTTPStatus.GONE: "over_detail",
    HTTPStatus.SERVICE_UNAVAILABLE: "away_detail",
}

_WHY: Final[Mapping[type[Exception], str]] = {
    DeskAwayError: "desk_away",
    BusyError: "busy_detail",
    TooManyStreamsError: "busy_detail",
    psycopg.errors.QueryCanceled: "long_detail",
    VaultClosedError: "vault_away",
    RegionUnsweptError: "unswept",
    **dict.fromkeys(
        (ProjectionMissingError, OtherShapeError, LedgerBrokenError, ProofError), "for_operators"
    ),
}
"""Why nothing is answered where the database does answer."""
_TYPED: Final[Mapping[str, str]] = {
    "month": "month",
    "year": "year",
    "valid_on": "valid_on_day",
    "known_at": "known_at_day",
    **{f"{side}_day": "valid_on_day" for side in "ab"},
    **{f"{side}_known": "known_at_day" for side in "ab"},
    **{f"{side}_rules": "rules_of_day" for side in "ab"},
}
"""What people type into forms that ask: each with its label. All else they choose, or follow."""
_WRITTEN: Final[Mapping[str, str]] = {"text": "say_text", "note": "note"}
"""What people write in their own words where they hand something in."""


def told_page(
    frame: Frame,
    status: int,
    detail: str | None = None,
    do: str = "",
    headers: Mapping[str, str] | None = None,
    *,
    title: str | None = None,
    **more: Any,
) -> Response:
    """Answer that there is nothing to show, in the language of the page."""
    is_ours = status >= HTTPStatus.INTERNAL_SERVER_ERROR
    title = title or _TITLES.get(status, "failed" if is_ours else "wrong")
    said = detail or frame.page(
        _DETAILS.get(status, "failed_detail" if is_ours else "wrong_detail")
    )
    # What was sent is not sent again by a link.
    is_asked = frame.request.method == "GET" and status in _PASSING
    values = {
        "rule": None,
        "session": None,
        "sign_in": False,
        "erasure": False,
        "again": frame.here() if is_asked else None,
        "problems": [],
        "mended": None,
        "without": None,
        "written": _written(frame),
        **more,
    }
    return frame.render(
        "problem.html",
        status=status,
        headers={"Cache-Control": "no-store", **(headers or {})},
        current=None,
        title=frame.page(title),
        detail=said,
        do=do,
        **values,
    )


def error_page(
    request: Request, error: Exception | None, status: int, headers: Mapping[str, str]
) -> Response:
    """Answer an error of the service on a page's address: nothing of the machinery is told."""
    frame = Frame(request, language_of(request))
    match error:
        case NotGivenError():
            return _refused(frame, error, status, headers)
        case BadRequestError():
            return _not_understood(frame, error, status)
        case HTTPException():
            is_away = status == HTTPStatus.NOT_FOUND
            detail = frame.page("no_page") if is_away else None
            return told_page(frame, status, detail, headers=error.headers)
        case OtherSiteError():
            said = frame.page("other_site_do")
            return told_page(frame, HTTPStatus.FORBIDDEN, frame.page("other_site"), said)
        case FormTooLongError():
            said = frame.page("too_long_detail")
            return told_page(frame, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, said)
    why = next((_WHY[kind] for kind in type(error).__mro__ if kind in _WHY), None)
    because = None if why is None else frame.page(why)
    title = "busy" if isinstance(error, _TOO_MANY) else None
    return told_page(frame, status, because, headers=headers, title=title)


def _written(frame: Frame) -> list[tuple[str, str]]:
    """Give what was written by hand and is not taken, so that nobody has to write it anew."""
    form: Mapping[str, str] = getattr(frame.request.state, "form", {})
    return [(frame.page(label), form[name]) for name, label in _WRITTEN.items() if form.get(name)]


def _not_understood(frame: Frame, error: BadRequestError, status: int) -> Response:
    """Tell what is wrong with a question; where it was typed, with the field to mend it in."""
    shown = frame.page("value_hidden") if error.value == NOT_SHOWN else error.value
    rule, do = frame.words(error.rule), frame.words(error.do) if error.do else ""
    query, method = frame.request.query_params, frame.request.method
    if error.field not in query or method != "GET":
        return told_page(frame, status, f"{shown} – {rule}", do)
    without = frame.here(**{error.field: None})
    if error.field not in _TYPED:
        return told_page(frame, status, f"{shown} – {rule}", do, without=without)
    label = frame.page(_TYPED[error.field])
    return told_page(
        frame,
        status,
        frame.page("mend_field"),
        problems=[FieldProblem(error.field, label, shown, rule, do)],
        mended={
            "path": frame.request.url.path,
            "others": [(n, v) for n, v in query.items() if n != error.field and v],
        },
        without=without,
    )


def _refused(
    frame: Frame, error: NotGivenError, status: int, headers: Mapping[str, str]
) -> Response:
    """Tell of a refusal; where a purpose may help, with the form to say one in."""
    say_first = lacks_purpose(error.code) and error.rule != WITHOUT_A_ROW
    detail, form = frame.terms.of("refused", error.code), session_form(frame)
    may_say = form is not None and form["purposes"] and form["purpose"] is None
    is_unseen = error.code is RefusalCode.NOTHING_PUBLIC and may_say
    if is_unseen:
        detail = frame.page("more_by_purpose")
    if say_first and form is not None:
        helping = [each for each in form["purposes"] if each[0] in _purposes_that_help(frame)]
        if helping:
            named = frame.terms.joined([name for _, name in helping])
            detail = frame.page("purpose_helps", purposes=named)
            form = {**form, "purposes": helping, "purpose": helping[0][0]}
    do = ""
    if error.code is RefusalCode.QUOTA_USED:
        tomorrow = frame.request.app.state.service.today() + timedelta(days=1)
        do = frame.page("quota_do", day=tomorrow)
    return told_page(
        frame,
        status,
        detail,
        do,
        headers=headers,
        title="say_first" if say_first else None,
        # No rule keeps it from who has to sign in first, or comes while nothing can be recorded.
        rule=None if status in _BY_NO_RULE else error.rule,
        session=form if say_first or is_unseen else None,
        sign_in=status == HTTPStatus.UNAUTHORIZED,
        erasure=error.code is RefusalCode.ERASED and _is_own(frame),
    )


def _purposes_that_help(frame: Frame) -> set[str]:
    """Give for which purposes what was asked is given to a role of who is signed in."""
    service, row = frame.request.app.state.service, frame.request.scope["row"]
    askers = () if frame.signed_in is None else frame.signed_in.askers
    policy, on = load_access_policy(), service.today()
    rows = [each for who in askers for each in policy.rows_of(who.role, row.gives, on)]
    return {str(purpose) for each in rows for purpose in each.purposes}


def _is_own(frame: Frame) -> bool:
    """Say whether a page of one's own was asked for."""
    return str(frame.request.scope["row"].path).startswith(OWN)


def language_of(request: Request) -> Language:
    """Give the language of an address; Chinese where it has none."""
    language = request.url.path.split("/")[1]
    return Language(language) if language in set(Language) else Language.ZH
