"""Put an export back: checked whole by the log first, and only into an empty ledger topic."""

from __future__ import annotations

import tempfile
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from events.errors import LedgerError
from ops.evidence.copies.files import CopiedLedger, CopiedSource, CopyAlteredError
from ops.evidence.keys import policy_of
from ops.terms.language import spoken
from projections.proof.errors import ProofError
from projections.proof.notes import parse_note
from streams.signing.checkpoints import cuts_told, told_value
from streams.signing.errors import SignerStoppedError
from streams.signing.folder import Folder
from streams.signing.log import SignedLog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from events.envelope import Platform
    from ops.evidence.settings import EvidenceSettings
    from projections.ledger.message import Raw
    from streams.signing.checkpoints import CheckpointTopic, ToldCheckpoint
    from streams.signing.ledger import LedgerSource

_TOLD_EVERY: Final = 100


class NotEmptyError(LedgerError):
    """A ledger is restored only into an empty topic."""

    exit_code = 1


class LedgerFilled(Protocol):
    """A ledger topic that is filled again, with the broker's stamps of before."""

    def ends(self) -> tuple[int, ...]:
        """Give the offset after the last of each partition; none where there is no topic."""
        ...

    def make_anew(self) -> None:
        """Delete the topic, where there is one, and create it so that it takes old stamps."""
        ...

    def fill(self, partition: int, records: Iterator[Raw]) -> None:
        """Append records with their stamps; each must come to stand where it stood."""
        ...

    def finish(self) -> None:
        """Let the broker stamp from now on."""
        ...

    def source(self) -> LedgerSource:
        """Read it."""
        ...


class Restored(NamedTuple):
    """How many records were put back, and up to which cut they go."""

    records: int
    cut: int


def check_copy(
    settings: EvidenceSettings,
    copied: CopiedLedger,
    platform: Platform,
    say: Callable[[str], None] = lambda _: None,
) -> ToldCheckpoint:
    """Derive the whole log of an export anew; give its last cut.

    Each cut must have been signed by a key of the policy. Raises `CopyAlteredError`
    naming the first cut or file that is not as it was signed.
    """
    if not copied.is_there:
        raise CopyAlteredError(f"{copied.folder}: nothing was exported here")
    source, policy = CopiedSource(copied), policy_of(settings)
    last: ToldCheckpoint | None = None
    with tempfile.TemporaryDirectory() as beside:
        log = SignedLog(settings.log_name(platform), Folder(Path(beside)), source)
        with log:
            for told in copied.cuts():
                _again(copied, log, told)
                try:
                    policy.check_log(parse_note(told.note or ""))
                except ProofError as error:
                    where = f"{copied.folder}: cut {told.cut.number}"
                    raise CopyAlteredError(f"{where}: {error}") from None
                last = told
                if told.cut.number % _TOLD_EVERY == 0:
                    whose = spoken(platform, "platforms")
                    say(spoken("checked", "progress", platform=whose, cut=f"{told.cut.number:,}"))
    if last is None:
        raise CopyAlteredError(f"{copied.folder}: no cut was exported")
    if source.ends() != last.cut.offsets:
        raise CopyAlteredError(f"{copied.folder}/records: others than up to its last cut")
    return last


def _again(copied: CopiedLedger, log: SignedLog, told: ToldCheckpoint) -> None:
    before = log.offsets
    try:
        closed = log.again(told.cut)
    except (SignerStoppedError, ProofError):
        closed = None
    if closed is None or closed.checkpoint != told.checkpoint:
        grown = [
            f"{partition}@{start} to {end - 1}"
            for partition, (start, end) in enumerate(zip(before, told.cut.offsets, strict=False))
            if end > start
        ]
        raise CopyAlteredError(
            f"{copied.folder}: cut {told.cut.number} is not that of the records"
            f" {', '.join(grown)}: one of them was altered, or the cut was"
        )
    log.accept(closed)


