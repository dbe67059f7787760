"""A local server that ended by itself is started anew where there is room, one that was stopped not."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from ops.local.postgres import LocalPostgres
from ops.local.watch import start_what_ended

TOO_MUCH_MB = 10**9

pytestmark = [pytest.mark.stack, pytest.mark.chaos]


def test_what_ended_is_started_anew_once_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("CREDIT_LEDGER_KAFKA", "CREDIT_LEDGER_POSTGRES"):
        monkeypatch.delenv(name, raising=False)
    server = LocalPostgres(tmp_path)
    try:
        server.start()
        # Where root starts it, its data are elsewhere, perhaps on another disk: that one is meant.
        with psycopg.connect(server.address) as connection:
            (where,) = connection.execute("SHOW data_directory").fetchone() or ("",)
        assert Path(where).is_relative_to(server.data)
        assert start_what_ended(tmp_path, 0) == []
        server.kill()
        assert start_what_ended(tmp_path, TOO_MUCH_MB) == []
        assert server.pid is None
        assert start_what_ended(tmp_path, 0) == ["LocalPostgres"]
        with psycopg.connect(server.address) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        server.stop()
        assert start_what_ended(tmp_path, 0) == []
    finally:
        server.erase()
