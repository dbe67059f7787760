"""Tests mirror the modules both ways: each module has its test file, or a line that says why not."""

from __future__ import annotations

import ast
import tomllib
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from ops.cli.verbs import VERBS
from tests.test_house import PACKAGES, ROOT, relative, sources, tree


@cache
def entries() -> list[dict[str, Any]]:
    return list(tomllib.loads((ROOT / "tests/covered.toml").read_text("utf-8"))["covered"])


def own_test_of(module: str) -> str:
    folder, _, name = module.rpartition("/")
    return f"tests/unit/{folder}/test_{name}"


@cache
def without_a_test_file() -> frozenset[str]:
    modules = {relative(p) for p in sources(*PACKAGES) if p.name != "__init__.py"}
    return frozenset(m for m in modules if not (ROOT / own_test_of(m)).exists())


def matches(module: str, pattern: str) -> bool:
    """Say whether a path fits a pattern, whose `*` does not reach into folders."""
    return module.count("/") == pattern.count("/") and fnmatchcase(module, pattern)


def test_a_module_has_its_test_file_or_a_line_that_says_why_not() -> None:
    times = {
        module: sum(matches(module, p) for entry in entries() for p in entry["modules"])
        for module in without_a_test_file()
    }
    assert {module: n for module, n in times.items() if n != 1} == {}


def test_no_line_is_stale() -> None:
    stale = [
        pattern
        for entry in entries()
        for pattern in entry["modules"]
        if not any(matches(module, pattern) for module in without_a_test_file())
    ]
    assert stale == []
    assert [by for e in entries() for by in e["by"] if not (ROOT / by).exists()] == []
    assert all(entry["why"] for entry in entries())


@cache
def imports_of(path: str) -> frozenset[str]:
    """Give the files of ours that a file imports, also within functions, or by its table of verbs."""
    found = set()
    if path == "ops/cli/verbs.py":
        found |= {f"ops/cli/{verb.module.replace('.', '/')}.py" for verb in VERBS.values()}
    for node in ast.walk(tree(ROOT / path)):
        names = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        for name in names:
            place = name.replace(".", "/")
            found |= {f for f in (f"{place}.py", f"{place}/__init__.py") if (ROOT / f).exists()}
    return frozenset(found)


def led_to(tests: list[str]) -> set[str]:
    """Give every file that tests import, directly or by way of others."""
    seen, waiting = set(tests), list(tests)
    while waiting:
        new = imports_of(waiting.pop()) - seen
        seen |= new
        waiting += new
    return seen


def test_the_tests_that_are_named_lead_to_the_modules() -> None:
    lost = []
    for entry in entries():
        if entry.get("runs"):
            continue
        reached = led_to(entry["by"])
        lost += [
            module
            for module in without_a_test_file()
            if any(matches(module, p) for p in entry["modules"]) and module not in reached
        ]
    assert lost == []
