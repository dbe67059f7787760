"""Receipts: what a file held, line by line, so that what became of line 17 can be asked later.

A receipt holds lines, places and ids, and no word of what was reported. What became of a line is
read off the journal by the id of its event, and off the refusals by its place; it is kept beside
the receipt once nothing can change it any more.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, Protocol

import msgspec

from events.admission.rejection import RejectionReason
from events.envelope import CHINA, Platform
from events.errors import LedgerError
from events.identity import derived_id
from projections.queries.outcomes import Became, LineFate, Said, became
from projections.store.control.line_fates import KeptFate, keep_fates, kept_fates
from projections.store.control.receipts import (
    Kept,
    admitted_up_to,
    forget_erased,
    keep_receipt,
    load_receipt,
)
from projections.store.quality import ANY_REASON

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from psycopg import Connection

    from events.admission.rejection import Reason

Offset = tuple[str, int, int]
"""Where a submission stands: topic, partition, offset."""


class AtOnce(StrEnum):
    """What became of a line on the spot."""

    SENT = "sent"
    REFUSED = "refused"
    REPEAT = "repeat"
    CONFLICT = "conflict"
    UNSENT = "unsent"


class ReceiptLine(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One line of a file: what became of it on the spot, and where to ask what came of it.

    `reasons` are the codes of a refusal, `remarks` those of what was let pass, `place` is where the
    submission stands.
    """

    line: int
    at_once: AtOnce
    platform: Platform = Platform.ORGANISATION
    said: Said | None = None
    place: Offset | None = None
    reasons: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def event_id(self) -> str | None:
        """The event that the line said; None of one that said none."""
        return None if self.said is None else self.said.event_id


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What a department has in hand of a file that it reported. `sha256` is the file's."""

    receipt_id: str
    department: str
    given_at: datetime
    name: str
    sha256: str
    lines: list[ReceiptLine]


_ERASED: Final = (RejectionReason.PERSON_ERASED.value,)
_receipt: Final = msgspec.json.Decoder(Receipt)


class LineOutcome(msgspec.Struct, frozen=True):
    """What became of a line by now; `why` gives the codes of what it waits for or fell to.

    `remarks` are the codes of what admission let pass of it.
    """

    line: int
    outcome: LineFate
    why: tuple[str, ...] = ()
    event_id: str | None = None
    remarks: tuple[str, ...] = ()


class ReceiptUnknownError(LedgerError):
    """No such receipt: `credit-ledger receipt --department …` lists what there is."""


class Refusals(Protocol):
    """What admission refused, as it stands on the topic of refusals."""

    def of(
        self, platform: Platform, places: Iterable[Offset], since: datetime
    ) -> Mapping[Offset, Sequence[str]]:
        """Give the codes of the reasons, by the place of the submission."""


_AT_ONCE: Final = {
    AtOnce.REFUSED: LineFate.REFUSED,
    AtOnce.REPEAT: LineFate.REPEAT,
    AtOnce.CONFLICT: LineFate.CONFLICT,
}


def make_receipt(
    department: str, given_at: datetime, name: str, sha256: str, lines: list[ReceiptLine]
) -> Receipt:
    """Give a receipt; its id is derived of whose it is, when and of what."""
    moment = given_at.isoformat()
    return Receipt(
        receipt_id=derived_id("receipt", department, moment, name, sha256),
        department=department,
        given_at=given_at,
        name=name,
        sha256=sha256,
        lines=sorted(lines, key=lambda each: each.line),
    )


def codes_of(reasons: Iterable[Reason]) -> tuple[str, ...]:
    """Give the codes of reasons, each once."""
    return tuple(dict.fromkeys(each.code.value for each in reasons))


def store_receipt(connection: Connection[Any], given: Receipt) -> None:
    """Keep a receipt, and count what was refused on the spot beside what admission refuses."""
    refused: Counter[str] = Counter()
    platforms = Counter(each.platform for each in given.lines)
    for each in given.lines:
        if each.at_once is AtOnce.REFUSED:
            refused.update((ANY_REASON, *each.reasons))
    kept = Kept(given.receipt_id, given.department, given.given_at, given.name, len(given.lines))
    keep_receipt(
        connection,
        kept,
        msgspec.json.encode(given),
        persons={
            each.said.subject_id
            for each in given.lines
            if each.said is not None and each.platform is Platform.PERSON
        },
        platform=platforms.most_common(1)[0][0] if platforms else Platform.ORGANISATION,
        month=given.given_at.astimezone(CHINA).date().replace(day=1),
        refused=refused,
    )


def forget_erased_persons(connection: Connection[Any]) -> int:
    """Take persons who were erased out of receipts; give how many receipts named any.

    Their lines say what the same line would be told now: refused, as the person was erased.
    """
    return forget_erased(connection, _without)


