"""Paragraphs for the terminal: text in Chinese, English or both, wrapped as either is written.

Chinese has no blanks to break a line at, so a line may end after any of its characters; no line
begins with a closing mark.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len
from rich.measure import Measurement
from rich.segment import Segment
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult

_PIECES: Final = re.compile(r"\s+|[^\s\u2e80-\uffef]+|.", re.DOTALL)
_BREAKS: Final = re.compile(r"[\t\n\r]+")
_CLOSING: Final = frozenset(";:,.)]!?号，。；：！？、）〕】》”’")
_OPENING: Final = frozenset("（〔【《“‘")
_NARROWEST: Final = 24


class Paragraph:
    """A text that is wrapped to the width that there is."""

    def __init__(self, text: str, style: str = "") -> None:
        """Take the text, whose own line breaks count as blanks, and a style of `rich`."""
        self.text = _BREAKS.sub(" ", text)
        self.style = style

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        style = console.get_style(self.style)
        for line in wrapped(self.text, options.max_width):
            yield Segment(line, style)
            yield Segment.line()

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        widest = cell_len(self.text)
        return Measurement(min(_NARROWEST, widest), widest).with_maximum(options.max_width)


def wrapped(text: str, width: int) -> Iterator[str]:
    """Break a text into lines of at most so many cells; a longer word is broken where it must."""
    line, cells = "", 0
    for piece in _unbroken(text):
        wide = cell_len(piece)
        if cells + cell_len(piece.rstrip()) > width and line.strip():
            yield line.rstrip()
            line, cells = "", 0
            if not piece.strip():
                continue
        rest = piece
        while cell_len(rest) > width:
            yield rest[:width]
            rest = rest[width:]
            wide = cell_len(rest)
        line, cells = line + rest, cells + wide
    if line.strip():
        yield line.rstrip()


def _unbroken(text: str) -> Iterator[str]:
    """Give the pieces between which a line may end."""
    piece = ""
    for found in _PIECES.findall(text):
        if piece and not (found[0] in _CLOSING or piece[-1] in _OPENING):
            yield piece
            piece = ""
        piece += found
    if piece:
        yield piece


def entries(rows: Iterable[tuple[RenderableType, RenderableType]]) -> Table:
    """Lay out entries: on the left what is looked for, on the right what is said of it."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(ratio=1)
    for left, right in rows:
        table.add_row(left, right)
    return table
