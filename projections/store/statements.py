"""Named statements: SQL stands in `.sql` files beside the module that asks it.

A file holds statements one after the other. Each begins with its name, as in `-- lock_position --`,
and a sentence of comment. The name in braces of one that stands above it is that statement, so that
what two have in common is spelled once. Other names in braces are filled in by `Store.statement`:
tables of a version, and lists of columns that are spelled where their row is defined.
"""

from __future__ import annotations

import re
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAME: Final = re.compile(r"^-- ([a-z][a-z0-9_]*) --$", re.MULTILINE)
_COMMENT: Final = re.compile(r"^\s*--.*\n", re.MULTILINE)


def statements(module: str) -> Mapping[str, str]:
    """Give the statements of the file beside a module, by name, without their comments.

    `module` is its dotted name: the file of `projections.store.live` is `live.sql` beside it.
    """
    package, _, name = module.rpartition(".")
    return parse((files(package) / f"{name}.sql").read_text(encoding="utf-8"))


def parse(text: str) -> Mapping[str, str]:
    """Part a file into its statements.

    Raises `ValueError` where a name stands twice, or for nothing.
    """
    _, *parts = _NAME.split(text)
    above: dict[str, str] = {}
    for name, body in zip(parts[::2], parts[1::2], strict=True):
        statement = _COMMENT.sub("", body).strip().removesuffix(";")
        if name in above or not statement:
            raise ValueError(f"{name}: {'stands twice' if name in above else 'no statement'}")
        for other, whole in above.items():
            statement = statement.replace(f"{{{other}}}", whole)
        above[name] = statement
    return MappingProxyType(above)
