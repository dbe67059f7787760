"""Named statements: SQL stands in `.sql` files beside the module that asks it.

A file holds statements one after the other. Each begins with its name, as in `-- lock_position --`,
and a sentence of comment. The name in braces of one that stands above it is that statement, so that
what two have in common is spelled once. So is a list of columns: where its row is defined, and
`statements` is given it. Tables, which are of a version, are filled in when a statement is asked.
"""

from __future__ import annotations

import re
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_NAME: Final = re.compile(r"^-- ([a-z][a-z0-9_]*) --$", re.MULTILINE)
_COMMENT: Final = re.compile(r"^\s*--.*\n", re.MULTILINE)


def statements(module: str, **lists: str) -> Mapping[str, str]:
    """Give the statements of the file beside a module, by name, without their comments.

    `module` is its dotted name: the file of `projections.store.live` is `live.sql` beside it.
    `lists` are filled in for their names in braces.
    """
    package, _, name = module.rpartition(".")
    return parse((files(package) / f"{name}.sql").read_text(encoding="utf-8"), **lists)


def comma_separated(names: Iterable[str], form: str = '"{}"') -> str:
    """List columns, or what stands for each of them in a form."""
    return ", ".join(form.format(name) for name in names)


def parse(text: str, **lists: str) -> Mapping[str, str]:
    """Part a file into its statements.

    Raises `ValueError` where a name stands twice, or for nothing.
    """
    _, *parts = _NAME.split(text)
    above: dict[str, str] = {}
    for name, body in zip(parts[::2], parts[1::2], strict=True):
        statement = _COMMENT.sub("", body).strip().removesuffix(";")
        if name in above or not statement:
            raise ValueError(f"{name}: {'stands twice' if name in above else 'no statement'}")
        for other, whole in {**lists, **above}.items():
            statement = statement.replace(f"{{{other}}}", whole)
        above[name] = statement
    return MappingProxyType(above)
