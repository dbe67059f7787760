"""A row of a file as it was read, and the fault of a file as a whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from events.errors import LedgerError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from events.admission.rejection import Reason


class FileError(LedgerError):
    """The file cannot be understood as a whole."""

    def __init__(self, message: str, *, line: int | None = None) -> None:
        """Say what is wrong, and on which line where that can be said."""
        super().__init__(message if line is None else f"line {line}: {message}")
        self.line = line


@dataclass(frozen=True, slots=True)
class Row:
    """One record of a file: the line on which it begins, and its values by column as written.

    Values are texts (CSV) or JSON values with `Decimal` for numbers that have a point. What could
    not even be read has its reasons here.
    """

    line: int
    values: Mapping[str, object]
    reasons: list[Reason] = field(default_factory=list)
