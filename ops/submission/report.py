"""What became of each file of a submission, in a form that turns into JSON."""

from __future__ import annotations

from typing import Any, Final, cast

import msgspec

from ops.submission.line import BadLine, OtherwiseLine, RemarkedLine
from ops.submission.receipts import LineOutcome
from projections.http.words import Words
from projections.queries.outcomes import LineFate

ALL_SENT: Final = 0
SOME_REFUSED: Final = 1
NOTHING_SENT: Final = 2
BROKER_UNREACHABLE: Final = 3
INTERRUPTED: Final = 130
_FELL: Final = frozenset({LineFate.CONFLICT, LineFate.REFUSED})


class FileReport(msgspec.Struct, kw_only=True):
    """One file: what was recognised of it and what became of its lines.

    Every row is counted once: sent, refused, repeated in the file, standing in the ledger already
    (and so not sent again), otherwise there, or (if sending stopped) unsent. `problem` says why
    nothing of the file could be read at all. `became` is what the ledger made of the lines, as far
    as was waited for; `remarked` are good lines of which something was let pass.
    """

    name: str
    encoding: str = ""
    form: str = ""
    rows: int = 0
    sent: int = 0
    repeated: int = 0
    standing: int = 0
    not_taken: list[str] = []
    otherwise: list[OtherwiseLine] = []
    receipt: str | None = None
    became: list[LineOutcome] = []
    remarked: list[RemarkedLine] = []
    refused: list[BadLine] = []
    problem: Words | None = None

    @property
    def unsent(self) -> int:
        """How many good lines the broker has not acknowledged."""
        done = self.sent + self.repeated + self.standing
        return self.rows - done - len(self.refused) - len(self.otherwise)


class Report(msgspec.Struct, kw_only=True):
    """What became of a submission; `failure` says what stopped the sending.

    `remarks` name what could not be done beside it, and why: `not_asked`, `no_receipt`.
    """

    files: list[FileReport] = []
    dry_run: bool = False
    all_or_nothing: bool = False
    failure: Words | None = None
    interrupted: bool = False
    remarks: list[tuple[str, str]] = []

    @property
    def sent(self) -> int:
        """How many lines the broker has."""
        return sum(file.sent for file in self.files)

    @property
    def refused(self) -> int:
        """How many lines were refused."""
        return sum(len(file.refused) for file in self.files)

    @property
    def otherwise(self) -> int:
        """How many lines say otherwise than what stands under their number."""
        return sum(len(file.otherwise) for file in self.files)

    @property
    def faultless(self) -> bool:
        """Tell whether every file could be read and every line was good."""
        readable = all(file.problem is None for file in self.files)
        fell = any(each.outcome in _FELL for file in self.files for each in file.became)
        return readable and not (self.refused or self.otherwise or fell)

    @property
    def exit_code(self) -> int:
        """Give 0 all sent, 1 some refused, 2 nothing sent, 3 the broker did not take it.

        130 after Ctrl-C, as of any program that was so ended.
        """
        if self.interrupted:
            return INTERRUPTED
        if self.failure is not None:
            return BROKER_UNREACHABLE
        if self.faultless:
            return ALL_SENT
        would_send = self.dry_run and not self.all_or_nothing
        standing = any(file.standing for file in self.files)
        good = self.sent or standing or (would_send and any(file.unsent for file in self.files))
        return SOME_REFUSED if good else NOTHING_SENT

    def to_json(self) -> dict[str, Any]:
        """Give the report as plain values, the counts of each file and of all included."""
        plain = cast("dict[str, Any]", msgspec.to_builtins(self))
        for shown, file in zip(plain["files"], self.files, strict=True):
            shown["unsent"] = file.unsent
            shown["problem"] = file.problem and file.problem.en
        plain["failure"] = self.failure and self.failure.en
        return plain | {"sent": self.sent, "refused": self.refused, "exit_code": self.exit_code}
