"""Late read models are told on every page; what operators see of the service, and no content."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg_pool import ConnectionPool

from events.envelope import Platform
from events.partitioning import partition_of
from events.rules.access import Role
from events.topics import ledger_topic
from ops.pages.routes import pages
from ops.terms.terms import all_terms
from projections.http.application import create_service
from projections.ledger.message import Raw
from projections.projector import Projector
from projections.store.store import Store
from tests.support.asking import client_of, noon, running
from tests.support.given import recorded_ms
from tests.support.pages import (
    CALENDAR,
    HOLDERS,
    SAID,
    SUBJECT,
    TODAY,
    GateOfPages,
    Seen,
    is_for_everybody,
    look,
    recorded,
    service,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import httpx

    from ops.local.stack import Stack

    SignIn = Callable[[Role], httpx.Client]

TOPIC = ledger_topic(Platform.ORGANISATION)
ENDS = {(TOPIC, partition_of(SUBJECT)): 1_000}


def away() -> Mapping[Any, int]:
    raise TimeoutError


@pytest.mark.parametrize(
    ("ends", "waits_s", "told"),
    [
        (lambda: ENDS, 59.0, None),
        (lambda: ENDS, 185.0, "About 3 min late"),
        (dict, 0.0, None),
        (away, 0.0, "cannot be told now"),
    ],
)
def test_every_page_says_when_the_read_models_are_late(
    ledger_url: str, ends: Any, waits_s: float, told: str | None
) -> None:
    with ConnectionPool(ledger_url, min_size=1, kwargs={"autocommit": True}) as pool:
        app = create_service(
            *(pool, CALENDAR, noon(TODAY), ends),
            gate=GateOfPages(),
            waiting_s=lambda behind: dict.fromkeys(behind, waits_s),
            pages=pages(),
        )
        client = client_of(app, None)
        client.get("/en/login")
        for path in ("/en/notices", f"/en/subjects/{SUBJECT}", "/en/login", "/en/me"):
            page = client.get(path).text
            assert ('class="banner late"' in page) == (told is not None), path
            assert told is None or told in page


def test_an_operator_sees_how_things_stand_and_no_content(sign_in: SignIn) -> None:
    page = sign_in(Role.OPERATOR).get("/en/ops")
    assert page.status_code == 200
    assert "Not production" in page.text
    assert "CREDIT_LEDGER_LATENCY_OBJECTIVE_S" in page.text
    assert SUBJECT not in page.text
    assert "Webhooks whose deliveries fail</dt><dd>none" in page.text
    for role in set(HOLDERS) - {Role.OPERATOR}:
        assert sign_in(role).get("/en/ops").status_code == 403


def test_the_plan_is_told_with_its_source_and_nothing_is_made_up(sign_in: SignIn) -> None:
    page = sign_in(Role.AUDITOR).get("/en/plan").text
    assert "Not measured here" in page
    assert "part three 1.1.2" in page


@pytest.mark.parametrize("language", ["zh", "en"])
def test_who_is_parked_is_told_so_wherever_the_subject_is_shown_whole(
    stack: Stack, seen: Seen, language: str
) -> None:
    with recorded(stack, SAID) as url, service(url) as app, running(app) as address:
        with psycopg.connect(url, autocommit=True) as connection:
            projector = Projector(Platform.ORGANISATION, Store("organisation_v1"), CALENDAR)
            partition = partition_of(SUBJECT)
            (end,) = connection.execute(
                "SELECT next_offset FROM organisation_v1.position WHERE partition = %s",
                (partition,),
            ).fetchone() or (0,)
            odd = Raw(end, recorded_ms(TODAY), SUBJECT.encode(), b"no event")
            projector.apply(connection, partition, [odd])
        page = seen.page
        page.goto(f"{address}/{language}/login")
        page.locator("#key").fill(HOLDERS[Role.AUDITOR].key)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda where: not where.endswith("/login"))
        for path in (f"subjects/{SUBJECT}", f"subjects/{SUBJECT}/timeline"):
            page.goto(f"{address}/{language}/{path}")
            assert str(end) in page.locator("p.banner").inner_text(), path
            look(page, f"parked_{path.rpartition('/')[2]}.{language}")
            is_for_everybody(seen, address)
        page.goto(f"{address}/{language}/audit")
        assert page.locator("table td code").first.inner_text() == SUBJECT
        look(page, f"parked_audit.{language}")
        is_for_everybody(seen, address)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_says_so_where_the_database_is_away(seen: Seen, language: str) -> None:
    with ConnectionPool(
        "postgresql://127.0.0.1:1/nothing",
        min_size=0,
        max_size=1,
        timeout=0.2,
        kwargs={"connect_timeout": 1},
    ) as pool:
        app = create_service(
            *(pool, CALENDAR, noon(TODAY), dict), gate=GateOfPages(), pages=pages()
        )
        with running(app) as address:
            for path in ("notices", f"subjects/{SUBJECT}", "lists/major_tax_violator", "years"):
                answer = seen.page.goto(f"{address}/{language}/{path}")
                assert answer is not None
                assert answer.status == 503, path
                assert (
                    seen.page.locator("h1").inner_text()
                    == all_terms()["page"]["away"][0 if language == "zh" else 1]
                )
            look(seen.page, f"database_away.{language}")
            is_for_everybody(seen, address, "a status of 503")