def _without(body: bytes, persons: Collection[str]) -> bytes:
    given = _receipt.decode(body)
    erased = frozenset(persons)
    lines = [
        ReceiptLine(each.line, AtOnce.REFUSED, each.platform, reasons=_ERASED)
        if each.said is not None and each.said.subject_id in erased
        else each
        for each in given.lines
    ]
    return msgspec.json.encode(msgspec.structs.replace(given, lines=lines))


def receipt_by_id(connection: Connection[Any], receipt_id: str) -> Receipt:
    """Give a receipt by its id. Raises `ReceiptUnknownError`."""
    body = load_receipt(connection, receipt_id)
    if body is None:
        raise ReceiptUnknownError
    return _receipt.decode(body)


def outcomes(connection: Connection[Any], given: Receipt, refusals: Refusals) -> list[LineOutcome]:
    """Give what became of every line by now, in the order of the lines.

    What nothing can change any more is kept, and asked no more.
    """
    kept = kept_fates(connection, given.receipt_id)
    came = _came_to(connection, given, [x for x in given.lines if x.line not in kept], refusals)
    found = []
    for each in given.lines:
        if (known := kept.get(each.line)) is not None:
            outcome, why = LineFate(known.fate), known.why
        else:
            outcome, why, _ = came[each.line]
        found.append(LineOutcome(each.line, outcome, why, each.event_id, each.remarks))
    return found


def open_outcomes(
    connection: Connection[Any], receipt_id: str, refusals: Refusals
) -> list[LineOutcome]:
    """Give what became by now of those lines alone that something can change; the rest is kept.

    Raises `ReceiptUnknownError`.
    """
    given = receipt_by_id(connection, receipt_id)
    kept = kept_fates(connection, receipt_id)
    lines = [each for each in given.lines if each.line not in kept]
    came = _came_to(connection, given, lines, refusals)
    if any(final for _, _, final in came.values()):
        # Some may name persons who were erased meanwhile, whose lines are not kept.
        kept = kept_fates(connection, receipt_id)
    return [
        LineOutcome(each.line, *came[each.line][:2], each.event_id, each.remarks)
        for each in lines
        if each.line not in kept
    ]


def _came_to(
    connection: Connection[Any], given: Receipt, lines: list[ReceiptLine], refusals: Refusals
) -> dict[int, tuple[LineFate, tuple[str, ...], bool]]:
    """Give what lines came to, the codes of why, and whether it is final; keep what is."""
    sent = [each for each in lines if each.at_once is AtOnce.SENT and each.said]
    known: dict[str, Became] = {}
    for platform in Platform:
        if asked := [s.said for s in sent if s.platform is platform and s.said is not None]:
            known |= became(connection, platform, asked)
    refused = _refused(connection, given, [s for s in sent if s.event_id not in known], refusals)
    came = {each.line: _now(each, known.get(each.event_id or ""), refused) for each in lines}
    keep_fates(
        connection,
        given.receipt_id,
        [
            (
                KeptFate(each.line, came[each.line][0], came[each.line][1], each.event_id),
                _whom(each),
            )
            for each in lines
            if came[each.line][2]
        ],
    )
    return came


def _whom(line: ReceiptLine) -> str | None:
    """Give the natural person whom a line names."""
    if line.platform is not Platform.PERSON or line.said is None:
        return None
    return line.said.subject_id


def _now(
    line: ReceiptLine, came: Became | None, refused: Mapping[Offset, Sequence[str]]
) -> tuple[LineFate, tuple[str, ...], bool]:
    """Give what became of a line, the codes of why, and whether nothing can change it."""
    if line.at_once in _AT_ONCE:
        return _AT_ONCE[line.at_once], line.reasons, True
    if came is not None:
        return came.outcome, () if came.why is None else (came.why,), came.is_final
    if line.place is not None and line.place in refused:
        return LineFate.REFUSED, tuple(refused[line.place]), True
    if line.at_once is AtOnce.UNSENT:
        return LineFate.WAITING, ("not_sent",), True
    return LineFate.WAITING, ("not_yet_read",), False


def _refused(
    connection: Connection[Any], given: Receipt, lines: list[ReceiptLine], refusals: Refusals
) -> dict[Offset, Sequence[str]]:
    """Ask of those lines that admission has dealt with, and the journal does not know."""
    places = {each.place: each.platform for each in lines if each.place is not None}
    ends = admitted_up_to(connection, sorted({topic for topic, _, _ in places}))
    found: dict[Offset, Sequence[str]] = {}
    for platform in set(places.values()):
        dealt_with = [
            (topic, partition, offset)
            for (topic, partition, offset), whose in places.items()
            if whose is platform and offset < ends.get((topic, partition), 0)
        ]
        if dealt_with:
            found |= refusals.of(platform, dealt_with, given.given_at)
    return found
