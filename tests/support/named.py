"""The tests that a table names: what stands there as shown is shown by a test that there is."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent.parent


def there_is(name: str) -> bool:
    """Say whether there is a test `file::function`."""
    file, _, test = name.partition("::")
    return test in _names_in(ROOT / file)


@cache
def _names_in(file: Path) -> frozenset[str]:
    if not file.is_file():
        return frozenset()
    tree = ast.parse(file.read_text("utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
