"""Asking the query service in a test: its clock stands still, and it is called by a name it knows."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import TYPE_CHECKING

from starlette.testclient import TestClient

from events.envelope import CHINA

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.applications import Starlette


def noon(day: date) -> Callable[[], datetime]:
    """Give a clock that stands at noon in China."""
    return lambda: datetime.combine(day, time(12), CHINA)


def client_of(app: Starlette) -> TestClient:
    """Give a client of a service, to which a failure is an answer as it would be outside."""
    return TestClient(app, base_url="http://localhost", raise_server_exceptions=False)
