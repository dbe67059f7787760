"""Statements in files: each has a name of its own, and a sentence that says what it is for."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from importlib import import_module
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


def of_persons() -> set[str]:
    """Give the tables of the read models that have rows of persons."""
    schema = (ROOT / "projections/store/schema.sql").read_text(encoding="utf-8")
    tables = re.findall(r"^CREATE TABLE (\w+) \((.*?)^\)", schema, re.MULTILINE | re.DOTALL)
    return {
        table for table, columns in tables if re.search(r"^ +subject_id ", columns, re.MULTILINE)
    }


ABOUT_SOME = re.compile(r"(subject_id|_id|entry_id|\"offset\") = (ANY\()?%\S+")
"""What is asked of those whom one names: that is decided for each of them before."""
FIRMS = re.compile(r"\b(seat|industry) >= %")
"""Only firms have one."""
FOR_OPERATORS = {"parked", "erasure"}
"""Who asks for them tends the ledger itself."""


NOBODY_SHOWN = {
    "region_now": "figures of a region are read from states, of which only sums are told",
    "warning_analysis": "how many, nobody named",
    "event_place": "records of whom an auditor draws; each answer is decided for its subject",
}
"""Modules whose answers are not about those whom they read; any other is walked."""


def questions_over_persons() -> dict[str, str]:
    """Give each question whose answer is a page of rows over subjects whom nobody named."""
    over = re.compile(r"\{(" + "|".join(sorted(of_persons() - FOR_OPERATORS)) + r")\}")
    asked = {
        f"{path.stem}.{name}": statements_of(path)[name]
        for path in FILES
        if path.is_relative_to(ROOT / "projections" / "queries") and path.stem not in NOBODY_SHOWN
        for name in named(path)
    }
    return {
        name: text
        for name, text in asked.items()
        if over.search(text)
        and "count(*)" not in text
        and ("LIMIT %" in text or "ORDER BY" in text)
        and not ABOUT_SOME.search(re.sub(r"IS NULL OR [^)]*", "", text))
        and not FIRMS.search(text)
    }


def statements_of(path: Path) -> Mapping[str, str]:
    """Give the statements of a module as it asks them, its lists filled in."""
    module: Mapping[str, str] = import_module(
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
    )._SQL
    return module


OVER_PERSONS = questions_over_persons()


def test_questions_over_persons_are_found() -> None:
    assert OVER_PERSONS


@pytest.mark.parametrize("name", OVER_PERSONS)
def test_no_question_over_persons_shows_who_is_approved_for_erasing(name: str) -> None:
    rows = re.findall(
        r"\{erasure\} x WHERE x.stage = 'approved' AND x.subject_id = (\w)\.", OVER_PERSONS[name]
    )
    assert rows
    assert all(re.search(rf"\}} {row}\b", OVER_PERSONS[name]) for row in rows)


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
