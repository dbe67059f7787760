"""Structured logs: one JSON object a line on standard error, or readable lines on a terminal."""

from __future__ import annotations

import logging
import math
import sys
from typing import Final

import structlog

_HEARD_EVERY_S: Final = 10.0


def configure_logs(level: str = "info") -> None:
    """Set up structlog, and let only errors of libraries through in the same form."""
    terminal = sys.stderr.isatty()
    renderer = structlog.dev.ConsoleRenderer() if terminal else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.ERROR, handlers=[_Libraries()], force=True)


class _Libraries(logging.Handler):
    """Errors of libraries in the same form: which and where, for their text may quote a record.

    One place may complain hundreds of times a second while a broker is away; it is heard once in
    a while, with how often it was not.
    """

    def __init__(self) -> None:
        super().__init__()
        self._heard: dict[tuple[str, int], tuple[float, int]] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Log one, or count it."""
        place = (record.name, record.lineno)
        heard_at, unheard = self._heard.get(place, (-math.inf, 0))
        if record.created - heard_at < _HEARD_EVERY_S:
            self._heard[place] = (heard_at, unheard + 1)
            return
        self._heard[place] = (record.created, 0)
        fault = record.exc_info[0] if record.exc_info else None
        structlog.get_logger().error(
            "library_error",
            library=record.name,
            at=f"{record.filename}:{record.lineno}",
            error=fault.__name__ if fault else None,
            unheard=unheard,
        )
