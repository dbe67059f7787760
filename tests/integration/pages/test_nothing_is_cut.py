"""Lists that are longer than a page: they say how long, and lead to all of it."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import psycopg
import pytest

from events.rules.access import Role
from tests.support.asking import running
from tests.support.pages import HOLDERS, SAID, recorded, service
from tests.support.patience import AMPLE_S

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ops.local.stack import Stack

REPORTS = 45
PARKED, PARKED_PERSONS = 60, 45


@pytest.fixture
def address(stack: Stack) -> Iterator[str]:
    with recorded(stack, SAID) as url, service(url) as app, running(app) as served:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(
                "INSERT INTO control.receipt SELECT gen_random_uuid(), 'market-zj', now(), "
                "'file ' || n || '.csv', 1, '' FROM generate_series(1, %s) n",
                (REPORTS,),
            )
            for schema, name, count in (
                ("organisation_v1", "S", PARKED),
                ("person_v1", "P", PARKED_PERSONS),
            ):
                connection.execute(
                    f'INSERT INTO {schema}.parked (partition, subject_id, "offset", reason) '
                    "SELECT 0, %s || n, n, 'a test' FROM generate_series(1, %s) n",
                    (name, count),
                )
        yield served


@contextmanager
def client_of(address: str, role: Role) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, headers={"Origin": address}, timeout=AMPLE_S) as client:
        assert client.post("/en/login", data={"key": HOLDERS[role].key}).status_code == 303
        yield client


def test_all_reports_of_a_department_are_reached_page_by_page(address: str) -> None:
    found: list[str] = []
    path: str | None = "/en/desk"
    with client_of(address, Role.DEPARTMENT) as client:
        while path is not None:
            page = client.get(path).text
            shown = re.findall(r">(file \d+\.csv)<", page)
            assert f"{len(shown)} of {REPORTS} on this page" in page
            found += shown
            following = re.search(r'rel="next" href="(/en/desk\?reports=\d+)"', page)
            path = following and following[1]
    assert sorted(found) == sorted(f"file {n}.csv" for n in range(1, REPORTS + 1))


def test_all_that_is_parked_is_reached_page_by_page(address: str) -> None:
    found: list[str] = []
    path: str | None = "/en/audit"
    with client_of(address, Role.AUDITOR) as client:
        while path is not None:
            page = client.get(path).text
            shown = re.findall(r"<code>([SP]\d+)</code>", page)
            assert f"{len(shown)} of {PARKED + PARKED_PERSONS} on this page" in page
            found += shown
            following = re.search(r'rel="next" href="(/en/audit\?parked=\d+)"', page)
            path = following and following[1]
    organisations = [f"S{n}" for n in range(1, PARKED + 1)]
    persons = [f"P{n}" for n in range(1, PARKED_PERSONS + 1)]
    assert sorted(found) == sorted(organisations + persons)
