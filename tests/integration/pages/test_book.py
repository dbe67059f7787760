"""The book of a frozen year: printed with the figures of every region, and what they rest on."""

from __future__ import annotations

from typing import TYPE_CHECKING
from unicodedata import normalize

import psycopg
import pytest

from events.rules.divisions import ZHEJIANG, ZHEJIANG_CITIES, load_divisions
from events.rules.edition import edition
from events.rules.rulebook import load_rulebook
from tests.support.asking import running
from tests.support.pages import SAID, TODAY, Seen, look, recorded, service
from tests.support.printed import printed_text
from tests.support.years import freeze_made_up

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ops.local.stack import Stack


@pytest.fixture
def address(stack: Stack) -> Iterator[str]:
    with recorded(stack, SAID) as url, service(url) as app, running(app) as served:
        with psycopg.connect(url, autocommit=True) as connection:
            freeze_made_up(connection, 2025)
        yield served


@pytest.mark.requirement(108, at="page")
def test_the_book_of_a_year_is_printed_with_all_that_is_frozen_of_it(
    address: str, seen: Seen
) -> None:
    seen.page.goto(f"{address}/zh/years/2025")
    # Some characters come out of a PDF as the radicals that they look like.
    printed = normalize("NFKC", printed_text(seen.page))
    for number, region in enumerate((ZHEJIANG, *ZHEJIANG_CITIES[:-1])):
        name = load_divisions().at(region, TODAY)
        assert name is not None
        assert name.name in printed
        assert f"{1_000 + number}" in printed, region  # enterprises that were known
    for told in ("2025-12-31", "0" * 64, edition(), *(r.id for r in load_rulebook().regions[:1])):
        assert told in printed, told
    answer = seen.page.goto(f"{address}/zh/years/2019")
    assert answer is not None
    assert answer.status == 404
    assert "2019 年尚未冻结" in seen.page.locator("main").inner_text()
    look(seen.page, "book_not_frozen.zh")
