"""Seals a text for its place with the key of its record, opens it again, and tells a seal of ours.

What the box holds is filled up to whole blocks, so that its length does not tell a name of two
characters from one of three.
"""

from __future__ import annotations

import hmac
from typing import Final, NamedTuple

from events.sealing.errors import UnopenedError
from events.sealing.form import SealedPlace, SealedText, SealSuite, no_seal_holds
from projections.sealing.suites import SUITES, length_framed

_BLOCK: Final = 16
_END: Final = b"\x80"
_SEAL_BYTES: Final = 16


class RecordKey(NamedTuple):
    """The key of one record of a person, in clear: it never leaves the process."""

    suite: SealSuite
    key: bytes

    def __repr__(self) -> str:
        """Show no key in any error or log."""
        return f"RecordKey({self.suite})"


def sealed_for(place: SealedPlace, text: str, record_key: RecordKey, seal_key: bytes) -> str:
    """Seal a text for a place: the same text there is always the same sealed text."""
    suite = SUITES[record_key.suite]
    box = suite.encipher(record_key.key, _filled(text.encode()), _named(place))
    sealed = SealedText(record_key.suite, place.field, place.record, box, b"")
    return str(sealed._replace(seal=_seal(place, sealed, seal_key)))


def opened_for(place: SealedPlace, sealed: SealedText, record_key: RecordKey) -> str:
    """Open a sealed text. Raises `UnopenedError` where it was not sealed so for this place."""
    if record_key.suite is not sealed.suite:
        raise UnopenedError
    filled = SUITES[sealed.suite].decipher(record_key.key, sealed.box, _named(place))
    return filled.rstrip(b"\0")[: -len(_END)].decode()


def seal_holds(place: SealedPlace, sealed: SealedText, seal_key: bytes) -> bool:
    """Say whether a door of ours sealed this text for just this place."""
    if (sealed.record, sealed.field) != (place.record, place.field):
        return False
    return hmac.compare_digest(sealed.seal, _seal(place, sealed, seal_key))


class SealKeeper:
    """Holds the key of the seals, by which admission tells whether a door of ours sealed a text."""

    def __init__(self, seal_key: bytes | None) -> None:
        """Keep the key; without one no seal holds."""
        self._key = seal_key

    def __call__(self, place: SealedPlace, sealed: SealedText) -> bool:
        """Say whether a sealed text was made by a door of ours for its place."""
        if self._key is None:
            return no_seal_holds(place, sealed)
        return seal_holds(place, sealed, self._key)


def _named(place: SealedPlace) -> list[bytes]:
    return [place.subject_id.encode(), place.record.encode(), place.field.encode()]


def _seal(place: SealedPlace, sealed: SealedText, seal_key: bytes) -> bytes:
    suite = SUITES[sealed.suite]
    named = [sealed.suite.encode(), *_named(place), sealed.box]
    return suite.digest(seal_key, length_framed(named))[:_SEAL_BYTES]


def _filled(plain: bytes) -> bytes:
    length = len(plain) + len(_END)
    return plain + _END + b"\0" * (-length % _BLOCK)
