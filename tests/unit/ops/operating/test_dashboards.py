"""Alert rules, runbooks and dashboards: what they name is there."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml

from ops.cli.verbs import VERBS, loaded
from ops.operating.dashboards import FOLDER, dashboards
from projections.http import counting
from projections.http.operation import gauges
from projections.http.operation.requests import REGISTRY
from tests.support.promql import holds, names_of
from tests.test_house import ROOT

RULES: list[dict[str, Any]] = yaml.safe_load((FOLDER / "alerts.yaml").read_text("utf-8"))["groups"][
    0
]["rules"]
RUNBOOKS = sorted((FOLDER / "runbooks").glob("*.md"))
README = FOLDER / "README.md"
SECTIONS = ["What it means", "Whom it hits", "Check", "Act", "Undo", "Tell"]
PROMETHEUS_OWN = {"up"}
_SAMPLES = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"]}
NAMES = {rule["alert"] for rule in RULES}


def given() -> set[str]:
    """Give every metric that the running product gives."""
    kinds = [each for each in vars(gauges).values() if isinstance(each, gauges.GaugeKind)]
    counted = {
        f"{family.name}{end}"
        for family in REGISTRY.collect()
        for end in (
            {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"]}[family.type]
        )
    }
    latency = {f"credit_ledger_latency_seconds_{end}" for end in ("bucket", "sum", "count")}
    assert counting.REGISTRY is REGISTRY  # It counts questions there, too.
    return {f"credit_ledger_{kind.name}" for kind in kinds} | counted | latency | PROMETHEUS_OWN


def panels() -> list[Any]:
    return [panel for board in dashboards().values() for panel in json.loads(board)["panels"]]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_a_rule_parses_asks_for_what_there_is_and_is_told_in_both_languages(rule: Any) -> None:
    promql_parser.parse(rule["expr"])
    assert names_of(rule["expr"]) <= given()
    assert rule["labels"]["severity"] in {"page", "ticket"}
    told = rule["annotations"]
    assert re.search(r"[\u4e00-\u9fff]", told["summary_zh"])
    assert not re.search(r"[\u4e00-\u9fff]", told["summary_en"])
    assert (FOLDER / told["runbook"]).exists()


FIGURES = {
    "CutOld": (
        {"cut_age_seconds": {"organisation": 400}, "signer_behind_events": {"organisation": 3}},
        {"cut_age_seconds": {"organisation": 400}, "signer_behind_events": {"organisation": 0}},
    ),
    "DiskAlmostFull": (
        {"disk_free_megabytes": {"/data": 900}, "disk_floor_megabytes": {"": 512}},
        {"disk_free_megabytes": {"/data": 1_100}, "disk_floor_megabytes": {"": 512}},
    ),
    "ManyRefused": ({"submissions_refused": {"": 1_001}}, {"submissions_refused": {"": 999}}),
    "QuestionsFail": (
        {"requests_total": {"200": 90, "503": 2}},
        {"requests_total": {"200": 900, "503": 2}},
    ),
    "QuestionsSlow": (
        {"request_seconds_bucket": {"0.5": 90, "5.0": 100, "+Inf": 100}},
        {"request_seconds_bucket": {"0.5": 99, "5.0": 100, "+Inf": 100}},
    ),
}
"""What cannot be waited for in a test is figured: a scrape at which the rule holds, and one not."""
_LABEL = {
    "requests_total": "status",
    "request_seconds_bucket": "le",
    "disk_free_megabytes": "folder",
}


def figured(figures: dict[str, dict[str, float]]) -> dict[str, Any]:
    return {
        f"credit_ledger_{name}": {
            frozenset({(_LABEL.get(name, "platform"), label)} if label else set()): value
            for label, value in rows.items()
        }
        for name, rows in figures.items()
    }


@pytest.mark.parametrize("alert", FIGURES)
def test_a_rule_holds_when_it_should_and_not_before(alert: str) -> None:
    (expr,) = [rule["expr"] for rule in RULES if rule["alert"] == alert]
    wrong, well = FIGURES[alert]
    assert holds(expr, figured(wrong))
    assert not holds(expr, figured(well))


def test_each_rule_is_tried_where_it_is_broken_or_here() -> None:
    broken = (ROOT / "tests/acceptance/test_alerts.py").read_text("utf-8")
    assert {name for name in NAMES if f'"{name}"' in broken} | set(FIGURES) == NAMES


def test_each_rule_has_its_runbook_and_each_runbook_its_rule() -> None:
    assert [page.stem for page in RUNBOOKS] == sorted(NAMES)


@pytest.mark.parametrize("page", RUNBOOKS, ids=lambda page: page.stem)
def test_a_runbook_says_all_that_there_is_to_say(page: Path) -> None:
    text = page.read_text("utf-8")
    parts = re.split(r"^## (.+)$", text, flags=re.MULTILINE)
    assert parts[1::2] == SECTIONS
    assert all(part.strip() for part in parts[2::2])
    assert set(re.findall(r"\b(?:see|See) ((?:[A-Z][a-z]+){2,})", text)) <= NAMES


@pytest.mark.parametrize("page", [*RUNBOOKS, README], ids=lambda page: page.stem)
def test_what_a_runbook_tells_to_run_is_a_verb(page: Path) -> None:
    commands = re.findall(
        r"credit-ledger ([a-z](?:(?!credit-ledger)[^`\n])*)",
        re.sub(r"\n +", " ", page.read_text("utf-8")),
    )
    assert commands
    for command in commands:
        is_verb(command)


def is_verb(text: str) -> None:
    """Walk to the verb, and hold what follows against what it takes."""
    name, *words = shlex.split(text)
    assert name in VERBS, text
    command: Any = loaded(name, VERBS[name])
    while hasattr(command, "commands"):
        assert words, text
        assert words[0] in command.commands, text
        command = command.commands[words.pop(0)]
    options = {name for parameter in command.params for name in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= options, text
    taken = [each for each in command.params if each.param_type_name == "argument"]
    assert len([word for word in words if word.isupper()]) <= len(taken), text


def test_the_dashboards_are_those_that_are_described() -> None:
    kept = {file.stem: file.read_text("utf-8") for file in (FOLDER / "dashboards").glob("*.json")}
    assert kept == dashboards(), "run `python -m ops.operating.dashboards`"


@pytest.mark.parametrize("panel", panels(), ids=lambda panel: panel["title"])
def test_a_panel_parses_and_asks_for_what_there_is(panel: Any) -> None:
    for target in panel["targets"]:
        promql_parser.parse(target["expr"])
        assert names_of(target["expr"]) <= given()
