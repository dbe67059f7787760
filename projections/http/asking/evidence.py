"""Evidence: where the service has the log's files, proofs and reports from. A seam.

The service itself holds no key and reads no file of the log; whoever composes it gives it a source.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

import msgspec

if TYPE_CHECKING:
    from events.envelope import Platform
    from projections.as_of.question import Question
    from projections.as_of.reader_view import SeenBy
    from projections.queries.event_place import EventPlace


REPORT_TYPES: Final = ("application/json", "application/pdf", "text/html")
"""What a report is given as; the first where nobody asks for another."""


class CheckTold(msgspec.Struct, frozen=True):
    """A check of a report by its name, whether it holds, and why not."""

    check: str
    ok: bool
    why: str


class Verification(msgspec.Struct, frozen=True):
    """Whether a report holds in all of its checks."""

    ok: bool
    checks: list[CheckTold]


class CutStanding(msgspec.Struct, frozen=True):
    """The newest signed cut of a platform that may be shown: its number, events, and age in s.

    `silent` are the witnesses of the policy who did not cosign it. `wrong` says why nothing is
    proved, where that is so; then there is no cut.
    """

    platform: str
    cut: int = 0
    events: int = 0
    age_s: float | None = None
    wrong: str | None = None
    silent: list[str] = []


class EvidenceSource(Protocol):
    """Gives what proves. Raises `ProofError` where nothing is signed yet, or a file was altered."""

    def checkpoint(self, platform: Platform) -> bytes | None:
        """Give the newest signed checkpoint that may be shown; None before the first."""

    def tile(self, platform: Platform, path: str) -> bytes | None:
        """Give a tile or a bundle of entries by its path (C2SP tlog-tiles); None of no such one."""

    def cuts_now(self) -> list[CutStanding]:
        """Give how each platform's log stands; one that was never begun is left out."""

    def policy(self) -> str:
        """Give whom this installation trusts, as a C2SP tlog-policy."""

    def verifier(self) -> bytes:
        """Give the stand-alone verifier, a file of plain Python."""

    def report(
        self, question: Question, purpose: str, media_type: str, language: str, reader: SeenBy
    ) -> bytes:
        """Give a report of a subject that proves itself: JSON, or pages that hold it.

        What the reader may not see in full stands in it as a leaf. The media type is one of
        `REPORT_TYPES`, the language `zh` or `en`.
        """

    def proof(self, platform: Platform, place: EventPlace) -> str:
        """Give the proof that an event stands in the log, at the place that the read models name.

        Raises `ProofError` where another record was logged there.
        """

    def verify(self, report: bytes) -> Verification:
        """Check a report as whoever is handed it would, by the keys that are known here."""
