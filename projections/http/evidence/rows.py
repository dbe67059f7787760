"""Rows of what proves: the log's files, proofs, reports, verification."""

from __future__ import annotations

from typing import Final

from events.rules.access import Gives
from projections.as_of.cut import CutSilentError
from projections.http.asking import parameters as p
from projections.http.asking.asked import Row
from projections.http.asking.evidence import Verification
from projections.http.errors import (
    BusyError,
    EvidenceAwayError,
    EvidenceUnknownError,
    NothingRecordedError,
)
from projections.http.evidence import answers
from projections.proof.errors import ProofError
from projections.store.live import ProjectionBehindError

_OF_SUBJECT: Final = (p.PLATFORM, p.SUBJECT)

EVIDENCE_ROWS: Final = (
    Row(
        path="/evidence/policy",
        answer=answers.policy,
        gives=Gives.EVIDENCE,
        errors=(EvidenceAwayError, ProofError),
        summary="Which logs are trusted, which witnesses, how many of them (C2SP tlog-policy).",
    ),
    Row(
        path="/evidence/verify.py",
        answer=answers.verifier,
        gives=Gives.EVIDENCE,
        errors=(EvidenceAwayError,),
        summary="The verifier of reports: one file that needs nothing but Python.",
    ),
    Row(
        path="/evidence/{platform}/checkpoint",
        answer=answers.checkpoint,
        gives=Gives.EVIDENCE,
        errors=(EvidenceAwayError, EvidenceUnknownError, ProofError),
        summary="The newest signed checkpoint of the log (C2SP tlog-checkpoint).",
        takes=(p.PLATFORM,),
    ),
    Row(
        path="/evidence/{platform}/tile/{tile:path}",
        answer=answers.tile,
        gives=Gives.EVIDENCE,
        errors=(EvidenceAwayError, EvidenceUnknownError, ProofError),
        summary="A tile of the log, or a bundle of its entries (C2SP tlog-tiles).",
        takes=(p.PLATFORM, p.TILE),
    ),
    Row(
        path="/v1/{platform}/subjects/{subject}/report",
        answer=answers.subject_report,
        gives=Gives.REPORT,
        errors=(
            CutSilentError,
            BusyError,
            EvidenceAwayError,
            NothingRecordedError,
            ProjectionBehindError,
            ProofError,
        ),
        summary="A report that proves: these are all events of the subject, or it has none. What "
        "the reader may not see in full stands in it as a hash.",
        takes=(*_OF_SUBJECT, p.REPORT_PURPOSE, p.VALID_ON, p.KNOWN_AT, p.CUT),
        counts_as="report",
        stays_sealed=True,
    ),
    Row(
        path="/v1/{platform}/events/{event_id}/proof",
        answer=answers.event_proof,
        gives=Gives.HISTORY,
        errors=(EvidenceAwayError, EvidenceUnknownError, ProofError),
        summary="The proof that an event stands in the signed log (C2SP tlog-proof).",
        takes=(p.PLATFORM, p.EVENT, p.EVENT_OF),
        stays_sealed=True,
        costly=True,
    ),
    Row(
        path="/v1/verify",
        answer=answers.verification,
        gives=Gives.EVIDENCE,
        errors=(BusyError, EvidenceAwayError),
        summary="Verify a report, sent as the body: each check by name, whether it holds, why not.",
        methods=("POST",),
        answer_type=Verification,
    ),
)
