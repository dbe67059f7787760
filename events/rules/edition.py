"""The edition of the rulebook (规则版本): one digest over every rule, to tell answers apart by.

An answer depends on the ledger, the day and the rules. Rules change by versions to come, and were
once mended in place, where a version contradicted the law; two answers about the same day and cut
that differ were given under different editions. Comments and blank lines say no rule. Pure.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

SHORT: Final = 12
"""Hexadecimal digits of the short form."""

HEADER: Final = "Credit-Ledger-Edition"
"""The header of every answer over HTTP that names the edition."""

_DATA: Final = (".toml", ".tsv")


@cache
def edition() -> str:
    """Give the edition of the rules shipped with this package: the short form of their digest."""
    folder = files("events") / "rules"
    data = [each for each in folder.iterdir() if each.name.endswith(_DATA)]
    return edition_of_texts({each.name: each.read_text(encoding="utf-8") for each in data})[:SHORT]


def edition_of_texts(texts: Mapping[str, str]) -> str:
    """Give the SHA-256 over rules by the name of their file, 64 hexadecimal digits."""
    digest = hashlib.sha256()
    for name in sorted(texts):
        digest.update(f"[{name}]\n".encode())
        for line in texts[name].splitlines():
            said = line.strip()
            if said and not said.startswith("#"):
                digest.update(f"{said}\n".encode())
    return digest.hexdigest()
