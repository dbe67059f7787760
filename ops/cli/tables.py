"""Tables that answers are told in: headings in the language of the terminal, cells that fold.

Where the terminal is too narrow for the columns, the rows stand below each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rich.cells import cell_len
from rich.markup import escape
from rich.measure import Measurement
from rich.table import Column, Table
from rich.text import Text

from ops.terms.language import language
from ops.terms.terms import Language, Terms, all_terms

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult

READABLE: Final = 14
"""Cells that a column needs to be read: seven Chinese characters, or the code of a department."""
_FRAME: Final = 3
"""Cells that the frame takes of each column; one more closes it."""


class Rows(Table):
    """A table; its rows are told one below the other where its columns would be cut to pieces."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Render as a table, or as rows."""
        if self.fits(options.max_width):
            yield from super().__rich_console__(console, options)
            return
        for cells in zip(*(column._cells for column in self.columns), strict=True):  # noqa: SLF001 - a table knows its cells
            yield Text("─" * min(options.max_width, 40), style="dim")
            for column, cell in zip(self.columns, cells, strict=True):
                told = Text.from_markup(cell) if isinstance(cell, str) else cell
                if told:
                    yield Text.assemble((f"{column.header} ", "dim"), told)
        if self.caption:
            yield Text.from_markup(str(self.caption), style="dim italic")

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        """Measure as a table, or as lines that fold."""
        if self.fits(options.max_width):
            return super().__rich_measure__(console, options)
        return Measurement(min(READABLE, options.max_width), options.max_width)

    def fits(self, width: int) -> bool:
        """Say whether each column can be as wide as it must be to be read."""
        return sum(map(_needed, self.columns)) + _FRAME * len(self.columns) + 1 <= width


def _needed(column: Column) -> int:
    """Give how wide a column must be: whole if it may not fold."""
    texts = [Text.from_markup(str(each)) for each in (column.header, *column._cells)]  # noqa: SLF001 - likewise
    widest = max(cell_len(line) for text in texts for line in text.plain.split("\n"))
    return widest if column.no_wrap else min(widest, READABLE)


def table_of(*heads: str, caption: str | None = None) -> Table:
    """Give a table that folds: Chinese has no blanks to break a line at."""
    terms, words = Terms(language()), all_terms()["heading"]
    return Rows(
        *(Column(terms.word(words, head), overflow="fold") for head in heads), caption=caption
    )


def names(row: Any) -> str:
    """Give the name of a row: in Chinese where Chinese is spoken, else in both languages."""
    alone = language() is Language.ZH
    return escape(row.name_zh if alone else f"{row.name_zh} {row.name_en}")
