"""Whoever connects to the broker lets go of it again, whatever comes between."""

from __future__ import annotations

import ast
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import pytest

from tests.test_house import PACKAGES, ROOT, relative, sources, tree

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CONNECTING: Final = frozenset(
    {"Consumer", "AIOKafkaConsumer", "Witness", "LogReader", "LedgerReader"}
)
AS_LONG_AS_ITS_PROCESS: Final[Mapping[str, str]] = {
    "streams/worker.py": "an agent asks it as long as the worker runs",
    "streams/transport/thread.py": "Faust has it, and stops it",
}


def connects(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in CONNECTING
    )


def closing(body: list[ast.stmt]) -> bool:
    """Say whether statements let go of something."""
    return any(
        isinstance(node, ast.Attribute) and node.attr in ("close", "stop")
        for statement in body
        for node in ast.walk(statement)
    )


def follows(node: ast.AST) -> Iterator[tuple[ast.stmt, ast.stmt]]:
    """Give each statement of a body with the one after it."""
    for name in ("body", "orelse", "finalbody"):
        body = getattr(node, name, None)
        if isinstance(body, list):
            yield from pairwise(body)


def held_open(module: ast.Module) -> Iterator[int]:
    """Give the lines that connect, after which an error would leave it connected."""
    safe: set[ast.AST] = set()
    for node in ast.walk(module):
        if isinstance(node, ast.With):
            safe |= {inner for item in node.items for inner in ast.walk(item.context_expr)}
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr == "enter_context":
                safe |= set(node.args)
        elif isinstance(node, ast.ClassDef):
            methods = {each.name for each in node.body if isinstance(each, ast.FunctionDef)}
            if methods & {"close", "__exit__"}:
                for inner in ast.walk(node):
                    of_its_own = (ast.Attribute, ast.Subscript)
                    if isinstance(inner, ast.Assign) and isinstance(inner.targets[0], of_its_own):
                        safe.add(inner.value)
        for first, then in follows(node):
            closes = isinstance(then, ast.Try) and closing(then.finalbody)
            if closes and isinstance(first, ast.Assign):
                safe.add(first.value)
    yield from (node.lineno for node in ast.walk(module) if connects(node) and node not in safe)


def test_every_consumer_is_closed_whatever_comes_between() -> None:
    found = {
        relative(place): lines
        for place in sources(*PACKAGES)
        if (lines := list(held_open(tree(place)))) and relative(place) not in AS_LONG_AS_ITS_PROCESS
    }
    assert found == {}
    stale = [name for name in AS_LONG_AS_ITS_PROCESS if not list(held_open(tree(ROOT / name)))]
    assert stale == []


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (
            "def f():\n c = Consumer({})\n c.assign(x())\n try:\n  pass\n finally:\n  c.close()\n",
            [2],
        ),
        ("def f():\n c = Consumer({})\n try:\n  c.assign(x())\n finally:\n  c.close()\n", []),
        ("def f():\n w = Witness(k)\n w.end()\n", [2]),
        ("def f():\n with Witness(k) as w:\n  w.end()\n", []),
        ("class A:\n def f(self):\n  self.c = Consumer({})\n", [3]),
        ("class A:\n def f(self):\n  self.c = Consumer({})\n def close(self):\n  pass\n", []),
        ("def f():\n return read(LogReader(k))\n", [2]),
    ],
)
def test_what_stays_open_is_named_by_its_line(text: str, lines: list[int]) -> None:
    assert list(held_open(ast.parse(text))) == lines
