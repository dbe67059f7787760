"""The key that the command line shows: the one that is named, else the local one that `up` made."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from events.errors import LedgerError
from ops.doors.keys import local_key_file

if TYPE_CHECKING:
    from collections.abc import Mapping

KEY_SETTING = "CREDIT_LEDGER_KEY"


class KeyFileUnfitError(LedgerError):
    """The file of the key cannot be read, or others may read it: name one of your own (0600)."""


def shown_key(said: str | None, home: Path) -> str | None:
    """Give the key to show; None where nobody named one and `up` made none: then it is the public.

    `said` is a key or token itself, or a file that holds one. Raises `KeyFileUnfitError`, which
    repeats neither.
    """
    if said and said.startswith(("crl_", "eyJ")):
        return said.strip()
    file = Path(said) if said else local_key_file(home)
    if not said and not file.is_file():
        return None
    try:
        mode = file.stat().st_mode
        text = file.read_text("utf-8").strip()
    except (OSError, ValueError):
        raise KeyFileUnfitError from None
    if mode & (stat.S_IRGRP | stat.S_IROTH) or not text:
        raise KeyFileUnfitError
    return text


def key_setting(environment: Mapping[str, str] | None = None) -> str | None:
    """Give what the setting names; None where it names nothing."""
    return (os.environ if environment is None else environment).get(KEY_SETTING) or None
