"""A report for a class of readers is refused where nobody could be meant."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from ops.cli import app

SUBJECT = "91330100PDY000028X"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--view", "shared", "--department", "nope"], "no department has this code"),
        (["--view", "public", "--department", "market-zj"], "only with --view shared"),
        (["--department", "market-zj"], "only with --view shared"),
    ],
)
def test_a_department_that_would_count_for_nothing_is_refused(
    monkeypatch: pytest.MonkeyPatch, options: list[str], told: str
) -> None:
    monkeypatch.setenv("CREDIT_LEDGER_LANGUAGE", "en")
    done = CliRunner().invoke(app, ["report", SUBJECT, "--purpose", "audit", *options])
    assert done.exit_code == 2
    assert told in done.output.replace("\n", " ")
