"""A file of all firms while the service is killed: what is half of it is never taken for whole."""

from __future__ import annotations

import json
from datetime import date
from threading import Thread
from typing import TYPE_CHECKING, Any, Final

import httpx
import psycopg
import pytest

from events.partitioning import LEDGER_PARTITIONS
from ops.generator import GeneratorPlan
from ops.local.stack import Stack
from tests.support.asking import filled
from tests.support.chaos import wait_for
from tests.support.patience import AMPLE_S
from tests.support.served import ServedProcess
from tests.support.stack import fresh_database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PLAN: Final = GeneratorPlan(
    events=600, subjects=60, seed=7, first_day=date(2024, 1, 1), last_day=date(2026, 5, 31)
)
PATH: Final = "/v1/organisation/exports/cloudevents"
LAST: Final = LEDGER_PARTITIONS - 1


class _NoLife:
    """Nobody's life is told besides."""

    subject_id = ""
    scenes = ()


class Download(Thread):
    """A client that takes a file in; `ended` says whether it was told that it has all of it."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url
        self.got = b""
        self.ended: bool | None = None

    def run(self) -> None:
        try:
            with httpx.stream("GET", self._url, timeout=AMPLE_S) as answer:
                for part in answer.iter_raw():
                    self.got += part
            self.ended = True
        except httpx.RemoteProtocolError:
            self.ended = False


@pytest.fixture
def database(stack: Stack) -> Iterator[str]:
    with fresh_database(stack.postgres) as url:
        life: Any = _NoLife()
        filled(url, PLAN, life)
        yield url


def test_a_file_is_cut_off_where_the_service_is_killed_and_is_whole_and_once_after_it(
    stack: Stack, database: str, tmp_path: Path
) -> None:
    served = ServedProcess(Stack(kafka=stack.kafka, postgres=database), tmp_path / "log")
    try:
        whole = httpx.get(served.address + PATH, timeout=AMPLE_S).content
        with psycopg.connect(database) as holding:
            # It gets as far as the last partition, and waits there as long as it lives.
            holding.execute(f"LOCK TABLE organisation_v1.profile_{LAST} IN ACCESS EXCLUSIVE MODE")
            download = Download(served.address + PATH)
            download.start()
            wait_for(lambda: _is_waited_for(database), AMPLE_S, "the export waits")
            served.kill()
            download.join(AMPLE_S)
        assert download.ended is False
        assert 0 < len(download.got) < len(whole)

        served.start()
        wait_for(served.is_up, AMPLE_S, "the service is up again")
        again = httpx.get(served.address + PATH, timeout=AMPLE_S).content
    finally:
        served.kill()
    assert again == whole
    told = [json.loads(line)["id"] for line in again.splitlines()]
    assert len(told) == len(set(told)) > 100
    assert whole.startswith(download.got)


def _is_waited_for(database: str) -> bool:
    asked = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    with psycopg.connect(database) as connection:
        return connection.execute(asked).fetchone() != (0,)
