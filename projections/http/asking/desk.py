"""The desk: where the service hands in what is said to it, and asks what became of it. A seam.

The service itself writes nothing and knows no broker; whoever composes it gives it a desk.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

import msgspec

from events.envelope import Platform
from events.errors import LedgerError
from projections.queries.outcomes import LineFate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from psycopg import Connection

    from projections.http.words import Words
    from projections.queries.erasures import ErasureTold
    from projections.queries.waiting import Addressed
    from projections.record.erasure import Hand


class LineTold(msgspec.Struct, frozen=True):
    """What became of a line by now; `why` gives the codes of what it waits for or fell to."""

    line: int
    outcome: LineFate
    why: tuple[str, ...]
    event_id: str | None


class ReceiptTold(msgspec.Struct, frozen=True):
    """A receipt: whose, of when, of which file, and what became of its lines."""

    receipt_id: str
    department: str
    given_at: datetime
    name: str
    lines: list[LineTold]


class TakenNote(msgspec.Struct, frozen=True):
    """What became of an acknowledgement; `repeat` where note was taken before.

    `waiting` where it was handed in and is not recorded yet: the receipt tells.
    """

    warning_id: str
    department: str
    outcome: LineFate
    receipt: str | None = None


class FateOfLine(StrEnum):
    """What became of a line that was reported, as far as it is known.

    `accepted` is on its way to the ledger; `waiting` waits for the record that it is about, or for
    an operator.
    """

    ACCEPTED = "accepted"
    RECORDED = "recorded"
    REPEAT = "repeat"
    CONFLICT = "conflict"
    WAITING = "waiting"
    REFUSED = "refused"


def fate_of(outcome: LineFate, why: Sequence[str]) -> FateOfLine:
    """Tell the fate of a line, by what became of it and the codes of why."""
    on_its_way = outcome is LineFate.WAITING and "not_yet_read" in why
    return FateOfLine.ACCEPTED if on_its_way else FateOfLine(outcome)


GONE_WELL: Final = (FateOfLine.ACCEPTED, FateOfLine.RECORDED, FateOfLine.REPEAT)
"""Fates that ask nothing of who reported."""


class ReasonTold(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why a line fell or waits: a code; of what was refused on the spot field, value and rule."""

    code: str
    field: str | None = None
    value: str | None = None
    rule: str | None = None


class LineOfSubmission(msgspec.Struct, frozen=True):
    """One line: what became of it, and of which event."""

    line: int
    fate: FateOfLine
    event_id: str | None
    reasons: list[ReasonTold]


class SubmissionTold(msgspec.Struct, frozen=True):
    """What became of a submission; without a receipt nothing of it was sent."""

    receipt: str | None
    lines: list[LineOfSubmission]


class LinesOfFate(NamedTuple):
    """Some lines of a receipt, and how many of all came to what."""

    counts: Mapping[FateOfLine, int]
    lines: list[LineOfSubmission]


class SealedLine(msgspec.Struct, frozen=True):
    """A record as it may be written to Kafka: its key, and its bytes in base64; or why it may not.

    `value` goes to `topic` just as it is; or, signed, to `POST /v1/submissions` beside its
    `signature`: the line of a note (C2SP) whose text is `credit-ledger.submission.v1`, the topic
    and the hexadecimal SHA-256 of the bytes, a line each.
    """

    line: int
    platform: Platform | None
    topic: str | None
    subject_id: str | None
    event_id: str | None
    value: bytes | None
    reasons: list[ReasonTold]


class SealedLines(msgspec.Struct, frozen=True):
    """What was sealed, line by line; nothing of it was sent."""

    lines: list[SealedLine]


class PersonToken(msgspec.Struct, frozen=True):
    """As whom the ledger knows a person; whether anything is recorded is not said."""

    subject_id: str


class HandedFile(msgspec.Struct, frozen=True, kw_only=True):
    """What is reported: the bytes, by whom, and what holds of lines that do not say it."""

    data: bytes
    name: str
    department: str
    category: str | None
    region: str | None
    event_type: str | None
    all_or_nothing: bool


class FileUnreadableError(LedgerError):
    """Nothing of a file could be read; the message says why, and `words` in both languages."""

    def __init__(self, words: Words) -> None:
        """Keep why."""
        super().__init__(words.en)
        self.words = words


class GivenReceipt(Protocol):
    """A receipt as it was given: the door asks whose it is, the desk what became of it."""

    @property
    def receipt_id(self) -> str:
        """Its id."""

    @property
    def department(self) -> str:
        """Whose it is."""

    @property
    def lines(self) -> int:
        """How many lines the file had."""


class ErasingDesk(Protocol):
    """Takes what is said of erasures. Raises `ErasureRefusedError`, and `DeskAwayError`."""

    def request(
        self,
        connection: Connection[Any],
        subject_id: str,
        ground: str,
        document_no: str | None = None,
        *,
        hand: Hand,
    ) -> ErasureTold:
        """Ask that a person be erased."""

    def approve(self, connection: Connection[Any], request: str, *, hand: Hand) -> ErasureTold:
        """Approve a request, as a second person."""

    def cancel(
        self, connection: Connection[Any], request: str, of: str | None = None, *, hand: Hand
    ) -> ErasureTold:
        """Cancel a request that is not done; `of` is whose it must be."""


class Desk(Protocol):
    """Takes what is reported. Raises `DeskAwayError` where it cannot."""

    @property
    def erasing(self) -> ErasingDesk:
        """Where erasures are asked for and approved."""

    def take_in(self, handed: HandedFile) -> SubmissionTold:
        """Check what is reported and send what is good. Raises `FileUnreadableError`."""

    def seal(self, handed: HandedFile) -> SealedLines:
        """Check what is reported and seal it; send nothing. Raises `FileUnreadableError`."""

    def token(self, number: str) -> str:
        """Give the token of a right identity number. Raises `VaultClosedError`."""

    def check(self, handed: HandedFile) -> list[LineOfSubmission]:
        """Only check, and give the lines that would be refused. Raises `FileUnreadableError`."""

    def template(self, name: str, ending: str) -> bytes | None:
        """Give an empty form of an event type or category; None where there is none."""

    def receipt(self, connection: Connection[Any], receipt_id: str) -> GivenReceipt | None:
        """Look a receipt up; None where there is none of that id."""

    def became(self, connection: Connection[Any], given: Any) -> ReceiptTold:
        """Give what became by now of the lines of a receipt that was looked up."""

    def some_lines(
        self,
        connection: Connection[Any],
        given: Any,
        fate: FateOfLine | None,
        first: int,
        limit: int,
    ) -> LinesOfFate:
        """Give some lines of a receipt, of one fate or of all; what asks for something first."""

    def take_note(self, told: Addressed, department: str, note: str | None) -> TakenNote:
        """Record that a department took note of a warning. Raises `NotTakenError`."""
