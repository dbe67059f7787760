"""Statements in files: each has a name of its own, and a sentence that says what it is for."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from projections.store.statements import parse, statements
from projections.store.tables.versioned import _TABLES as TABLES

ROOT = Path(__file__).resolve().parents[4]
FILES = sorted(
    path.with_suffix(".py")
    for package in ("projections", "streams", "ops")
    for path in (ROOT / package).rglob("*.sql")
    if re.search(r"^-- \w+ --$", path.read_text(encoding="utf-8"), re.MULTILINE)
)


def named(path: Path) -> list[str]:
    """Give the names by which a module asks for its statements."""
    return [
        node.slice.value
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Subscript)
        and isinstance(node.value, ast.Name)
        and node.value.id == "_SQL"
        and isinstance(node.slice, ast.Constant)
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_statement_is_used_and_every_one_used_exists(path: Path) -> None:
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    within = re.findall(r"\{(\w+)\}", path.with_suffix(".sql").read_text(encoding="utf-8"))
    wanted = set(named(path))
    assert wanted <= set(statements(module))
    assert set(statements(module)) <= wanted | set(within)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_statement_has_the_name_of_a_table(path: Path) -> None:
    """Both stand in braces."""
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    assert set(statements(module)) & {*TABLES, "event", "profile"} == set()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_statement_has_a_sentence(path: Path) -> None:
    text = path.with_suffix(".sql").read_text(encoding="utf-8")
    for name, sentence in re.findall(r"^-- (\w+) --\n((?:-- .*\n)*)", text, re.MULTILINE):
        assert sentence.rstrip().endswith("."), name


def test_a_file_is_parted_by_its_names_and_comments_are_left_out() -> None:
    found = parse("-- first --\n-- One.\nSELECT 1;\n\n-- second --\n-- Two.\nSELECT\n    2;\n")
    assert found == {"first": "SELECT 1", "second": "SELECT\n    2"}


def test_a_statement_stands_within_those_below_it() -> None:
    found = parse("-- one --\nSELECT 1 FROM {event};\n-- two --\n{one} LIMIT 2;\n")
    assert found["two"] == "SELECT 1 FROM {event} LIMIT 2"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("-- one --\nSELECT 1;\n-- one --\nSELECT 2;\n", "one: stands twice"),
        ("-- one --\n-- Nothing.\n", "one: no statement"),
    ],
)
def test_a_name_that_stands_twice_or_for_nothing_is_a_fault(text: str, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        parse(text)
