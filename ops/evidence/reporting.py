"""Make a report: the subject's events, each checked against the heads of the signed log."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, NamedTuple

from ops.evidence.keys import REPORTS, signers_of
from ops.evidence.standing import ReportShown, newest_cut
from projections.as_of.question import Part
from projections.proof.entries import event_entry, record_bytes
from projections.proof.errors import LogAlteredError, ProofError
from projections.proof.heads import tag_of
from projections.proof.report import Facts, HiddenEvent, ShownEvent, report, start_of
from projections.proof.tree import leaf_hash
from streams.signing.checkpoints import read_told
from streams.signing.heads_file import HeadsFile

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from events.envelope import Platform
    from ops.evidence.history import Journal, Recorded
    from ops.evidence.settings import EvidenceSettings
    from projections.as_of.question import Question
    from projections.as_of.reader_view import SeenBy
    from projections.calendar.rules import RuleCalendar
    from projections.ledger.message import Read
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
                tree = file.tree_by_groups()
                if tree.root != (at_cut.cut.heads, at_cut.cut.subjects):
                    raise LogAlteredError(
                        file.place, f"the heads are not those of cut {at_cut.cut.number}"
                    )
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
    journal: Journal | None = None,
    reader: SeenBy | None = None,
) -> bytes:
    """Make a report of a subject; the question chooses only what its state is of.

    For a `reader` who may not see all, what he may not see in full stands as a leaf, and his view
    of the subject in the place of its state.

    Known at a moment means: as far as the newest signed cut goes. Without a journal, or where it
    does not hold what was signed, the subject's partition is read from Kafka.

    Raises `ProofError` where Kafka holds other events of the subject than were logged, and where
    the state is asked of a cut that is not signed yet.
    """
    # Folding is imported where something is folded: `status` only asks for the newest cut.
    from ops.evidence.history import history_of  # noqa: PLC0415 - see above
    from projections.ledger.reading import read  # noqa: PLC0415 - likewise

    platform, subject_id = question.platform, question.subject_id
    at_cut, found = standing_at_newest_cut(settings, platform, subject_id)
    head = found.head.head if found.head else None
    history = history_of(kafka, question, at_cut.cut, head, journal, say)
    events = history.events
    part = Part(history.partition, history.known)
    items = [read(each.message) for each in events if each.message.offset < part.cut]
    told = _told(question, items, part, reader, calendar)
    facts = Facts(
        platform=str(platform),
        subject_id=subject_id,
        purpose=purpose,
        made_at_ms=time.time_ns() // 1_000_000,
        state=told.state,
        events=[_event(question, part.partition, each, told.shown) for each in events],
        start=start_of(subject_id, events[0].message.value) if events else None,
    )
    keys = signers_of(settings, REPORTS, settings.reports_name)
    return report(facts, found, at_cut.cut, at_cut.proof(), keys)


class _ReaderPart(NamedTuple):
    """The bytes of the state, and the offsets of what is shown in full; None: all."""

    state: bytes
    shown: frozenset[int] | None


def _told(
    question: Question,
    items: Sequence[Read],
    part: Part,
    reader: SeenBy | None,
    calendar: RuleCalendar,
) -> _ReaderPart:
    from projections.as_of.reader_view import (  # noqa: PLC0415 - as in `make_report`
        WHOLE_VIEWS,
        StateShown,
        seen_by,
    )
    from projections.as_of.state import canonical, concluded_as_of  # noqa: PLC0415 - likewise

    if reader is None or reader.view in WHOLE_VIEWS:
        return _ReaderPart(canonical(concluded_as_of(items, question, part, calendar).state), None)
    offsets, shown = seen_by(items, question, reader, calendar)
    names = question.platform, question.subject_id, reader.on
    state = StateShown(*names, *part, reader.view, shown)
    return _ReaderPart(canonical(state), offsets)


def _event(
    question: Question, partition: int, recorded: Recorded, shown: frozenset[int] | None
) -> ShownEvent | HiddenEvent:
    message, stamp = recorded
    if shown is None or message.offset in shown:
        return ShownEvent(partition, message.offset, stamp, message.value)
    record = record_bytes(question.subject_id.encode(), message.value)
    return HiddenEvent(leaf_hash(event_entry(partition, message.offset, stamp, record)))