def restore(
    settings: EvidenceSettings,
    platform: Platform,
    folder: Path,
    filled: LedgerFilled,
    topic: CheckpointTopic,
    say: Callable[[str], None] = lambda _: None,
    *,
    replace_beginning: bool = False,
) -> Restored:
    """Fill the ledger topic from an export, and the checkpoints topic where it is empty.

    Nothing is written before the whole export was checked. A topic that holds records is refused;
    with `replace_beginning`, one that holds but the beginning of the export is made anew. Raises
    `NotEmptyError`, `CopyAlteredError`.
    """
    copied = CopiedLedger(folder, platform)
    last = check_copy(settings, copied, platform, say)
    known = _last_known(topic, settings.log_name(platform))
    if known is not None and known.cut.number > last.cut.number:
        raise CopyAlteredError(
            f"the export goes up to cut {last.cut.number}, and the checkpoints topic knows cut"
            f" {known.cut.number}: restore from a newer export, or its end stays lost"
        )
    _check_empty(copied, filled, replace_beginning=replace_beginning)
    filled.make_anew()
    source = CopiedSource(copied)
    for partition, end in enumerate(last.cut.offsets):
        filled.fill(partition, source.records(partition, 0, end))
        whose, count = spoken(platform, "platforms"), f"{end:,}"
        say(spoken("filled", "progress", platform=whose, partition=partition, records=count))
    filled.finish()
    _check_same(copied, filled.source(), last.cut.offsets)
    _restore_cuts(copied, topic, known)
    return Restored(sum(last.cut.offsets), last.cut.number)


def _check_empty(copied: CopiedLedger, filled: LedgerFilled, *, replace_beginning: bool) -> None:
    ends = filled.ends()
    if not any(ends):
        return
    if not replace_beginning:
        raise NotEmptyError(
            f"{copied.topic} holds {sum(ends):,} records, and only an empty topic is filled. Stop"
            " all workers; where it has lost its end, --replace-beginning makes it anew, unless it"
            " holds anything that is not in the export"
        )
    known = CopiedSource(copied).ends()
    for partition, (end, copy_end) in enumerate(zip(ends, known, strict=True)):
        if end > copy_end:
            raise NotEmptyError(
                f"{copied.topic}, {partition}@{copy_end}: the export ends here, and the topic at"
                f" {end}: what it holds beyond would be lost"
            )
    _check_same(copied, filled.source(), ends)


def _check_same(copied: CopiedLedger, source: LedgerSource, ends: tuple[int, ...]) -> None:
    ours = CopiedSource(copied)
    for partition, end in enumerate(ends):
        pairs = zip(ours.records(partition, 0, end), source.records(partition, 0, end), strict=True)
        for copy, found in pairs:
            if _told(copy) != _told(found):
                raise NotEmptyError(
                    f"{copied.topic}, {partition}@{copy.offset}: another record than in the export"
                )


def _told(raw: Raw) -> tuple[int, int, bytes | None, bytes | None]:
    return raw.offset, raw.timestamp_ms, raw.key, raw.value


def _last_known(topic: CheckpointTopic, origin: str) -> ToldCheckpoint | None:
    told = [each for _, each in deque(cuts_told(topic.values(), origin), maxlen=1)]
    return told[0] if told else None


def _restore_cuts(
    copied: CopiedLedger, topic: CheckpointTopic, known: ToldCheckpoint | None
) -> None:
    """Write the cuts that the topic does not know: as a signer had written them."""
    after = known.cut.number if known else 0
    topic.take()
    if known is not None and known.note is None:
        after -= 1  # its signature was lost with what came after
    for told in copied.cuts():
        if told.cut.number <= after or told.note is None:
            continue
        if known is None or told.cut.number > known.cut.number:
            topic.write(told.cut.number, told_value(told.cut, told.checkpoint.text()))
        topic.write(told.cut.number, told_value(told.cut, told.note))
