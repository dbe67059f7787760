"""What is laid out for a terminal, as parts of a page: headings, paragraphs, tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rich.console import Group
from rich.table import Table
from rich.text import Text

from ops.told.paragraph import Paragraph

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType


class PagePart(NamedTuple):
    """A part of a page: a heading or a paragraph of one cell, or a table, row by row."""

    kind: str
    cells: list[str]
    columns: int = 1


def parts_of(said: RenderableType) -> Iterator[PagePart]:
    """Give the parts of what is laid out. Raises `TypeError` of what no page can show."""
    if isinstance(said, Group):
        for each in said.renderables:
            yield from parts_of(each)
    elif isinstance(said, Paragraph):
        yield PagePart("heading" if said.style.startswith("bold") else "text", [said.text])
    elif isinstance(said, Text):
        if said.plain.strip():
            yield PagePart("text", [said.plain])
    elif isinstance(said, str):
        yield PagePart("text", [said])
    elif isinstance(said, Table):
        yield PagePart("table", list(_cells(said)), len(said.columns))
    else:
        raise TypeError(type(said).__name__)


def _cells(table: Table) -> Iterator[str]:
    heads = [_text(column.header) for column in table.columns]
    if any(heads):
        yield from heads
    for row in zip(*(column._cells for column in table.columns), strict=True):  # noqa: SLF001 - without its head
        yield from map(_text, row)


def _text(cell: RenderableType) -> str:
    return "\n".join("  ".join(part.cells) for part in parts_of(cell))
