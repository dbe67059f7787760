"""What an audit finds is told with where it stands and what to do about it, in both languages."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ops.anew.found import FoundAt, differs
from ops.cli.evidence import audit
from ops.terms.terms import Language, all_terms

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[5]


def where_codes() -> Iterator[str]:
    """Give the thing that is named wherever a difference is made."""
    for path in (ROOT / "ops").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            called = node.func if isinstance(node, ast.Call) else None
            if isinstance(node, ast.Call) and isinstance(called, ast.Name):
                first = node.args[0] if called.id == "differs" else None
                told = first.value if isinstance(first, ast.Starred) else first
                said = told.elts[0] if isinstance(told, ast.Tuple) else told
                if isinstance(said, ast.Constant):
                    yield str(said.value)


def test_every_thing_that_may_differ_has_its_name_and_what_to_do() -> None:
    found = {where.replace(" ", "_") for where in where_codes()}
    assert {"ledger", "read_model"} <= found
    for group in ("differs_where", "differs_do"):
        assert set(all_terms()[group]) == found


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (Language.ZH, ("账本（Kafka）", "credit.x, 3@7", "停止所有 worker", "LogLostItsEnd")),
        (Language.EN, ("ledger", "credit.x, 3@7", "Stop all workers", "LogLostItsEnd")),
    ],
)
def test_a_difference_is_told_with_its_place_and_the_next_step(
    language: Language,
    said: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("CREDIT_LEDGER_LANGUAGE", language)
    found = differs("ledger", "offset", 7, 8, FoundAt("credit.x", 3, 7), "91330000PDY00001XQ")
    audit._tell(found.difference)
    told = capsys.readouterr().err
    assert [each for each in said if each not in told] == []
