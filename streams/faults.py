"""What may go wrong with a partition's log, a batch of it, or who reads it; and how it is told.

Nothing here may tell a key or a value.
"""

import traceback
from pathlib import Path

from events.errors import LedgerError


class FatalApplyError(LedgerError):
    """A batch can never be applied as things stand: the process must stop and say so."""


class PositionOutsideLogError(LedgerError):
    """The stored position lies outside what the broker still holds of the partition."""


class LogGapError(LedgerError):
    """The broker left out offsets: the log is compacted, transactional or damaged."""


class BatchDamagedError(LedgerError):
    """A batch does not have the checksum that stands in it: damaged on its way, or on disk."""


class WorkerStuckError(LedgerError):
    """Records wait, broker and database answer, and still nothing moves."""


class ConsumerFailedError(LedgerError):
    """The Kafka consumer met an error that waiting does not cure."""


class NotAllowedError(LedgerError):
    """The broker lets this account not read what it asks for: an operator has to grant it."""


#: What is wrong with a partition's log, and with nothing else of the process.
OF_THE_LOG = (PositionOutsideLogError, LogGapError, BatchDamagedError)


def fault(error: BaseException) -> str:
    """Say what failed and where; a foreign exception's text may quote a record and is left out."""
    if isinstance(error, LedgerError):
        return f"{type(error).__name__}: {error}"
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return type(error).__name__ + where
