"""Each setting is told with its value and its origin, and no password."""

from __future__ import annotations

import re
from pathlib import Path

from ops.pages.operation.settings import is_production, settings_told

ROOT = Path(__file__).parents[5]


def test_every_setting_that_the_readme_lists_is_told() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    listed = set(re.findall(r"CREDIT_LEDGER_[A-Z_]*[A-Z]", readme))
    assert {each.name for each in settings_told({})} == listed


def test_a_setting_says_where_it_comes_from_and_keeps_its_password() -> None:
    told = {
        each.name: each
        for each in settings_told(
            {"CREDIT_LEDGER_POSTGRES": "postgresql://ledger:geheim@db/credit?password=auch"}
        )
    }
    postgres = told["CREDIT_LEDGER_POSTGRES"]
    assert postgres.is_set
    assert "geheim" not in postgres.value
    assert "auch" not in postgres.value
    assert "db/credit" in postgres.value
    assert not told["CREDIT_LEDGER_LATENCY_OBJECTIVE_S"].is_set
    assert told["CREDIT_LEDGER_LATENCY_OBJECTIVE_S"].value == "5.0"


def test_a_key_that_a_setting_holds_is_not_shown() -> None:
    told = settings_told({"CREDIT_LEDGER_KEY": "crl_0123456789ab_geheim"})
    shown = {each.name: each.value for each in told}
    assert shown["CREDIT_LEDGER_KEY"] == "crl_…"


def test_production_is_said_and_never_guessed() -> None:
    assert not is_production({})
    assert not is_production({"CREDIT_LEDGER_PRODUCTION": "no"})
    assert is_production({"CREDIT_LEDGER_PRODUCTION": " Yes "})
