"""`bench evidence`: what signing costs the pipeline, and how fast evidence is made and checked.

The speed of a machine changes within the hour, so pipelines without and with a signer take turns,
and how fast the machine hashes stands beside them.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from events.rules.rulebook import load_rulebook
from ops.anew.folder import check_tiles
from ops.bench.asof import default_plan
from ops.bench.evidence.signing import (
    ORGANISATION,
    bench_settings,
    measure_age,
    measure_cost,
    measure_signer,
)
from ops.bench.machine import percentiles
from ops.clock import today
from ops.evidence.auditing import Auditor
from ops.evidence.keys import REPORTS, make_keys, policy_text, vkeys
from ops.evidence.pages.documents import ReportFormat, document_of
from ops.evidence.proving import prove
from ops.evidence.reporting import make_report
from ops.evidence.standing import newest_cut
from ops.evidence.verify_alone import verify
from ops.evidence.verifying import checks_of
from ops.generator import subject_id_at
from ops.terms.terms import Language
from ops.worker import usual_projectors
from projections.as_of.question import Question
from projections.calendar.rules import RuleCalendar

if TYPE_CHECKING:
    from collections.abc import Callable

    from ops.local.stack import Stack

_TURNS: Final = 3
_PROOFS: Final = 300
_REPORTS: Final = 40
_HASHES: Final = 300_000
_AGE_EVENTS: Final = 100_000
_LEAF: Final = b"\0" * 65


def measure_evidence(
    stack: Stack, events: int, subjects: int, seed: int, say: Callable[[str], None]
) -> dict[str, Any]:
    """Measure all in one run, on a log that the turns of the pipeline have filled."""
    settings = bench_settings()
    make_keys(settings)
    each = events // (2 * _TURNS)
    plans = [default_plan(each, subjects, seed + turn) for turn in range(2 * _TURNS)]
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
    settings = bench_settings()
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
    settings, calendar = bench_settings(), RuleCalendar(load_rulebook())
    offsets = newest_cut(settings, ORGANISATION).cut.offsets
    took: dict[str, list[float]] = {
        name: [] for name in ("prove", "report", "pdf", "verify", "verify_alone")
    }
    say(f"{_PROOFS} proofs, {_REPORTS} reports")
    for number in range(_PROOFS):
        partition = number % len(offsets)
        offset = number * 7_919 % offsets[partition]
        _timed(took["prove"], prove, settings, ORGANISATION, partition, offset)
    policy, keys = policy_text(settings), "\n".join(v.vkey() for v in vkeys(settings, REPORTS))
    sizes: list[float] = []
    for number in range(_REPORTS):
        rank = subjects // 2 + number * 37 % (subjects // 2)
        subject = subject_id_at(ORGANISATION, rank)
        question = Question(platform=ORGANISATION, subject_id=subject, valid_on=today())
        data = _timed(took["report"], make_report, stack.kafka, settings, question, "own", calendar)
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
