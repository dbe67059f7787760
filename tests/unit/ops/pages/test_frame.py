"""How pages write what they are given."""

from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

import pytest
from starlette.requests import Request

from events.envelope import CHINA
from ops.pages.frame import NAV, Frame, moment_told
from ops.terms.terms import Language, Terms


def test_a_moment_is_told_by_the_clocks_of_china_in_whatever_zone_it_was_kept() -> None:
    kept = datetime(2026, 11, 28, 20, 21, 9, tzinfo=UTC)
    assert moment_told(kept) == moment_told(kept.astimezone(CHINA)) == "2026-11-29 04:21:09"


def test_no_page_writes_a_moment_in_another_way() -> None:
    folder = files("ops.pages") / "templates"
    assert [page.name for page in folder.iterdir() if "strftime" in page.read_text("utf-8")] == []


@pytest.mark.parametrize("language", Language)
def test_the_demo_ends_by_a_key_for_each_role_that_has_pages_and_where_to_look(
    language: Language,
) -> None:
    """Whichever page the menu names, for whichever role."""
    told = Terms(language).say("next", "demo").splitlines()
    for name, roles in NAV:
        for role in roles:
            keys = [each for each in told if f"access key create --role {role.value} " in each]
            assert len(keys) == 1, (name, role)
        if name != "use":
            assert any(f"/{language}/{name}" in each for each in told), name


@pytest.mark.parametrize(
    ("query", "told"),
    [
        (b"q=%E6%9D%AD%E5%B7%9E", "http://ledger/zh/audit?q=%E6%9D%AD%E5%B7%9E"),
        (b"q=91330100PDY000028X", "http://ledger/zh/audit?q=91330100PDY000028X"),
        (b"q=11010519491231002X", "http://ledger/zh/audit （内容不予显示）"),
        (b"on=person&q=110105+19491231+002x", "http://ledger/zh/audit （内容不予显示）"),
    ],
)
def test_the_address_that_a_page_prints_names_no_person(query: bytes, told: str) -> None:
    scope: dict[str, Any] = {
        "type": "http",
        "method": "GET",
        "scheme": "http",
        "server": ("ledger", 80),
        "path": "/zh/audit",
        "query_string": query,
        "headers": [(b"host", b"ledger")],
        "state": {},
    }
    assert Frame(Request(scope), Language.ZH).address() == told
