"""Checkpoints: how large a log is and its root, as C2SP tlog-checkpoint has them. Pure."""

from __future__ import annotations

from typing import Final, NamedTuple

from projections.proof.entries import hash_of, read_number, to_base64
from projections.proof.errors import ProofError

_LINES_MIN: Final = 3


class Checkpoint(NamedTuple):
    """The log's name, the number of its leaves, and its root."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """Write what is signed."""
        return f"{self.origin}\n{self.size}\n{to_base64(self.root)}\n"


def parse_checkpoint(text: str) -> Checkpoint:
    """Read the text of a checkpoint; further lines are left out. Raises `ProofError`."""
    lines = text.split("\n")
    if len(lines) <= _LINES_MIN or lines[-1] or not all(lines[:-1]):
        raise ProofError("a checkpoint is an origin, a size and a root, a line each")
    return Checkpoint(lines[0], read_number(lines[1]), hash_of(lines[2]))
