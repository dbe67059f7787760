"""What libraries log: never their text, and not hundreds of times a second."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading

import structlog
from structlog.testing import capture_logs

from ops.logs import _Libraries


def _record(created: float, line: int = 7) -> logging.LogRecord:
    said = logging.LogRecord("lib", logging.ERROR, "/x/lib.py", line, "secret %s", ("91X",), None)
    said.created = created
    return said


def test_a_complaint_that_repeats_is_counted_and_its_text_left_out() -> None:
    structlog.reset_defaults()
    handler = _Libraries()
    with capture_logs() as heard:
        for created in (100.0, 100.1, 101.0, 111.0):
            handler.emit(_record(created))
        handler.emit(_record(111.0, line=8))
    assert [(each["at"], each["unheard"]) for each in heard] == [
        ("lib.py:7", 0),
        ("lib.py:7", 2),
        ("lib.py:8", 0),
    ]
    assert "secret" not in str(heard)
    assert "91X" not in str(heard)


def test_a_worker_logs_json_on_standard_error_and_nothing_else_anywhere() -> None:
    """Its modules are imported as it begins to work, and log as they were told by then."""
    away = {
        "CREDIT_LEDGER_KAFKA": "127.0.0.1:1",
        "CREDIT_LEDGER_POSTGRES": "postgresql://127.0.0.1:1/none",
    }
    with subprocess.Popen(
        [sys.executable, "-m", "ops", "worker", "--role", "admission"],
        env={**os.environ, **away},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as worker:
        assert worker.stderr is not None
        silent = threading.Timer(60, worker.kill)
        silent.start()
        line = worker.stderr.readline()
        silent.cancel()
        worker.kill()
        assert worker.stdout is not None
        assert worker.stdout.read() == b""
    assert json.loads(line)["event"] == "database_away"
