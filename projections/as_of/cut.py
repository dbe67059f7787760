"""Cuts as text: up to where each partition of the ledger is known. Pure.

An offset in a cut is the first one not known.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from events.errors import LedgerError

if TYPE_CHECKING:
    from collections.abc import Mapping

OFFSET_MAX: Final = 2**53 - 1
# Said in full where it is raised: a compiled class has no docstring to be told by.
_FORM: Final = (
    "A cut is written P:O[,P:O...]: partitions, each once, and their first offset not known."
)
_PAIR: Final = re.compile(r"(?P<partition>[0-9]{1,4})[@:](?P<offset>[0-9]{1,16})")


class CutUnreadableError(LedgerError):
    """A cut is written P:O[,P:O...]: partitions, each once, and their first offset not known."""


class CutSilentError(LedgerError):
    """The cut names no offset for the subject's partition."""


def parse_cut(text: str) -> dict[int, int]:
    """Read a cut, also as people are told it, P@O. Raises `CutUnreadableError`."""
    cut: dict[int, int] = {}
    for pair in text.split(","):
        match = _PAIR.fullmatch(pair)
        if match is None or int(match["partition"]) in cut or int(match["offset"]) > OFFSET_MAX:
            raise CutUnreadableError(_FORM)
        cut[int(match["partition"])] = int(match["offset"])
    return cut


def format_cut(cut: Mapping[int, int]) -> str:
    """Write a cut, partitions in order."""
    return ",".join(f"{partition}:{offset}" for partition, offset in sorted(cut.items()))


def cut_of(cut: Mapping[int, int], partition: int) -> int:
    """Give a partition's part of a cut. Raises `CutSilentError`."""
    if partition not in cut:
        raise CutSilentError(
            f"the cut names no offset for partition {partition}, the subject's", partition=partition
        )
    return cut[partition]
