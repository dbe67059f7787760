"""The table of laws (法律依据), and which of them a citation names. Pure."""

from __future__ import annotations

import tomllib
from datetime import date
from functools import cache
from importlib.resources import files

import msgspec

from events.rules.dated import Basis


class Law(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A law: how it is cited, from `start` to the day before `end`, and how far it was read."""

    code: str
    names: tuple[str, ...]
    start: date = msgspec.field(name="from")
    end: date | None = msgspec.field(name="until", default=None)
    basis: Basis
    note: str = ""


@cache
def load_laws() -> tuple[Law, ...]:
    """Read the table. Raises `msgspec.ValidationError` naming the field that is malformed."""
    text = (files("events") / "rules" / "laws.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text)["law"], type=tuple[Law, ...])


def laws_named(citation: str) -> list[Law]:
    """Give the laws that a citation names, by the longest of their names that it holds."""
    found: list[Law] = []
    for name, law in _by_length():
        if name in citation:
            citation = citation.replace(name, " ")
            found.append(law)
    return found


def basis_of(reference: str) -> Basis:
    """Give how sure a rule's reference is: the weakest source that it names."""
    laws = [] if reference.startswith(Basis.ASSUMPTION) else laws_named(reference)
    if not laws:
        return Basis.ASSUMPTION
    read = all(law.basis is Basis.TEXT for law in laws)
    return Basis.TEXT if read else Basis.SECONDARY


@cache
def _by_length() -> list[tuple[str, Law]]:
    named = [(name, law) for law in load_laws() for name in law.names]
    return sorted(named, key=lambda pair: -len(pair[0]))
