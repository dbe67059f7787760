"""A map of true borders on the board, by its approval number; the file of this test is made up."""

from __future__ import annotations

from typing import Final

import httpx

from events.rules.access import Role
from ops.pages.board.approved_map import ApprovedMap
from tests.support.asking import running
from tests.support.pages import (
    HOLDERS,
    UNMARKED,
    GateOfPages,
    Seen,
    is_for_everybody,
    look,
    service,
)
from tests.support.patience import AMPLE_S

NUMBER: Final = "浙S（2099）1号"
DRAWN: Final = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 300" width="400" height="300">'
    b'<style>path { fill: #cde; stroke: #345; }</style><path d="M20 20h160v120h-160z"/>'
    b"<script>fetch('https://example.org/')</script></svg>"
)


def test_a_map_takes_the_place_of_the_tiles_with_its_number_beside_it(
    ledger_url: str, seen: Seen
) -> None:
    approved = ApprovedMap(DRAWN, "image/svg+xml", NUMBER)
    page = seen.page
    with (
        service(ledger_url, GateOfPages(), approved_map=approved) as app,
        running(app) as address,
    ):
        page.goto(f"{address}/zh/login")
        page.locator("#key").fill(HOLDERS[Role.AUDITOR].key)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "login" not in url)
        for language in ("zh", "en"):
            page.goto(f"{address}/{language}/board")
            assert NUMBER in page.locator("figure figcaption").inner_text()
            assert page.locator("figure img").evaluate("one => one.naturalWidth") == 400
            assert page.locator("svg.tiles").count() == 0
            assert page.locator("table tbody th a").count() >= 11
            is_for_everybody(seen, address)
            if language == "en":
                assert page.evaluate(UNMARKED) == []
            page.set_viewport_size({"width": 320, "height": 700})
            assert page.evaluate("document.documentElement.scrollWidth") <= 320
            page.set_viewport_size({"width": 1100, "height": 900})
            look(page, f"board_map.{language}")
        answer = page.goto(f"{address}{approved.path}")
        assert answer is not None
        assert answer.headers["content-type"].startswith("image/svg+xml")
        assert [url for url in seen.asked if not url.startswith(address)] == []
        other = f"{address}/static/000000000000/map.svg"
        assert httpx.get(other, timeout=AMPLE_S).status_code == 404
