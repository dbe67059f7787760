"""Options, a fixed "now" and the folder of sample files, as the tests of `submit` share them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from events.rules.rulebook import Rulebook, load_rulebook
from ops.submission.defaults import Defaults, defaults_for
from ops.submission.validation import Validated, validate

NOW = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
SAMPLES = Path(__file__).parents[3] / "data" / "submissions"


class Check:
    """Validates a sample file by its name, or a text as if it stood in a file."""

    def __init__(self, rulebook: Rulebook) -> None:
        self._rulebook = rulebook

    def sample(self, name: str, defaults: Defaults) -> Validated:
        return validate(SAMPLES / name, defaults, self._rulebook, NOW)

    def text(self, text: str, defaults: Defaults, name: str = "a.ndjson") -> Validated:
        return validate(text.encode(), defaults, self._rulebook, NOW, name=name)

    def file(self, data: bytes, defaults: Defaults) -> Validated:
        return validate(data, defaults, self._rulebook, NOW, name="a.xlsx")


@pytest.fixture
def rulebook() -> Rulebook:
    return load_rulebook()


@pytest.fixture
def market(rulebook: Rulebook) -> Defaults:
    return defaults_for(rulebook, department="market-zj", category="penalty.market")


@pytest.fixture
def ecology(rulebook: Rulebook) -> Defaults:
    return defaults_for(rulebook, department="ecology-zj")


@pytest.fixture
def check(rulebook: Rulebook) -> Check:
    return Check(rulebook)


@pytest.fixture
def samples() -> Path:
    return SAMPLES


@pytest.fixture
def now() -> datetime:
    return NOW
