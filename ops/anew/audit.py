"""The audit of a platform's log from Kafka alone, in parallel; and of what went in and came out."""

from __future__ import annotations

import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from events.topics import checkpoints_topic, ledger_topic, rejections_topic
from ops.anew.attestations import read_signing, settled
from ops.anew.checkpoints import SignedCut, cuts_of
from ops.anew.folder import check_tiles
from ops.anew.found import DiffersError, FoundAt, differs
from ops.anew.kept import KeptBySigner
from ops.anew.ledger import LedgerPart, derive
from ops.anew.log import DerivedLog
from ops.anew.progress import Telling, done_more, in_parallel, told_nothing
from ops.anew.submissions import (
    SubmissionsAnswered,
    check_answered,
    days_submitted,
    kept_parts,
    recorded_in,
    refused_places,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import date

    from events.envelope import Platform
    from ops.anew.attestations import Doubt
    from ops.anew.submissions import KeptPart

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
        say: Telling = told_nothing,
        signing: str = "",
    ) -> None:
        """Name it; nothing is read yet. `signing` are the departments that sign, as TOML."""
        self._signing = read_signing(signing)
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
        if self._folder is None:
            return self._check_log(first, None)
        topic = checkpoints_topic(self._platform)
        with closing(KeptBySigner(self._folder, topic)) as kept:
            return self._check_log(first, kept)

    def _check_log(self, first: int, kept: KeptBySigner | None) -> LogAudited:
        cuts = self.cuts()
        ends = {kept.part.partition: kept.part.end for kept in kept_parts(self._kafka, self._topic)}
        if not cuts:
            if kept is not None:
                kept.check_not_begun()
            return LogAudited(0, 0, sum(ends.values()))
        newest = cuts[-1]
        if len(ends) != len(newest.offsets):
            raise differs(
                *("ledger", "partitions", len(newest.offsets), len(ends)), FoundAt(self._topic)
            )
        if kept is not None:
            self._check_shown(kept, cuts)
            kept.check_journal(cuts)
        events = sum(newest.offsets)
        with tempfile.TemporaryDirectory() as beside:
            rows = [Path(beside) / str(partition) for partition in ends]
            jobs: list[Any] = [
                (derive, (self._part(partition, end), rows[partition], done_more))
                for partition, end in enumerate(newest.offsets)
            ]
            in_parallel(jobs, "derived_log", events, self._say)
            with ThreadPoolExecutor(1) as beside_order:  # the files, by another process meanwhile
                files = beside_order.submit(self._check_files, newest)
                self._check_in_order(cuts, rows, first, kept)
                files.result()
        unsigned = sum(ends.values()) - events
        return LogAudited(events, newest.number, unsigned)

    def _check_files(self, newest: SignedCut) -> None:
        """Check entries and tiles, where the folder of the log is at hand."""
        if self._folder is not None:
            files = (self._folder, newest.size, newest.root, done_more)
            in_parallel([(check_tiles, files)], "leaves", newest.size, self._say)

    def _check_shown(self, kept: KeptBySigner, cuts: list[SignedCut]) -> None:
        try:
            kept.check_shown(cuts, self._vkeys)
        except DiffersError:  # cosignatures may have come since the topic was read
            kept.check_shown(self.cuts(), self._vkeys)

    def cuts(self) -> list[SignedCut]:
        """Give every cut of the checkpoints topic, checked by its signatures."""
        name = checkpoints_topic(self._platform)
        kept = [each for each in kept_parts(self._kafka, name) if each.part.topic == name]
        return cuts_of(kept[0].part, self._vkeys) if kept else []

    def check_submissions(self) -> SubmissionsAnswered:
        """Check that each submission became an event or a refusal, and each record has its key."""
        ledger = kept_parts(self._kafka, self._topic)
        total = sum(kept.part.end for kept in ledger)
        jobs: list[Any] = [
            (recorded_in, (kept.part, len(ledger), self._platform, self._signing))
            for kept in ledger
        ]
        parts = in_parallel(jobs, "keys_read", total, self._say)
        self._settle([doubt for part in parts for doubt in part.doubts])
        recorded: set[bytes] = set().union(*(part.ids for part in parts))
        refused = set().union(
            *map(refused_places, kept_parts(self._kafka, rejections_topic(self._platform, "")))
        )
        answered = [
            check_answered(kept, self._platform, recorded, refused) for kept in self._submitted()
        ]
        return SubmissionsAnswered(
            sum(each.answered for each in answered),
            sum(each.waiting for each in answered),
            sum(part.signed for part in parts),
        )

    def _submitted(self) -> list[KeptPart]:
        return kept_parts(self._kafka, f"credit.{self._platform}.submissions.")

    def _settle(self, doubts: list[Doubt]) -> None:
        """Settle what was not rightly signed by the day of its record by that of its submission."""
        if not doubts:
            return
        wanted = {doubt.key for doubt in doubts}
        came: dict[bytes, list[date]] = {}
        for kept in self._submitted():
            for key, day in days_submitted(kept, self._platform, wanted):
                came.setdefault(key, []).append(day)
        for doubt in doubts:
            wrong = settled(doubt, self._signing, came.get(doubt.key, []))
            if wrong is not None:
                raise wrong

    def _part(self, partition: int, end: int) -> LedgerPart:
        return LedgerPart(self._kafka, self._topic, partition, end)

    def _check_in_order(
        self,
        cuts: list[SignedCut],
        rows: list[Path],
        first: int,
        kept: KeptBySigner | None,
    ) -> None:
        done = 0

        def tell(count: int) -> None:
            nonlocal done
            if (done + count) // _TOLD_EVERY > done // _TOLD_EVERY:
                self._say("ordered", done + count, 0)
            done += count

        log = DerivedLog(rows, first)
        log.check(cuts, self._part(0, 0), self._folder, kept, tell)
