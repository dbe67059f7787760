"""Traceability: the requirements of the plan and the tests that show them (`make trace`).

A test says which requirements it shows, and through what, by the marker
`@pytest.mark.requirement(4, 11, at="command")`, a situation under `tests/cases` by its key `shows`.
The list in `requirements.toml` names them the other way round; both must agree. A requirement is
shown where a test stands at what its user has: a rule that is right in the core alone is seen by
nobody.
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

from ops.cli.bench.group import bench_app

ROOT = Path(__file__).resolve().parent.parent
MUST = 84
PLACES = ("core", "command", "http", "topic", "page", "benchmark")
STEPS = ("doors", "windows", "evidence")
"""What a requirement may await: who may ask and persons, pages, proofs."""

DOORS = {
    "command": ("CliRunner", "submit(", ".run(", "run_verb(", ".ask(", ".said(", ".profile("),
    "http": ("client", "http", ".get("),
    "topic": ("'watch'", "consume", "Consumer", "messages"),
    "page": ("page_of(", "seen", "address", "sign_in"),
}
"""By what a test is known to stand at a place: it cannot be there without one of these."""


@dataclass(frozen=True)
class Requirement:
    """A requirement, through what its user meets the ledger, and what shows it.

    `awaits` names the later step without which its user cannot see it, `lacks` what is missing, and
    `cannot` what cannot be had here, with why.
    """

    no: int
    fit: str
    ref: str
    words: str
    duty: str
    has: tuple[str, ...]
    shown_by: tuple[str, ...]
    awaits: str = ""
    lacks: str = ""
    cannot: str = ""

    @property
    def shown_at(self) -> list[str]:
        """Give each place at which something shows it, in order."""
        found = {at for name in self.shown_by if (at := place_of(name, self.no))}
        return [place for place in PLACES if place in found]

    @property
    def is_shown(self) -> bool:
        """Say whether its user sees the whole of it."""
        seen = set(self.shown_at) & set(self.has)
        return bool(seen) and not self.awaits and not self.lacks and not self.cannot


@dataclass(frozen=True)
class Shown:
    """A test or a situation that names requirements, and whether it asserts anything."""

    name: str
    requirements: tuple[tuple[int, str], ...]
    asserts: bool
    doors: frozenset[str] = frozenset()


@cache
def requirements() -> list[Requirement]:
    """Read the list, in the order of the plan."""
    rows = tomllib.loads((ROOT / "tests/requirements.toml").read_text("utf-8"))["requirement"]
    return [
        Requirement(**row | {name: tuple(row[name]) for name in ("has", "shown_by")})
        for row in rows
    ]


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
            found[name] = Shown(name, tuple((no, "core") for no in case.get("shows", ())), asked)
    return found


def place_of(name: str, number: int) -> str:
    """Give the place at which something shows a requirement; "" where it does not."""
    if name.startswith("bench "):
        return "benchmark" if was_measured(name) else ""
    each = shown().get(name)
    return "" if each is None else dict(each.requirements).get(number, "")


def _is_unmeasured(name: str) -> bool:
    return name.startswith("bench ") and not was_measured(name)


def was_measured(name: str, figures: str = "") -> bool:
    """Say whether figures of a benchmark stand, as it runs by itself, and it missed nothing.

    A run of another size names it (`--subjects 2000`), and shows nothing.
    """
    figures = figures or (ROOT / "ops/bench/FIGURES.md").read_text("utf-8")
    found = [each for each in figures.split("\n## ") if f"\n`credit-ledger {name}`, " in each]
    return bool(found) and not any(" | False |" in each for each in found)


def _tests(path: Path) -> list[Shown]:
    where = path.relative_to(ROOT).as_posix()
    found: list[Shown] = []
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            numbers = [n for decorator in node.decorator_list for n in _numbers(decorator)]
            asserts = any(isinstance(each, ast.Assert) for each in ast.walk(node))
            source = ast.unparse(node)
            doors = frozenset(d for d, marks in DOORS.items() if any(m in source for m in marks))
            name = f"{where}::{node.name}"
            found.append(Shown(name, tuple(numbers), asserts or "pytest.raises" in source, doors))
    return found


def _numbers(decorator: ast.expr) -> list[tuple[int, str]]:
    if not isinstance(decorator, ast.Call) or not ast.unparse(decorator.func).endswith(
        "mark.requirement"
    ):
        return []
    at = next((str(ast.literal_eval(k.value)) for k in decorator.keywords if k.arg == "at"), "core")
    return [(int(ast.literal_eval(argument)), at) for argument in decorator.args]


def _problem_of(row: Requirement, name: str) -> str:
    """Say what is wrong with one thing that shows a requirement; nothing where nothing is."""
    if name.startswith("bench "):
        verb = name.removeprefix("bench ")
        known = any(verb == each.name for each in bench_app.registered_commands)
        return "" if known else f"there is no benchmark {name}"
    each = shown().get(name)
    if each is None:
        return f"there is no test {name}"
    at = dict(each.requirements).get(row.no)
    if at is None:
        return f"{name} does not name it"
    if not each.asserts:
        return f"{name} asserts nothing"
    if at not in PLACES:
        return f"{name} stands at {at!r}, which is no place"
    stack = name.startswith(("tests/acceptance/", "tests/integration/"))
    if at != "core" and not (stack and at in each.doors):
        return f"{name} says that it stands at {at}, and does not"
    return ""


def problems() -> list[str]:
    """Say what the list and the tests do not agree on; empty where they do."""
    rows = requirements()
    found: list[str] = []
    for row in rows:
        where = f"requirement {row.no} ({row.words})"
        if row.fit == "must" and not (row.shown_by or row.awaits or row.lacks or row.cannot):
            found.append(f"{where}: no test shows it")
        if set(row.has) - set(PLACES) or (row.awaits and row.awaits not in STEPS):
            found.append(f"{where}: unknown place or step")
        found += [f"{where}: {wrong}" for name in row.shown_by if (wrong := _problem_of(row, name))]
    listed = {(row.no, name) for row in rows for name in row.shown_by}
    for each in shown().values():
        found += [
            f"{each.name} names requirement {number}, which does not list it"
            for number, _ in each.requirements
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
        Column("seen", ratio=2),
        Column("shown by", ratio=8),
        show_lines=True,
        expand=True,
    )
    for row in requirements():
        lines = [_as_sentence(name) for name in row.shown_by] or ["[dim]not taken[/]"]
        lines += [f"[yellow]no figures[/]: {n}" for n in row.shown_by if _is_unmeasured(n)]
        lines += [f"[yellow]awaits {row.awaits}[/]"] if row.awaits else []
        lines += [f"[yellow]lacks: {row.lacks}[/]"] if row.lacks else []
        lines += [f"[yellow]cannot be had: {row.cannot}[/]"] if row.cannot else []
        seen = ("[green]shown[/] at " if row.is_shown else "at ") + (", ".join(row.shown_at) or "-")
        seen += f"\nhas {', '.join(row.has)}"
        table.add_row(str(row.no), row.ref, row.words, row.duty, seen, "\n".join(lines))
    console = Console(width=None if sys.stdout.isatty() else 200)
    console.print(table)
    must = [row for row in requirements() if row.fit == "must"]
    met = sum(row.is_shown for row in must)
    waiting = sum(bool(row.awaits) for row in must)
    lacking = sum(bool(row.lacks) for row in must)
    barred = sum(bool(row.cannot) for row in must)
    unmeasured = sum(any(_is_unmeasured(each) for each in row.shown_by) for row in must)
    core = len(must) - met - waiting - lacking - barred - unmeasured
    could = sum(row.is_shown for row in requirements() if row.fit == "could")
    console.print(
        f'{met} of {len(must)} "must" are shown where their users stand; {waiting} await a later step,'
        f" {lacking} lack a part, {barred} cannot be had here, {unmeasured} await the run of a benchmark, {core} are asserted of our own code alone. {could} 'could' shown."
    )
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
