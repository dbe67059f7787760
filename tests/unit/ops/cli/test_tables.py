"""Tables speak the language of the terminal: every heading that a verb gives stands in the dictionary."""

from __future__ import annotations

import ast
from io import StringIO
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

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


@pytest.mark.parametrize("width", [40, 80, 200])
def test_a_table_whose_columns_would_be_cut_to_pieces_is_told_row_by_row(
    monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setenv("CREDIT_LEDGER_LANGUAGE", "zh")
    table = table_of("department", "name", "region", "reports as", "on", "may report", "basis")
    long = "inspection.quality, inspection.food_drug"
    row = ("market-330100", "杭州市市场监督管理局", "330100", "部门报送", "自然人", long, "条例")
    table.add_row(*row)
    table.add_row(*row)
    console = Console(width=width, file=StringIO())
    console.print(table)
    told = console.file.getvalue()

    assert max(map(cell_len, told.splitlines())) <= width
    assert told.count("market-330100") == told.count("杭州市市场监督管理局") == 2
    assert ("┃" in told) is (width == 200)


def test_a_table_that_fits_stays_a_table() -> None:
    table = table_of("item", "name", "kind", "needed")
    table.add_row("production_division", "生产经营地所在行政区划", "代码、编号", "是")
    console = Console(width=80, file=StringIO())
    console.print(table)

    assert "│ production_division │" in console.file.getvalue()
