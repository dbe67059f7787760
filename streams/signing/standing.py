"""Whether a ledger still holds what was signed of it: asked by those who append to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from events.topics import checkpoints_topic, ledger_topic
from projections.proof.entries import event_entry, record_bytes
from projections.proof.errors import ProofError
from projections.proof.tree import leaf_hash
from streams.signing.checkpoints import read_told
from streams.signing.heads_file import HeadsFile
from streams.witness import LogChangedError

if TYPE_CHECKING:
    from pathlib import Path

    from confluent_kafka import Message

    from events.envelope import Platform
    from projections.proof.entries import Cut
    from streams.witness import Witness

_SHORT: Final = "it ends at {}, and cut {} of the signed log goes up to {}"
_OTHER: Final = "the record at {} reads otherwise than when cut {} was signed over it"


class SignedLedger:
    """Compares ledgers with the last cut that was written down, whatever the read models know.

    Their positions may be lost with their database, or come back older from a backup; what was
    signed stays. Up to where a cut goes says its topic; how the last record of each partition read,
    the log's folder, where it is at hand and as far as the topic.
    """

    def __init__(self, witness: Witness, folders: Path | None) -> None:
        """Look through a witness; the logs' folders are in `folders`, by platform."""
        self._witness = witness
        self._folders = folders

    def check(self, platform: Platform) -> None:
        """Raise `LogChangedError` for the first place that does not hold what was signed."""
        told = self._witness.last_value(checkpoints_topic(platform))
        if told is None:
            return
        try:
            cut = read_told(told.decode()).cut
        except (ProofError, UnicodeDecodeError):
            return  # No cut is told by it; the signer stops there, and says so.
        topic = ledger_topic(platform)
        for partition, wanted in enumerate(cut.offsets):
            end = self._witness.settled_end(topic, partition, wanted)
            if end < wanted:
                why = _SHORT.format(end, cut.number, wanted)
                raise LogChangedError(topic, partition, wanted, why)
        for partition, leaf in enumerate(self._lasts(platform, cut)):
            offset = cut.offsets[partition] - 1
            if offset < 0:
                continue
            if _leaf(partition, offset, self._witness.record(topic, partition, offset)) != leaf:
                raise LogChangedError(
                    topic, partition, offset + 1, _OTHER.format(offset, cut.number)
                )

    def _lasts(self, platform: Platform, cut: Cut) -> tuple[bytes, ...]:
        """Give the leaf of each partition's last record, where the folder has that very cut."""
        if self._folders is None or not (self._folders / platform / "heads.sqlite").is_file():
            return ()
        try:
            file = HeadsFile(self._folders / platform, read_only=True)
            try:
                at = file.at()
            finally:
                file.close()
            return at.lasts if at is not None and read_told(at.value).cut == cut else ()
        except ProofError:
            return ()  # It was altered, and is the signer's to judge.


def _leaf(partition: int, offset: int, message: Message | None) -> bytes:
    """Give the leaf of what stands at an offset; where there is no record, of nulls at time 0."""
    if message is None or message.offset() != offset:
        return leaf_hash(event_entry(partition, offset, 0, record_bytes(None, None)))
    record = record_bytes(message.key(), message.value())
    return leaf_hash(event_entry(partition, offset, message.timestamp()[1], record))
