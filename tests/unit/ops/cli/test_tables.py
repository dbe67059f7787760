"""Tables speak the language of the terminal: every heading that a verb gives stands in the dictionary."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from events.rules.versions import Level
from ops.cli import quality
from ops.cli.tables import table_of
from ops.terms.terms import all_terms
from projections.queries.warning_analysis import By
from tests.support.words import has_chinese

CLI = Path(quality.__file__).parent


def headings() -> set[str]:
    """Give each heading that is written in a call of `table_of`, and those that are counted or codes."""
    calls = [
        node
        for path in CLI.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "table_of"
    ]
    written = {a.value for call in calls for a in call.args if isinstance(a, ast.Constant)}
    return {str(each) for each in written | {*quality.SHOWN, *By, *Level}} - {""}


def test_every_heading_has_its_chinese() -> None:
    words = all_terms()["heading"]
    assert len(headings()) > 40
    assert headings() - set(words) == set(), "give these in [heading] of ops/terms/terms.toml"
    assert [zh for zh, _ in words.values() if not has_chinese(zh)] == []


@pytest.mark.parametrize(("language", "said"), [("zh", "部门"), ("en", "department")])
def test_a_table_is_headed_in_the_language_of_the_terminal(
    monkeypatch: pytest.MonkeyPatch, language: str, said: str
) -> None:
    monkeypatch.setenv("CREDIT_LEDGER_LANGUAGE", language)
    assert [each.header for each in table_of("department", "").columns] == [said, ""]
