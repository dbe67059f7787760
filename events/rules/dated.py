"""A rule's dated versions, and which of them is in force on a day. Pure."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

V = TypeVar("V", bound="Version")


def version_on(versions: Sequence[V], on: date) -> V | None:
    """Give the version in force on a day; versions stand in order of their first day."""
    for version in reversed(versions):
        if version.start <= on:
            return version
    return None


def in_force(start: date, end: date | None, on: date) -> bool:
    """Say whether what holds from `start` to the day before `end`, if any, does on a day."""
    return start <= on and (end is None or on < end)


class Basis(StrEnum):
    """How sure a reference is: the weakest source that it names (see `laws.toml`)."""

    TEXT = "text"
    SECONDARY = "secondary"
    ASSUMPTION = "assumption"


class Version(msgspec.Struct, frozen=True, rename={"start": "from"}, kw_only=True):
    """What is common to every dated version: its first day and the law it rests on."""

    start: date
    reference: str
    basis: Basis = Basis.ASSUMPTION
    note: str = ""
