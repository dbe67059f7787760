"""The audit of a platform's log from Kafka alone, in parallel; and of what went in and came out."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from events.topics import checkpoints_topic, ledger_topic, rejections_topic
from ops.anew.checkpoints import SignedCut, cuts_of, signed_by
from ops.anew.folder import check_tiles
from ops.anew.found import FoundAt, differs
from ops.anew.ledger import LedgerPart, derive
from ops.anew.log import DerivedLog
from ops.anew.progress import done_more, in_parallel
from ops.anew.submissions import (
    SubmissionsAnswered,
    check_answered,
    kept_parts,
    recorded_ids,
    refused_places,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from events.envelope import Platform

_TOLD_EVERY: Final = 100_000


class LogAudited(NamedTuple):
    """What was derived anew and agreed: events and cuts; `unsigned` events are in no cut yet."""

    events: int
    cuts: int
    unsigned: int


class AuditedLog:
    """One platform's log and topics, as an auditor sees them.

    `kafka` are a client's settings with its group, `vkeys` the keys of the log that he trusts;
    `folder` is that of the log where he has it, which need not be.
    """

    def __init__(
        self,
        kafka: Mapping[str, Any],
        platform: Platform,
        vkeys: Collection[str],
        folder: Path | None,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Name it; nothing is read yet."""
        self._kafka = kafka
        self._platform = platform
        self._vkeys = vkeys
        self._folder = folder
        self._say = say
        self._topic = ledger_topic(platform)

    def check_log(self, first: int = 1) -> LogAudited:
        """Derive every entry, cut and head anew. Raises `DiffersError` naming the first difference.

        Roots and heads are compared from cut `first` on; what came before is read all the same,
        since heads rest on it.
        """
        cuts = self.cuts()
        ends = {kept.part.partition: kept.part.end for kept in kept_parts(self._kafka, self._topic)}
        if not cuts:
            return LogAudited(0, 0, sum(ends.values()))
        newest = cuts[-1]
        if len(ends) != len(newest.offsets):
            raise differs(
                *("ledger", "partitions", len(newest.offsets), len(ends)), FoundAt(self._topic)
            )
        self._check_shown(cuts)
        events = sum(newest.offsets)
        with tempfile.TemporaryDirectory() as beside:
            rows = [Path(beside) / str(partition) for partition in ends]
            jobs: list[Any] = [
                (derive, (self._part(partition, end), rows[partition], done_more))
                for partition, end in enumerate(newest.offsets)
            ]
            starts = in_parallel(jobs, f"{self._platform}: records derived", events, self._say)
            self._check_in_order(cuts, rows, starts, first)
        if self._folder is not None:
            files = (self._folder, newest.size, newest.root, done_more)
            in_parallel([(check_tiles, files)], "leaves of the folder", newest.size, self._say)
        unsigned = sum(ends.values()) - events
        return LogAudited(events, newest.number, unsigned)

    def cuts(self) -> list[SignedCut]:
        """Give every cut of the checkpoints topic, checked by its signatures."""
        name = checkpoints_topic(self._platform)
        kept = [each for each in kept_parts(self._kafka, name) if each.part.topic == name]
        return cuts_of(kept[0].part, self._vkeys) if kept else []

    def check_submissions(self) -> SubmissionsAnswered:
        """Check that each submission became an event or a refusal, and each record has its key."""
        ledger = kept_parts(self._kafka, self._topic)
        total = sum(kept.part.end for kept in ledger)
        jobs: list[Any] = [(recorded_ids, (kept.part, len(ledger))) for kept in ledger]
        told = f"{self._platform}: records read for their keys"
        recorded = set().union(*in_parallel(jobs, told, total, self._say))
        refused = set().union(
            *map(refused_places, kept_parts(self._kafka, rejections_topic(self._platform, "")))
        )
        answered = [
            check_answered(kept, recorded, refused)
            for kept in kept_parts(self._kafka, f"credit.{self._platform}.submissions.")
        ]
        return SubmissionsAnswered(
            sum(each.answered for each in answered), sum(each.waiting for each in answered)
        )

    def _part(self, partition: int, end: int) -> LedgerPart:
        return LedgerPart(self._kafka, self._topic, partition, end)

    def _check_in_order(
        self,
        cuts: list[SignedCut],
        rows: list[Path],
        starts: list[dict[int, bytes]],
        first: int,
    ) -> None:
        done = 0

        def tell(count: int) -> None:
            nonlocal done
            if (done + count) // _TOLD_EVERY > done // _TOLD_EVERY:
                self._say(f"{self._platform}: {done + count:,} records put in their order")
            done += count

        log = DerivedLog(rows, starts, first)
        log.check(cuts, self._part(0, 0), self._folder, tell)

    def _check_shown(self, cuts: list[SignedCut]) -> None:
        """Check that the checkpoint that is shown is one of those on the topic, and signed."""
        place = None if self._folder is None else self._folder / "checkpoint"
        if place is None or not place.exists():
            return
        note = place.read_text("utf-8", "replace")
        text = note.partition("\n\n")[0].split("\n")
        known = [cut for cut in cuts if [cut.origin, str(cut.size)] == text[:2]]
        if not signed_by(note, self._vkeys) or not known:
            raise differs(
                *("folder", "checkpoint", "a signed cut of the topic", note[:80]),
                FoundAt(str(place)),
            )
