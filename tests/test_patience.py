"""What tests wait for has an ample bound: a busy machine is no fault of the product."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

import pytest

from tests.test_house import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

_ASKED: Final = frozenset({"get", "post", "put", "delete", "request", "stream", "Client"})
_BOUNDED: Final = frozenset({"timeout", "transport"})


def impatient(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Give the calls that give up soon by a number of their own, or by one that nobody sees."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="wait_for"), args=[_, ast.Constant(), *_]):
                yield node.lineno, "waits for so many seconds: AMPLE_S of tests.support.patience"
            case ast.Call(func=ast.Attribute(value=ast.Name(id="httpx"), attr=name)) if (
                name in _ASKED and not _BOUNDED & {each.arg for each in node.keywords}
            ):
                yield node.lineno, "httpx gives up after 5 s by itself: say timeout=AMPLE_S"
            case ast.Call(func=ast.Attribute(attr="new_context")):
                yield node.lineno, "a browser gives up after 30 s: tests.support.browser.opened"
            case _:
                pass


def test_no_test_gives_up_before_a_busy_machine_has_come_to_it() -> None:
    found = [
        f"{file.relative_to(ROOT)}:{line}: {why}"
        for file in sorted((ROOT / "tests").rglob("*.py"))
        if file != ROOT / "tests" / "support" / "browser.py"
        for line, why in impatient(ast.parse(file.read_text("utf-8")))
    ]
    assert found == []


@pytest.mark.parametrize(
    ("said", "is_impatient"),
    [
        ("wait_for(holds, 10, 'it')", True),
        ("wait_for(holds, AMPLE_S, 'it')", False),
        ("httpx.get(address)", True),
        ("httpx.get(address, timeout=AMPLE_S)", False),
        ("chromium.new_context()", True),
        ("opened(chromium)", False),
    ],
)
def test_who_gives_up_soon_is_named(said: str, *, is_impatient: bool) -> None:
    assert bool(list(impatient(ast.parse(said)))) is is_impatient
