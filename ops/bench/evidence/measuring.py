"""`bench evidence`: what signing costs the pipeline, and how fast evidence is made and checked.

The speed of a machine changes within the hour, so pipelines without and with a signer take turns,
and how fast the machine hashes stands beside them.
"""

from __future__ import annotations

import tempfile
import time
from contextlib import nullcontext
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import psycopg

from events.partitioning import partition_of
from events.rules.rulebook import load_rulebook
from ops.anew.folder import check_tiles
from ops.bench.asof import default_plan
from ops.bench.evidence.signing import (
    ORGANISATION,
    SIGNS,
    measure_age,
    measure_cost,
    measure_signer,
)
from ops.bench.machine import percentiles
from ops.clock import today
from ops.evidence.auditing import Auditor
from ops.evidence.history import journal_by
from ops.evidence.keys import REPORTS, policy_text, vkeys
from ops.evidence.pages.documents import ReportFormat, document_of
from ops.evidence.proving import prove
from ops.evidence.reporting import make_report
from ops.evidence.settings import read_evidence_settings
from ops.evidence.standing import newest_cut
from ops.evidence.verify_alone import verify
from ops.evidence.verifying import checks_of
from ops.generator import subject_id_at
from ops.terms.terms import Language
from ops.worker import usual_projectors
from projections.as_of.question import Question
from projections.calendar.rules import RuleCalendar
from projections.ledger.reading import read
from projections.queries.event_place import place_of_event
from projections.queries.subject.journalled import journalled

if TYPE_CHECKING:
    from collections.abc import Callable

    from ops.evidence.history import Journal
    from ops.evidence.settings import EvidenceSettings
    from ops.local.stack import Stack

_PROOFS: Final = 300
_REPORTS: Final = 200
_HASHES: Final = 300_000
_AGE_EVENTS: Final = 100_000
_LEAF: Final = b"\0" * 65


def measure_evidence(
    stack: Stack, events: int, subjects: int, seed: int, say: Callable[[str], None]
) -> dict[str, Any]:
    """Measure all in one run, on a log that the turns of the pipeline have filled."""
    turns = 1 + len(SIGNS)
    plans = [default_plan(events // turns, subjects, seed + turn) for turn in range(turns)]
    hashes = [_hashes_per_s()]
    found = measure_cost(stack, plans, usual_projectors(), say)
    hashes.append(_hashes_per_s())
    found |= _checked(stack, say)
    found |= _asked(stack, subjects, say)
    found |= measure_age(stack, replace(plans[0], events=_AGE_EVENTS, seed=seed + 99), say)
    with tempfile.TemporaryDirectory() as beside:
        found |= measure_signer(stack, Path(beside) / "log", say)
    return found | {"sha256_per_s": max(hashes), "sha256_per_s_least": min(hashes)}


def _checked(stack: Stack, say: Callable[[str], None]) -> dict[str, Any]:
    """Time the audit of the log from Kafka, and of its files from entries to root."""
    settings = read_evidence_settings()
    began = time.monotonic()
    audited = Auditor(stack.kafka, settings, ORGANISATION, say).check_log(1)
    seconds = time.monotonic() - began
    shown, folder = newest_cut(settings, ORGANISATION), settings.log_folder(ORGANISATION)
    began = time.monotonic()
    check_tiles(folder, shown.tree.size, shown.tree.root(), lambda _: None)
    leaves = shown.tree.size / (time.monotonic() - began)
    held = sum(each.stat().st_size for each in folder.rglob("*") if each.is_file())
    return {
        "events": audited.events,
        "check_events_per_s": round(audited.events / seconds),
        "leaves_per_s": round(leaves),
        "bytes_per_event": round(held / audited.events, 1),
    }


def _asked(stack: Stack, subjects: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Time proofs, reports, pages and their verification, one after the other."""
    settings = read_evidence_settings()
    say(f"{_PROOFS} proofs, {_REPORTS} reports")
    with psycopg.connect(stack.postgres, autocommit=True) as connection:
        found = {"prove_ms": percentiles(_proved(connection, settings, subjects))}
        journal = journal_by(lambda: nullcontext(connection))
        return found | _reported(stack.kafka, settings, subjects, journal)


def _proved(
    connection: psycopg.Connection[Any], settings: EvidenceSettings, subjects: int
) -> list[float]:
    """Give how long proofs took in ms, each from the id of an event and its subject."""
    offsets, took = newest_cut(settings, ORGANISATION).cut.offsets, list[float]()

    def proof(event_id: str, subject: str) -> None:
        place = place_of_event(connection, ORGANISATION, event_id, subject)
        if place is not None:
            prove(settings, ORGANISATION, place.partition, place.offset)

    for number in range(_PROOFS):
        subject = subject_id_at(ORGANISATION, number * 613 % subjects)
        asked = Question(platform=ORGANISATION, subject_id=subject, valid_on=today())
        known = journalled(connection, asked, offsets[partition_of(subject, len(offsets))])
        for message in known.messages[:1]:
            event = read(message).event
            if event is not None:
                _timed(took, proof, event.envelope.event_id, subject)
    return took


def _reported(
    kafka: str, settings: EvidenceSettings, subjects: int, journal: Journal
) -> dict[str, Any]:
    """Time reports, their pages, and both verifiers."""
    calendar = RuleCalendar(load_rulebook())
    took: dict[str, list[float]] = {
        name: [] for name in ("report", "pdf", "verify", "verify_alone")
    }
    policy, keys = policy_text(settings), "\n".join(v.vkey() for v in vkeys(settings, REPORTS))
    sizes: list[float] = []

    def made(question: Question) -> bytes:
        return make_report(kafka, settings, question, "own", calendar, journal=journal)

    for number in range(_REPORTS):
        rank = subjects // 2 + number * 37 % (subjects // 2)
        subject = subject_id_at(ORGANISATION, rank)
        question = Question(platform=ORGANISATION, subject_id=subject, valid_on=today())
        data = _timed(took["report"], made, question)
        sizes.append(len(data))
        _timed(took["pdf"], document_of, data, ReportFormat.PDF, Language.ZH)
        _timed(took["verify"], checks_of, data, policy, keys)
        _timed(took["verify_alone"], verify, data, policy, keys)
    bytes_told = percentiles(sizes)
    return {f"{name}_ms": percentiles(samples) for name, samples in took.items()} | {
        "report_bytes": bytes_told
    }


def _timed(samples_ms: list[float], work: Callable[..., Any], *given: Any) -> Any:
    began = time.perf_counter()
    found = work(*given)
    samples_ms.append((time.perf_counter() - began) * 1000)
    return found


def _hashes_per_s() -> int:
    began = time.perf_counter()
    for _ in range(_HASHES):
        sha256(_LEAF).digest()
    return round(_HASHES / (time.perf_counter() - began))
