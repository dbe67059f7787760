"""A partition of the ledger sorted by subject, in bounded memory: an external merge sort.

Read once from Kafka up to a moment; what does not fit is written to temporary files in sorted runs,
which are then merged. So an auditor needs room on disk for a partition, and memory for one run.
"""

from __future__ import annotations

import tempfile
from heapq import merge
from itertools import groupby
from operator import itemgetter
from typing import IO, TYPE_CHECKING, Final, Self

import msgspec

from projections.ledger.message import Message, Unread
from projections.ledger.reading import subject_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ops.audit.ledger import LedgerReader

RUN_BYTES_MAX: Final = 64 * 1024 * 1024
"""Bytes of messages held before a run is written."""

_OVERHEAD_BYTES: Final = 250
_LENGTH_BYTES: Final = 4

_Line = tuple[str, int, int, bytes | None]
_encoder: Final = msgspec.msgpack.Encoder()
_decoder: Final = msgspec.msgpack.Decoder(_Line)


class LedgerBySubject:
    """The messages of a partition recorded up to a moment, subject by subject."""

    def __init__(
        self,
        reader: LedgerReader,
        partition: int,
        known_ms: int,
        *,
        run_bytes_max: int = RUN_BYTES_MAX,
    ) -> None:
        """Read the partition, and sort it; `known_ms` is the last millisecond known."""
        self.cut = 0
        """The first offset that was recorded after the moment."""
        self._runs: list[IO[bytes]] = []
        self._held: list[_Line] = []
        held, recorded_ms = 0, 0
        for batch in reader.batches(partition, 0, reader.end(partition)):
            for raw in batch:
                if raw.unread is Unread.NO_RECORD:
                    continue
                recorded_ms = max(recorded_ms, raw.timestamp_ms)
                if recorded_ms > known_ms:
                    return
                self.cut = raw.offset + 1
                self._held.append((subject_of(raw.key), raw.offset, recorded_ms, raw.value))
                held += _OVERHEAD_BYTES + len(raw.value or b"")
            if held > run_bytes_max:
                self._write_run()
                held = 0

    def __enter__(self) -> Self:
        """Lend it."""
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the temporary files."""
        for run in self._runs:
            run.close()

    def subjects(self) -> Iterator[tuple[str, list[Message]]]:
        """Give each subject with its messages in ledger order, in the order of subject ids."""
        self._held.sort(key=itemgetter(0, 1))
        lines: Iterable[_Line] = merge(
            *map(_read_run, self._runs), self._held, key=itemgetter(0, 1)
        )
        for subject_id, own in groupby(lines, key=itemgetter(0)):
            key = subject_id.encode()
            yield subject_id, [Message(offset, ms, key, value) for _, offset, ms, value in own]

    def _write_run(self) -> None:
        run = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the whole
        for line in sorted(self._held, key=itemgetter(0, 1)):
            data = _encoder.encode(line)
            run.write(len(data).to_bytes(_LENGTH_BYTES, "big"))
            run.write(data)
        run.seek(0)
        self._runs.append(run)
        self._held = []


def _read_run(run: IO[bytes]) -> Iterator[_Line]:
    while length := run.read(_LENGTH_BYTES):
        yield _decoder.decode(run.read(int.from_bytes(length, "big")))
