"""How long an approved erasure waits before it is done: the rows of `erasure.toml`. Pure."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import msgspec

from events.rules.dated import Version, version_on

if TYPE_CHECKING:
    from datetime import date


class ErasureVersion(Version, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The days between approval and erasing, in which either side may still cancel."""

    waiting_days: int


@cache
def erasure_versions() -> tuple[ErasureVersion, ...]:
    """Read the versions, the oldest first."""
    text = (files("events") / "rules" / "erasure.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text)["in_force"], tuple[ErasureVersion, ...])


def waiting_days(on: date) -> int:
    """Give how many days an erasure waits that is approved on a day."""
    version = version_on(erasure_versions(), on)
    return erasure_versions()[0].waiting_days if version is None else version.waiting_days
