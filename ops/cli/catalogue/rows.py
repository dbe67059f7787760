"""Rows of the catalogue as they are shown, and the refusal of codes that it lacks."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer
from rich.markup import escape

from events.errors import LedgerError
from ops.cli.codes import near_told
from ops.cli.terminal import console, print_json
from ops.terms.language import language
from ops.terms.terms import Language

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from rich.console import RenderableType

On = Annotated[str | None, typer.Option("--on", help="Day in force (ISO 8601); default: today.")]


class UnknownCodeError(LedgerError):
    """No row of the catalogue has this code."""


def check_known(kind: str, code: str | None, held: Collection[str]) -> None:
    """Refuse a code that is none of those, and say which look like it. Raises `UnknownCodeError`."""
    if code is not None and code not in held:
        zh, en = near_told(kind, code, held)
        raise UnknownCodeError(f"{code!r}: no such {kind} in the catalogue{en}", code=code, near=zh)


def coded(words: Mapping[str, Sequence[str]], code: str) -> str:
    """Give a code as it is told: led by its name where Chinese is spoken."""
    if language() is not Language.ZH or code not in words:
        return code
    return f"{words[code][0]} {code}"


def source(row: Any) -> str:
    """Give what a row rests on."""
    return escape(f"{row.reference} ({row.note})" if row.note else row.reference)


def plain_row(row: Any) -> Any:
    """Give a row as plain values."""
    return msgspec.to_builtins(row, builtin_types=(date,))


def print_rows(rows: Any, table: RenderableType, *, as_json: bool) -> None:
    """Print rows as JSON, or as they are told: a table, or several."""
    if as_json:
        print_json([plain_row(row) for row in rows])
    else:
        console.print(table)
