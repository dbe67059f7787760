"""The form of a sealed text: a text that says where it stands, and that nobody can read.

`sealed:1:<suite>:<field>:<record>:<box>:<seal>`, the last three in base64url. The box is what was
said, enciphered for this subject, record and field; the seal shows that a door of ours made it for
just there. To admission, the fold and every proof it is a text like any other.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from enum import StrEnum
from typing import Final, NamedTuple, TypeAlias
from uuid import UUID

SEALED: Final = "sealed:1:"
"""How a sealed text begins."""

_PARTS: Final = 7
_ID_BYTES: Final = 16


class SealSuite(StrEnum):
    """Which ciphers: international ones, or those of the Cryptography Law (国密)."""

    INTL = "intl"
    GM = "gm"


class SealedPlace(NamedTuple):
    """Where a sealed text stands. `record` is the id of the event that opened the record."""

    subject_id: str
    record: str
    field: str


class SealedText(NamedTuple):
    """A sealed text in its parts."""

    suite: SealSuite
    field: str
    record: str
    box: bytes
    seal: bytes

    def __str__(self) -> str:
        """Write it as it stands in a field."""
        parts = (_plain(UUID(self.record).bytes), _plain(self.box), _plain(self.seal))
        return f"{SEALED}{self.suite}:{self.field}:{':'.join(parts)}"


SealCheck: TypeAlias = Callable[[SealedPlace, SealedText], bool]
"""Says whether a sealed text was made by a door of ours for the place at which it stands."""


def no_seal_holds(_: SealedPlace, __: SealedText) -> bool:
    """Take no text as sealed: for whoever has no key to tell."""
    return False


def looks_sealed(text: str) -> bool:
    """Say whether a text begins as a sealed one does."""
    return text.startswith(SEALED)


def sealed_text(text: str) -> SealedText | None:
    """Read a sealed text; None for what is none, or is not written in its one form."""
    parts = text.split(":")
    if not looks_sealed(text) or len(parts) != _PARTS:
        return None
    try:
        record, box, seal = map(_bytes, parts[4:])
        sealed = SealedText(SealSuite(parts[2]), parts[3], _written_id(record), box, seal)
    except (ValueError, binascii.Error):
        return None
    return sealed if str(sealed) == text else None


def _written_id(record: bytes) -> str:
    if len(record) != _ID_BYTES:
        raise ValueError
    return str(UUID(bytes=record))


def _plain(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
