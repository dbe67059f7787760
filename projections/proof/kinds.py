"""Kinds of signatures, in one table: a further one is a further row, and nothing else. Pure.

Randomness and clocks stay outside: keys are made elsewhere, and the time of a cosignature is an
argument.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

Verifies = Callable[[bytes, bytes, bytes], bool]
"""Whether a public key made this signature of this text of a note."""

Signs = Callable[[bytes, bytes, int], bytes]
"""The signature by a private key of the text of a note, at a time in s since the epoch."""


class SignatureKind(NamedTuple):
    """A kind of signature of C2SP signed-note: its type byte, and what it does."""

    type: int
    name: str
    public_bytes: int
    verifies: Verifies
    signs: Signs
    public_of: Callable[[bytes], bytes]


def _is_by(public: bytes, message: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _signed(seed: bytes, message: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(seed).sign(message)


def _public_of(seed: bytes) -> bytes:
    key = Ed25519PrivateKey.from_private_bytes(seed).public_key()
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def _verifies_text(public: bytes, text: bytes, signature: bytes) -> bool:
    return _is_by(public, text, signature)


def _signs_text(seed: bytes, text: bytes, at_s: int) -> bytes:
    del at_s
    return _signed(seed, text)


def _cosigned(text: bytes, at_s: int) -> bytes:
    return f"cosignature/v1\ntime {at_s}\n".encode() + text


def _verifies_cosignature(public: bytes, text: bytes, signature: bytes) -> bool:
    at_s = int.from_bytes(signature[:8], "big")
    return at_s >> 63 == 0 and _is_by(public, _cosigned(text, at_s), signature[8:])


def _signs_cosignature(seed: bytes, text: bytes, at_s: int) -> bytes:
    return at_s.to_bytes(8, "big") + _signed(seed, _cosigned(text, at_s))


ED25519: Final = SignatureKind(1, "ed25519", 32, _verifies_text, _signs_text, _public_of)
COSIGNATURE: Final = SignatureKind(
    4, "ed25519-cosignature", 32, _verifies_cosignature, _signs_cosignature, _public_of
)

KINDS: Final[Mapping[int, SignatureKind]] = {kind.type: kind for kind in (ED25519, COSIGNATURE)}
"""Each kind by its type byte. What is not here is skipped, as the notes' format demands."""
