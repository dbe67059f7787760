"""A row of a file as it was read, and the fault of a file as a whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from events.errors import LedgerError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from events.admission.rejection import Reason
    from ops.submission.files.columns import OfficialForm


class FileError(LedgerError):
    """The file cannot be understood as a whole."""

    def __init__(self, message: str, *, line: int | None = None) -> None:
        """Say what is wrong, and on which line where that can be said."""
        super().__init__(message if line is None else f"line {line}: {message}")
        self.line = line


@dataclass(frozen=True, slots=True)
class FileRow:
    """One record of a file: its line as a sheet numbers them, and its values by heading.

    Values are texts (CSV) or JSON values with `Decimal` for numbers that have a point. What could
    not even be read has its reasons here. `form` is the official form that the headings are of.
    """

    line: int
    values: Mapping[str, object]
    reasons: list[Reason] = field(default_factory=list)
    form: OfficialForm | None = None
    not_taken: tuple[str, ...] = ()

    def read_over(self, heading: str) -> bool:
        """Tell whether a heading was said, with the file, to be read over."""
        return heading in self.not_taken
