"""What `ops.told` lays out for a terminal, as sections of a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ops.evidence.pages.parts import PagePart, parts_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import RenderableType


class ToldSection(NamedTuple):
    """A title, and the parts under it."""

    title: str
    parts: list[PagePart]


def sections(told: Iterable[tuple[str, RenderableType]]) -> list[ToldSection]:
    """Give what is laid out under titles."""
    return [ToldSection(title, list(parts_of(part))) for title, part in told]
