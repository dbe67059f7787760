"""What libraries log: never their text, and not hundreds of times a second."""

from __future__ import annotations

import logging

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
