"""What pages say where nothing is answered."""

from types import SimpleNamespace
from typing import Any

import pytest
from starlette.requests import Request

from ops.pages.problems import error_page
from ops.terms.terms import all_terms
from projections.http.errors import ERRORS, DeskAwayError

WORDS = all_terms()["page"]
AWAY = [kind for kind, answer in ERRORS.items() if answer.status == 503]
OF_THE_DATABASE = {"OperationalError", "PoolTimeout"}


def told(error: Exception, language: str) -> str:
    app = SimpleNamespace(state=SimpleNamespace(service=SimpleNamespace(today=lambda: None)))
    scope: dict[str, Any] = {
        "type": "http",
        "method": "GET",
        "scheme": "http",
        "server": ("ledger", 80),
        "path": f"/{language}/notices",
        "query_string": b"",
        "headers": [],
        "state": {},
        "app": app,
    }
    return bytes(error_page(Request(scope), error, 503, {}).body).decode()


@pytest.mark.parametrize("kind", AWAY, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize(("place", "language"), [(0, "zh"), (1, "en")])
def test_only_where_the_database_does_not_answer_a_page_says_so(
    kind: type[Exception], place: int, language: str
) -> None:
    is_said = WORDS["away_detail"][place] in told(kind.__new__(kind), language)
    assert is_said == (kind.__name__ in OF_THE_DATABASE)


def test_what_was_handed_in_while_the_broker_is_away_was_not() -> None:
    assert WORDS["desk_away"][0] in told(DeskAwayError(), "zh")
