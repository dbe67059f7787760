"""What pages say where nothing is answered."""

from types import SimpleNamespace
from typing import Any

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request

from ops.pages.problems import error_page
from ops.terms.terms import all_terms
from projections.access.asker import RefusalCode
from projections.http.door.refusal import NotGivenError
from projections.http.errors import ERRORS, BadRequestError, DeskAwayError
from projections.http.words import Words

WORDS = all_terms()["page"]
AWAY = [kind for kind, answer in ERRORS.items() if answer.status == 503]
OF_THE_DATABASE = {"OperationalError", "PoolTimeout"}


def told(error: Exception, language: str) -> str:
    return bytes(error_page(asked(f"/{language}/notices"), error, 503, {}).body).decode()


def asked(
    path: str, query: str = "", form: dict[str, str] | None = None, came_from: str = ""
) -> Request:
    app = SimpleNamespace(state=SimpleNamespace(service=SimpleNamespace(today=lambda: None)))
    scope: dict[str, Any] = {
        "type": "http",
        "method": "GET" if form is None else "POST",
        "scheme": "http",
        "server": ("ledger", 80),
        "path": path,
        "query_string": query.encode(),
        "headers": [(b"host", b"ledger"), (b"referer", came_from.encode())],
        "state": {"form": form or {}},
        "app": app,
        "row": SimpleNamespace(path=path, platform=None),
    }
    return Request(scope)


def page_of(request: Request, error: Exception, status: int) -> str:
    return bytes(error_page(request, error, status, {}).body).decode()


@pytest.mark.parametrize("kind", AWAY, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize(("place", "language"), [(0, "zh"), (1, "en")])
def test_only_where_the_database_does_not_answer_a_page_says_so(
    kind: type[Exception], place: int, language: str
) -> None:
    is_said = WORDS["away_detail"][place] in told(kind.__new__(kind), language)
    assert is_said == (kind.__name__ in OF_THE_DATABASE)


def test_what_was_handed_in_while_the_broker_is_away_was_not() -> None:
    assert WORDS["desk_away"][0] in told(DeskAwayError(), "zh")


def test_what_is_wrong_with_a_field_that_was_typed_is_mended_beside_it() -> None:
    error = BadRequestError("month", "2026-13", Words("a month such as 2026-11", "形如 2026-11"))
    page = page_of(asked("/zh/use", "region=330100&month=2026-13"), error, 400)
    assert '<a href="#month">' in page
    assert 'id="month" name="month" value="2026-13" aria-invalid="true"' in page
    assert 'type="hidden" name="region" value="330100"' in page
    assert 'href="/zh/use?region=330100"' in page


def test_what_is_wrong_with_a_link_is_told_with_the_page_without_it() -> None:
    error = BadRequestError("page", "0", Words("a whole number from 1", "1 以上的整数"))
    page = page_of(asked("/en/me", "page=0"), error, 400)
    assert "<form" not in page.split("<main")[1]
    assert 'href="/en/me">Open the page without it' in page


def test_an_address_that_there_is_not_is_not_taken_for_a_code() -> None:
    page = page_of(asked("/zh/nowhere"), HTTPException(404), 404)
    assert WORDS["no_page"][0] in page
    assert WORDS["not_found_detail"][0] not in page


@pytest.mark.parametrize(
    ("came_from", "leads_to"),
    [
        ("http://ledger/zh/me/records/1", "/zh/login?next=%2Fzh%2Fme%2Frecords%2F1"),
        ("http://elsewhere/zh/me/records/1", "/zh/login"),
        ("", "/zh/login"),
    ],
)
def test_who_is_signed_out_while_writing_keeps_what_was_written(
    came_from: str, leads_to: str
) -> None:
    form = {"text": "我没有\n欠税", "key": "crl_secret", "ground": "other"}
    error = NotGivenError(RefusalCode.UNAUTHENTICATED, "a.rule")
    page = page_of(asked("/zh/me/records/1", form=form, came_from=came_from), error, 401)
    assert "readonly>我没有\n欠税</textarea>" in page
    assert "crl_secret" not in page
    assert f'href="{leads_to}"' in page.split("<main")[1]
