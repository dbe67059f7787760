"""Templates to report in: `catalogue template CATEGORY`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from events.errors import LedgerError
from events.rules.rulebook import load_rulebook
from ops.cli.codes import near_told
from ops.cli.terminal import console, unfit
from ops.submission.files.template import as_csv, as_xlsx

if TYPE_CHECKING:
    from events.rules.catalogue import Category


class CategoryUnknownError(LedgerError):
    """No such category in force: `credit-ledger catalogue categories` lists what there is."""


def category_named(code: str) -> Category:
    """Give the newest row of a category. Raises `CategoryUnknownError`, with those that look like it."""
    row = load_rulebook().category_of(code)
    if row is None:
        zh, en = near_told("category", code)
        text = f"{code}{en}: {CategoryUnknownError.__doc__}"
        raise CategoryUnknownError(text, category=code, near=zh)
    return row


def template_verb(
    category: Annotated[str, typer.Argument(help="The category, such as penalty.market.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Where to write it: FILE.xlsx or FILE.csv.")
    ],
) -> None:
    """Write a template to report a category in: the official form where there is one.

    Its columns of codes are text, and where few words may stand they can be chosen. Filled in, it is
    what `submit` reads.

    What a line is about (所涉记录编号 and its like) may be named by its document number, too.
    """
    row = category_named(category)
    if output.suffix.lower() not in (".xlsx", ".csv"):
        raise unfit("template_file", name=output.name)
    made = as_xlsx(row) if output.suffix.lower() == ".xlsx" else as_csv(row)
    output.write_bytes(made)
    console.print(f"{output} ({row.name_zh})", markup=False, highlight=False)
