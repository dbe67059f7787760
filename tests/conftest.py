"""Fixtures for tests that need a real broker and a real database."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, settings

from events.errors import LedgerError
from ops.compile import modules
from ops.local.stack import Stack
from tests.support.stack import fresh_database, shared_stack

# The same histories in every run, however slow the machine: what stands on main is not refused by
# luck. `pytest --hypothesis-profile explore` looks for new ones.
settings.register_profile(
    "explore", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("same", settings.get_profile("explore"), derandomize=True)
settings.load_profile("same")


def pytest_configure() -> None:
    """Refuse to test what was compiled of older sources than those that stand here."""
    root = Path(__file__).resolve().parent.parent
    for name in modules():
        source = root / name
        for compiled in source.parent.glob(f"{source.stem}.*.so"):
            if compiled.stat().st_mtime < source.stat().st_mtime:
                pytest.exit(f"{name} is newer than what was compiled of it: `make compile`", 2)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what uses the stack, so that `-m 'not stack'` leaves nothing that starts one."""
    for item in items:
        if "stack" in getattr(item, "fixturenames", ()):
            item.add_marker("stack")


@pytest.fixture(autouse=True)
def _no_log_is_left_configured() -> Iterator[None]:
    """Take back what a test that runs a verb set up: the next would write to a closed stream."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """Run one throw-away Kafka and Postgres for the whole session."""
    running = shared_stack()
    try:
        addresses = running.__enter__()
    except LedgerError as error:
        if os.environ.get("CREDIT_LEDGER_REQUIRE_STACK") == "1":
            raise
        pytest.skip(f"no local stack: {error}")
    try:
        yield addresses
    finally:
        running.__exit__(None, None, None)


@pytest.fixture
def database(stack: Stack) -> Iterator[str]:
    """Hand out the URL of an empty database of the test's own."""
    with fresh_database(stack.postgres) as url:
        yield url


@pytest.fixture
def topic_prefix() -> str:
    """Hand out a beginning for topic names that no other test has."""
    return f"t{uuid.uuid4().hex[:10]}."
