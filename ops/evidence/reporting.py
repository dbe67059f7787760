"""Make a report: from the log's files and from Kafka, each checked against the other."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, NamedTuple

from ops.evidence.keys import REPORTS, policy_of, signers_of
from projections.proof.entries import Cut, event_entry, read_cut, record_bytes
from projections.proof.errors import ProofError
from projections.proof.heads import next_head, tag_of
from projections.proof.inclusion import InclusionProof
from projections.proof.notes import parse_note
from projections.proof.report import Facts, ShownEvent, report, start_of
from projections.proof.tiles import TILE_WIDTH, Tile, TiledTree, unpack_entries
from projections.proof.tree import inclusion, leaf_hash
from streams.signing.checkpoints import read_told
from streams.signing.folder import Folder
from streams.signing.heads_file import HeadsFile

if TYPE_CHECKING:
    from collections.abc import Callable

    from events.envelope import Platform
    from ops.evidence.settings import EvidenceSettings
    from projections.as_of.question import Question
    from projections.calendar.rules import RuleCalendar
    from projections.proof.prefix_tree import SearchEnd

_PATIENCE_S: Final = 5.0
_PAUSE_S: Final = 0.05


class ReportShown(NamedTuple):
    """The newest cut that may be shown: its checkpoint as a note, its tree, and the cut."""

    note: str
    tree: TiledTree
    cut: Cut

    def proof(self) -> InclusionProof:
        """Prove that the cut is the last entry of the tree."""
        size = self.tree.size
        return InclusionProof(size - 1, tuple(inclusion(self.tree.node, size - 1, size)), self.note)


def newest_cut(settings: EvidenceSettings, platform: Platform) -> ReportShown:
    """Give the newest cut that reached the quorum. Raises `ProofError` where there is none."""
    folder = Folder(settings.log_folder(platform))
    note = folder.checkpoint()
    if note is None:
        raise ProofError(
            f"{folder.path}: nothing is signed yet; `credit-ledger worker` signs within seconds of"
            " the first event"
        )
    policy, parsed = policy_of(settings), parse_note(note)
    checkpoint = policy.check_log(parsed)
    policy.check_witnesses(parsed)
    tree = TiledTree(checkpoint.size, folder.read_tile)
    if tree.root() != checkpoint.root:
        raise ProofError(f"{folder.path}/tile: not the tiles of the checkpoint; one was altered")
    number, place = divmod(checkpoint.size - 1, TILE_WIDTH)
    bundle = Tile(None, number, min(TILE_WIDTH, checkpoint.size - number * TILE_WIDTH))
    return ReportShown(
        note, tree, read_cut(unpack_entries(bundle, folder.read_tile(bundle))[place])
    )


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
