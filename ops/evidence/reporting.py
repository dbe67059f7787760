"""Make a report: from the log's files and from Kafka, each checked against the other."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from ops.evidence.keys import REPORTS, signers_of
from ops.evidence.standing import ReportShown, newest_cut
from projections.proof.entries import event_entry, record_bytes
from projections.proof.errors import ProofError
from projections.proof.heads import next_head, tag_of
from projections.proof.report import Facts, ShownEvent, report, start_of
from projections.proof.tree import leaf_hash
from streams.signing.checkpoints import read_told
from streams.signing.heads_file import HeadsFile

if TYPE_CHECKING:
    from collections.abc import Callable

    from events.envelope import Platform
    from ops.evidence.settings import EvidenceSettings
    from projections.as_of.question import Question
    from projections.calendar.rules import RuleCalendar
    from projections.proof.entries import Cut
    from projections.proof.prefix_tree import SearchEnd

_PATIENCE_S: Final = 5.0
_PAUSE_S: Final = 0.05


def standing_at_newest_cut(
    settings: EvidenceSettings, platform: Platform, subject_id: str
) -> tuple[ReportShown, SearchEnd]:
    """Give the newest cut, and where a subject stands among its heads."""
    until = time.monotonic() + _PATIENCE_S
    while True:
        at_cut = newest_cut(settings, platform)
        file = HeadsFile(settings.log_folder(platform), read_only=True)
        try:
            at = file.at()
            if at is not None and read_told(at.value).cut == at_cut.cut:
                tree = file.tree()
                if tree.root != (at_cut.cut.heads, at_cut.cut.subjects):
                    raise ProofError(f"the heads are not those of cut {at_cut.cut.number}")
                return at_cut, tree.search(tag_of(subject_id.encode()))
        finally:
            file.close()
        if time.monotonic() > until:  # between the two the signer writes one, then the other
            raise ProofError("heads and checkpoint are of different cuts; is the signer running?")
        time.sleep(_PAUSE_S)


def make_report(
    kafka: str,
    settings: EvidenceSettings,
    question: Question,
    purpose: str,
    calendar: RuleCalendar,
    say: Callable[[str], None] = lambda _: None,
) -> bytes:
    """Make a report of a subject; the question chooses only what its state is of.

    Raises `ProofError` where Kafka holds other events of the subject than were logged.
    """
    # Folding is imported where something is folded: `status` only asks for the newest cut.
    from ops.audit.state import state_from_kafka  # noqa: PLC0415 - see above
    from projections.as_of.state import OwnState, canonical  # noqa: PLC0415 - see above

    platform, subject_id = question.platform, question.subject_id
    at_cut, found = standing_at_newest_cut(settings, platform, subject_id)
    events = _events(kafka, platform, subject_id, at_cut.cut)
    start = start_of(subject_id, events[0].value) if events else None
    _check_head(subject_id, events, start, found)
    if question.cut is None and question.known_at_ms is None:
        question = question.__class__(
            platform=platform,
            subject_id=subject_id,
            valid_on=question.valid_on,
            cut=dict(enumerate(at_cut.cut.offsets)),
            rules_on=question.rules_on,
        )
    state = state_from_kafka(kafka, question, calendar, say)
    own = OwnState(*(getattr(state, name) for name in OwnState.__struct_fields__))
    facts = Facts(
        platform=str(platform),
        subject_id=subject_id,
        purpose=purpose,
        made_at_ms=time.time_ns() // 1_000_000,
        state=canonical(own),
        events=events,
        start=start,
    )
    keys = signers_of(settings, REPORTS, settings.reports_name)
    return report(facts, found, at_cut.cut, at_cut.proof(), keys)


def _events(kafka: str, platform: Platform, subject_id: str, cut: Cut) -> list[ShownEvent]:
    from ops.audit.ledger import LedgerReader  # noqa: PLC0415 - as in `make_report`

    key = subject_id.encode()
    with LedgerReader(kafka, platform) as reader:
        partition = reader.partition_of(subject_id)
        return [
            ShownEvent(partition, raw.offset, raw.timestamp_ms, raw.value)
            for batch in reader.batches(partition, 0, cut.offsets[partition])
            for raw in batch
            if raw.key == key
        ]


def _check_head(
    subject_id: str, events: list[ShownEvent], start: bytes | None, found: SearchEnd
) -> None:
    head = start
    for event in events:
        record = record_bytes(subject_id.encode(), event.value)
        entry = event_entry(event.partition, event.offset, event.timestamp_ms, record)
        head = next_head(head or b"", leaf_hash(entry))
    if (found.head.head if found.head else None) != head:
        raise ProofError(
            f"Kafka holds other events of {subject_id} than were logged: the ledger was altered"
        )
