"""What an audit finds: the first difference, named by its place."""

from __future__ import annotations

from typing import Final, NamedTuple

from events.errors import LedgerError


class FoundDifference(NamedTuple):
    """Something is other than it must be: where it stands, which field, what must be and what is.

    `where` is the thing that is wrong: `ledger`, `log`, `heads`, `checkpoints`, `folder`, `record`,
    `submission`, `read model`, `report`. What does not apply is None.
    """

    where: str
    topic: str | None
    partition: int | None
    offset: int | None
    subject_id: str | None
    field: str
    expected: str
    found: str

    def in_one_line(self) -> str:
        """Tell it to people."""
        told = f"{self.where}: {self.place()}: {self.field}: "
        return f"{told}{self.expected} must stand there, and {self.found} is found"

    def place(self) -> str:
        """Give where it stands: topic or file, place, subject; as far as they apply."""
        at = None if self.partition is None else f"{self.partition}@{self.offset}"
        return ", ".join(filter(None, (self.topic, at, self.subject_id)))


class DiffersError(LedgerError):
    """Something is other than it must be."""

    exit_code = 1

    def __init__(self, difference: FoundDifference) -> None:
        """Name it."""
        super().__init__(difference.in_one_line())
        self.difference = difference

    def __reduce__(self) -> tuple[type[DiffersError], tuple[FoundDifference]]:
        """Go from one process to another whole."""
        return DiffersError, (self.difference,)


class FoundAt(NamedTuple):
    """A topic, or a file, and where in it."""

    topic: str | None
    partition: int | None = None
    offset: int | None = None


_NOWHERE: Final = FoundAt(None)


def differs(
    where: str,
    field: str,
    expected: object,
    found: object,
    at: FoundAt = _NOWHERE,
    subject_id: str | None = None,
) -> DiffersError:
    """Make the error that names a difference."""
    said = str(expected)[:200], str(found)[:200]
    return DiffersError(FoundDifference(where, *at, subject_id, field, *said))
