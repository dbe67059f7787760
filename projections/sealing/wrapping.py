"""Keys under keys: the master over a person's compartments, a compartment's over its records.

A wrapped key opens only where it belongs (its place is sealed in), so a row moved to another person
opens nothing there.
"""

from __future__ import annotations

from typing import Protocol

from events.sealing.errors import UnopenedError
from events.sealing.form import SealSuite
from projections.sealing.suites import KEY_BYTES, SUITES


class MasterKeys(Protocol):
    """Where the master key is: a file here, a module of hardware elsewhere. It is never given out.

    A version that was destroyed opens nothing: `UnopenedError`.
    """

    def newest(self) -> int:
        """Give the version under which new keys are wrapped."""

    def wrap(self, version: int, key: bytes, place: tuple[str, ...]) -> bytes:
        """Wrap a key for a place."""

    def unwrap(self, version: int, wrapped: bytes, place: tuple[str, ...]) -> bytes:
        """Give a key that was wrapped for a place. Raises `UnopenedError`."""


def wrapped_key(suite: SealSuite, over: bytes, key: bytes, place: tuple[str, ...]) -> bytes:
    """Wrap a key under another for a place; the first byte says by which suite."""
    box = SUITES[suite].encipher(over, key, [part.encode() for part in place])
    return bytes([_NUMBERS[suite]]) + box


def unwrapped_key(over: bytes, wrapped: bytes, place: tuple[str, ...]) -> tuple[SealSuite, bytes]:
    """Give a key that was wrapped so, and its suite. Raises `UnopenedError`."""
    suite = next(
        (each for each, number in _NUMBERS.items() if wrapped[:1] == bytes([number])), None
    )
    if suite is None or len(over) != KEY_BYTES:
        raise UnopenedError
    return suite, SUITES[suite].decipher(over, wrapped[1:], [part.encode() for part in place])


_NUMBERS = {SealSuite.INTL: 1, SealSuite.GM: 2}
"""How a wrapped key says its suite; what was given once is never given to another."""
