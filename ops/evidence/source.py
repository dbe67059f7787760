"""What the query service gives as evidence: files, proofs and reports of this installation."""

from __future__ import annotations

import time
from importlib.resources import files
from typing import TYPE_CHECKING

from ops.evidence.keys import REPORTS, policy_text, vkeys
from ops.evidence.pages.documents import ReportFormat, document_of
from ops.evidence.proving import prove
from ops.evidence.reporting import make_report
from ops.evidence.standing import cuts_now
from ops.evidence.verifying import checks_of
from ops.terms.terms import Language
from projections.http.asking.evidence import CheckTold, CutStanding, Verification
from projections.proof.entries import record_bytes
from projections.proof.errors import ProofError
from projections.proof.tiles import tile_at
from streams.signing.folder import Folder

if TYPE_CHECKING:
    from events.envelope import Platform
    from ops.evidence.history import Journal
    from ops.evidence.settings import EvidenceSettings
    from projections.as_of.question import Question
    from projections.as_of.reader_view import SeenBy
    from projections.calendar.rules import RuleCalendar
    from projections.queries.event_place import EventPlace


class InstalledEvidence:
    """The evidence of this installation."""

    def __init__(
        self,
        kafka: str,
        settings: EvidenceSettings,
        calendar: RuleCalendar,
        journal: Journal | None = None,
    ) -> None:
        """Keep where all is; nothing is opened before it is used."""
        self._journal = journal
        self._kafka = kafka
        self._settings = settings
        self._calendar = calendar

    def checkpoint(self, platform: Platform) -> bytes | None:
        """Give the newest signed checkpoint."""
        found = Folder(self._settings.log_folder(platform)).checkpoint()
        return None if found is None else found.encode()

    def tile(self, platform: Platform, path: str) -> bytes | None:
        """Give a tile or a bundle of entries."""
        try:
            return Folder(self._settings.log_folder(platform)).read_tile(tile_at(path))
        except ProofError:
            return None

    def cuts_now(self) -> list[CutStanding]:
        """Give how each platform's log stands; one that was never begun is left out."""
        return cuts_now(self._settings, time.time())

    def policy(self) -> str:
        """Give the policy in force."""
        return policy_text(self._settings)

    def verifier(self) -> bytes:
        """Give the stand-alone verifier."""
        return (files("ops.evidence") / "verify_alone.py").read_bytes()

    def report(
        self, question: Question, purpose: str, media_type: str, language: str, reader: SeenBy
    ) -> bytes:
        """Give a report of a subject, as JSON or as pages that hold it."""
        found = make_report(
            *(self._kafka, self._settings, question, purpose, self._calendar),
            journal=self._journal,
            reader=reader,
        )
        form = ReportFormat(media_type.rpartition("/")[2])
        return document_of(found, form, Language(language))

    def proof(self, platform: Platform, place: EventPlace) -> str:
        """Give the proof of an event at the place where the read models have it."""
        record = record_bytes(place.subject_id.encode(), place.value)
        return prove(self._settings, platform, place.partition, place.offset, record).told

    def verify(self, report: bytes) -> Verification:
        """Check a report by the keys that are known here."""
        keys = "\n".join(each.vkey() for each in vkeys(self._settings, REPORTS))
        found = checks_of(report, policy_text(self._settings), keys)
        checks = [CheckTold(each["check"], each["ok"], each["why"]) for each in found]
        return Verification(all(each.ok for each in checks), checks)
