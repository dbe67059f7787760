"""A proof that an entry stands in a log, in one text: C2SP tlog-proof. Pure."""

from __future__ import annotations

from typing import Final, NamedTuple

from projections.proof.entries import from_base64, hash_of, hashes_told, read_number, to_base64
from projections.proof.errors import ProofError

_FIRST: Final = "c2sp.org/tlog-proof@v1"
_PATH_MAX: Final = 63
"""A tree of 2^63 leaves has no longer path."""


class InclusionProof(NamedTuple):
    """Where an entry stands, the path from it to the root, and the checkpoint as it was given.

    `extra` is what the entry is made of, or None; nobody vouches for it but whoever hashes it.
    """

    leaf_index: int
    path: tuple[bytes, ...]
    checkpoint: str
    extra: bytes | None = None

    def told(self) -> str:
        """Write it."""
        extra = "" if self.extra is None else f"extra {to_base64(self.extra)}\n"
        path = hashes_told(self.path)
        return f"{_FIRST}\n{extra}index {self.leaf_index}\n{path}\n{self.checkpoint}"


def parse_inclusion_proof(told: str) -> InclusionProof:
    """Read a proof; nothing of it is verified. Raises `ProofError` where it is none."""
    head, blank, checkpoint = told.partition("\n\n")
    lines = head.split("\n")
    if not blank or lines.pop(0) != _FIRST:
        raise ProofError(f"a proof begins with {_FIRST}, and its checkpoint follows an empty line")
    extra: bytes | None = None
    if lines and lines[0].startswith("extra "):
        extra = from_base64(lines.pop(0)[len("extra ") :])
    if not lines or not lines[0].startswith("index "):
        raise ProofError("a proof names its index")
    index = read_number(lines.pop(0)[len("index ") :])
    if len(lines) > _PATH_MAX:
        raise ProofError(f"a path of {len(lines)} hashes; at most {_PATH_MAX} are taken")
    return InclusionProof(index, tuple(hash_of(line) for line in lines), checkpoint, extra)
