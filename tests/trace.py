"""Traceability: the requirements of the plan and the tests that show them (`make trace`).

A test says which requirements it shows by the marker `@pytest.mark.requirement(4, 11)`, a situation
under `tests/cases` by its key `shows`. The list in `requirements.toml` names them the other way
round; both must agree.
"""

from __future__ import annotations

import ast
import sys
import tomllib
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from rich.console import Console
from rich.table import Column, Table

ROOT = Path(__file__).resolve().parent.parent
MUST = 74


@dataclass(frozen=True)
class Requirement:
    """A requirement, what shows it, and what of it awaits a later step."""

    no: int
    fit: str
    ref: str
    words: str
    duty: str
    shown_by: tuple[str, ...]
    awaits: str = ""


@dataclass(frozen=True)
class Shown:
    """A test or a situation that names requirements, and whether it asserts anything."""

    name: str
    requirements: tuple[int, ...]
    asserts: bool


@cache
def requirements() -> list[Requirement]:
    """Read the list, in the order of the plan."""
    rows = tomllib.loads((ROOT / "tests/requirements.toml").read_text("utf-8"))["requirement"]
    return [Requirement(**row | {"shown_by": tuple(row["shown_by"])}) for row in rows]


@cache
def shown() -> dict[str, Shown]:
    """Find everything that names a requirement: tests by id, situations by file and name."""
    found: dict[str, Shown] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for each in _tests(path):
            found[each.name] = each
    for path in sorted((ROOT / "tests/cases/data").glob("*.toml")):
        for case in tomllib.loads(path.read_text("utf-8"))["case"]:
            name = f"{path.name}: {case['name']}"
            asked = any(on.keys() - {"day", "known", "rules_on"} for on in case["on"])
            found[name] = Shown(name, tuple(case.get("shows", ())), asked)
    return found


def _tests(path: Path) -> list[Shown]:
    where = path.relative_to(ROOT).as_posix()
    found: list[Shown] = []
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            numbers = [n for decorator in node.decorator_list for n in _numbers(decorator)]
            asserts = any(isinstance(each, ast.Assert) for each in ast.walk(node))
            raises = "pytest.raises" in ast.unparse(node)
            found.append(Shown(f"{where}::{node.name}", tuple(numbers), asserts or raises))
    return found


def _numbers(decorator: ast.expr) -> list[int]:
    if not isinstance(decorator, ast.Call) or not ast.unparse(decorator.func).endswith(
        "mark.requirement"
    ):
        return []
    return [int(ast.literal_eval(argument)) for argument in decorator.args]


def problems() -> list[str]:
    """Say what the list and the tests do not agree on; empty where they do."""
    found: list[str] = []
    by_name, rows = shown(), requirements()
    for row in rows:
        where = f"requirement {row.no} ({row.words})"
        if row.fit == "must" and not row.shown_by and not row.awaits:
            found.append(f"{where}: no test shows it")
        for name in row.shown_by:
            each = by_name.get(name)
            if each is None:
                found.append(f"{where}: there is no test {name}")
            elif row.no not in each.requirements:
                found.append(f"{where}: {name} does not name it")
            elif not each.asserts:
                found.append(f"{where}: {name} asserts nothing")
    listed = {(row.no, name) for row in rows for name in row.shown_by}
    for each in by_name.values():
        found += [
            f"{each.name} names requirement {number}, which does not list it"
            for number in each.requirements
            if (number, each.name) not in listed
        ]
    return found


def _as_sentence(name: str) -> str:
    """Give the name of a test as it reads: where it stands, and the fact that it states."""
    where, test, fact = name.removeprefix("tests/").partition("::test_")
    return f"{where}: {fact.replace('_', ' ')}" if test else name


def bases() -> Counter[str]:
    """Count the dated versions of rules by what they rest on; `in part` is assumed beside a law."""
    found: Counter[str] = Counter()
    for path in sorted((ROOT / "events/rules").glob("*.toml")):
        for line in path.read_text("utf-8").splitlines():
            if line.startswith("reference = "):
                part = "assumption" in line and not line.startswith('reference = "assumption')
            if line.startswith("basis = ") and path.stem != "laws":
                basis = line.split('"')[1]
                found[basis] += 1
                found["in part"] += part and basis != "assumption"
    return found


def main() -> int:
    """Print every requirement with what shows it; 1 where something is missing."""
    table = Table(
        Column("no"),
        Column("ref", no_wrap=True),
        Column("the plan's words", ratio=3, overflow="fold"),
        Column("software must", ratio=4, overflow="fold"),
        Column("shown by", ratio=8),
        show_lines=True,
        expand=True,
    )
    for row in requirements():
        awaits = [f"[yellow]awaits {row.awaits}[/]"] if row.awaits else []
        tests = [_as_sentence(name) for name in row.shown_by]
        none = ["[dim]not taken[/]"] if not tests and not awaits else []
        table.add_row(str(row.no), row.ref, row.words, row.duty, "\n".join(tests + awaits + none))
    console = Console(width=None if sys.stdout.isatty() else 200)
    console.print(table)
    must = [row for row in requirements() if row.fit == "must"]
    met = sum(bool(row.shown_by) for row in must)
    waiting = sum(bool(row.awaits) for row in must)
    could = sum(bool(row.shown_by) for row in requirements() if row.fit == "could")
    console.print(f'{met} of {len(must)} "must" are shown, {waiting} await; {could} "could" taken.')
    rests = bases()
    console.print(
        f"Of {rests.total() - rests['in part']} rule versions {rests['text']} rest on a text read,"
        f" {rests['secondary']} on a secondary source, {rests['assumption']} on assumption;"
        f" {rests['in part']} of the former in part on assumption."
    )
    for problem in problems():
        console.print(f"[red]{problem}[/]")
    return 1 if problems() else 0


if __name__ == "__main__":
    sys.exit(main())
