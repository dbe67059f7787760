"""The table of laws (法律依据), and which of them a citation names. Pure."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from functools import cache
from importlib.resources import files

import msgspec

from events.rules.dated import Basis, in_force


class Law(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A law: how it is cited, from `start` to the day before `end`, and how far it was read."""

    code: str
    names: tuple[str, ...]
    start: date = msgspec.field(name="from")
    end: date | None = msgspec.field(name="until", default=None)
    basis: Basis
    note: str = ""

    def in_force(self, on: date) -> bool:
        """Say whether it is in force on a day."""
        return in_force(self.start, self.end, on)


@cache
def load_laws() -> tuple[Law, ...]:
    """Read the table. Raises `msgspec.ValidationError` naming the field that is malformed."""
    text = (files("events") / "rules" / "laws.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text)["law"], type=tuple[Law, ...])


def laws_named(citation: str) -> list[Law]:
    """Give the laws that a citation names, by the longest of their names that it holds."""
    laws: list[Law] = []
    for name, law in _by_length():
        if name in citation:
            citation = citation.replace(name, " ")
            laws.append(law)
    return laws


def laws_cited(citation: str) -> list[Law]:
    """Give the laws that a legal basis names: by name, or by code (ZJ art. 16)."""
    coded = [law for law in load_laws() if _by_code(law.code).search(citation)]
    return coded + [law for law in laws_named(citation) if law not in coded]


def basis_of(reference: str) -> Basis:
    """Give how sure a rule's reference is: the weakest source that it names."""
    laws = [] if reference.startswith(Basis.ASSUMPTION) else laws_named(reference)
    if not laws:
        return Basis.ASSUMPTION
    # From the surest to the least sure, as they are declared.
    return max((law.basis for law in laws), key=list(Basis).index)


@cache
def _by_length() -> list[tuple[str, Law]]:
    named = [(name, law) for law in load_laws() for name in law.names]
    return sorted(named, key=lambda pair: -len(pair[0]))


@cache
def _by_code(code: str) -> re.Pattern[str]:
    return re.compile(rf"(?:^|[;；,，、]) *{re.escape(code)} (?:arts?\b|第)")
