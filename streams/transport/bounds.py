"""How much a worker holds and does at once, and how long it waits; all per process."""

from __future__ import annotations

from dataclasses import dataclass, field

_AIMED = 0.4  # of the time that a batch may take: some take twice as long as the last


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetching:
    """How much is fetched, and how long a fetch gathers."""

    queued_batches_max: int = 2  # full batches that may wait per partition before fetching stops
    queued_records_max: int = 50_000  # that may wait in the process; then fetch only lanes that
    # hold nothing, and the one whose turn comes next;
    queued_bytes_max: int = 128 * 1024 * 1024  # likewise, and beyond twice as much nothing at all
    bytes_max: int = 1024 * 1024  # per partition and fetch
    every_s: float = 0.04  # from one fetch to the next while records come: one for each record
    # costs two cores;
    every_max_s: float = 0.04  # or up to so long:
    rests: float = 8.0  # as many times as the last fetch took; yet
    of_late_s: float = 2.0  # what brought no record for so long is asked for
    all_every_s: float = 0.2  # so often at most, while others do; all of it again
    full_bytes: int = 256 * 1024  # after one that brought so much the next begins at once
    quiet_after_s: float = 1.0  # without a record; from then on a fetch ends with the first,
    quiet_wait_max_ms: int = 2_000  # or after so long: asking for nothing costs as much as for some
    hint_interval_s: float = 5.0  # how often offsets are committed to Kafka for lag tools

    def rest_s(self, took_s: float, size: int) -> float:
        """Give how long after the start of a fetch, which brought so much, the next one starts."""
        if size >= self.full_bytes:
            return 0.0
        return max(self.every_s, min(self.rests * took_s, self.every_max_s))


@dataclass(frozen=True, slots=True, kw_only=True)
class Batching:
    """What makes a batch, and how many are applied at the same time."""

    records_max: int = 5_000  # records in one batch
    bytes_max: int = 16 * 1024 * 1024  # key and value bytes in one batch; one record may exceed it
    of_key_max: int = 500  # records of one key in one batch: each of them is concluded from all
    # that its subject has; fewer where a batch takes longer than
    takes_max_s: float = 2.0  # which is what a worker that ends may have to do again; so the first
    records_first: int = 2_000  # batch has no more, and each as many as the last had in that time
    gather_s: float = 0.0  # between the starts of a partition's batches, unless one is full,
    gather_max_s: float = 0.15  # or up to so long:
    of_key_alone: int = 50  # records of one key from which on a batch is applied by itself
    rests: float = 16.0  # as many times as its last batch took, so that lanes leave room for others
    parallel_max: int = 2  # batches being applied at the same time, of which one is large:
    large_from: int | None = None  # from so many records on; None: none is

    def of_key(self, before: int, crowd: int, took_s: float) -> int:
        """Give how many records of one key go on, after a batch with such a crowd took so long.

        Of many keys with few records each a batch may well take long: fewer of one mend nothing.
        """
        if took_s > self.takes_max_s and crowd > before // 2:
            return max(1, before // 2)
        return min(self.of_key_max, before * 2)

    def records_next(self, before: int, records: int, took_s: float) -> int:
        """Give how many records the next batch may have, after one of so many took so long.

        A little less than would fit, as records differ, and at most twice as many as before. One
        that was not full says nothing, but where it was too long.
        """
        fitting = int(records * _AIMED * self.takes_max_s / took_s) if took_s > 0 else 2 * before
        if took_s <= self.takes_max_s and (records < before or fitting < before):
            return before
        return max(1, min(fitting, 2 * before, self.records_max))

    def rest_s(self, took_s: float) -> float:
        """Give how long after the start of a batch the next one starts, unless it is full."""
        if not self.gather_s:
            return 0.0
        return max(self.gather_s, min(self.rests * took_s, self.gather_max_s))


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long and how often something is tried before the process gives up."""

    retry_first_s: float = 0.1  # wait after a failure; doubles up to `retry_max_s`
    retry_max_s: float = 5.0
    failures_max: int = 10  # consecutive failures, outages apart, before the process gives up
    stands_s: float = 30.0  # between looks at a log that is at fault, for which one lane stands
    drain_max_s: float = 5.0  # what a batch in flight gets to end when its partition is taken
    lost_after_s: float = 15.0  # nothing comes of what the broker holds, before it is fetched again
    stuck_after_s: float = 60.0  # lag without progress before the process gives up


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The three together, as an app is given them."""

    fetching: Fetching = field(default_factory=Fetching)
    batching: Batching = field(default_factory=Batching)
    patience: Patience = field(default_factory=Patience)
