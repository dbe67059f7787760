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
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from projections.proof.checkpoints import parse_checkpoint
from projections.proof.errors import ProofError

_NAME_BYTES_MAX: Final = 255

Verifies = Callable[[str, bytes, bytes, bytes], bool]
"""Whether the key of a name, by its public half, made this signature of this text of a note."""

Signs = Callable[[str, bytes, bytes, int], bytes]
"""The signature of the text of a note under a name, by a private key, at a time in s since 1970."""


class SignatureKind(NamedTuple):
    """A kind of signature of C2SP signed-note: its type byte, and what it does.

    One that signs `checkpoints_only` raises `ProofError` of any other text.
    """

    type: int
    name: str
    public_bytes: int
    verifies: Verifies
    signs: Signs
    public_of: Callable[[bytes], bytes]
    checkpoints_only: bool = False


def _is_by(public: bytes, message: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _signed(seed: bytes, message: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(seed).sign(message)


def _public_of(seed: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def _verifies_text(name: str, public: bytes, text: bytes, signature: bytes) -> bool:
    del name
    return _is_by(public, text, signature)


def _signs_text(name: str, seed: bytes, text: bytes, at_s: int) -> bytes:
    del name, at_s
    return _signed(seed, text)


def _cosigned(text: bytes, at_s: int) -> bytes:
    return f"cosignature/v1\ntime {at_s}\n".encode() + text


def _verifies_cosignature(name: str, public: bytes, text: bytes, signature: bytes) -> bool:
    del name
    at_s = int.from_bytes(signature[:8], "big")
    return at_s >> 63 == 0 and _is_by(public, _cosigned(text, at_s), signature[8:])


def _signs_cosignature(name: str, seed: bytes, text: bytes, at_s: int) -> bytes:
    del name
    return at_s.to_bytes(8, "big") + _signed(seed, _cosigned(text, at_s))


def _subtree(name: str, text: bytes, at_s: int) -> bytes:
    """Give what ML-DSA-44 signs of a checkpoint; lines beyond its third are not signed."""
    checkpoint = parse_checkpoint(text.decode())
    names = [each.encode() for each in (name, checkpoint.origin)]
    if any(len(each) > _NAME_BYTES_MAX for each in names):
        raise ProofError(f"a name of more than {_NAME_BYTES_MAX} bytes is not signed by ML-DSA-44")
    signer, origin = (bytes([len(each)]) + each for each in names)
    numbers = at_s.to_bytes(8, "big"), bytes(8) + checkpoint.size.to_bytes(8, "big")
    return b"subtree/v1\n\0" + signer + numbers[0] + origin + numbers[1] + checkpoint.root


def _verifies_subtree(name: str, public: bytes, text: bytes, signature: bytes) -> bool:
    at_s = int.from_bytes(signature[:8], "big")
    try:
        message = _subtree(name, text, at_s)
        MLDSA44PublicKey.from_public_bytes(public).verify(signature[8:], message)
    except (InvalidSignature, ValueError, ProofError):
        return False
    return at_s >> 63 == 0


def _signs_subtree(name: str, seed: bytes, text: bytes, at_s: int) -> bytes:
    key = MLDSA44PrivateKey.from_seed_bytes(seed)
    return at_s.to_bytes(8, "big") + key.sign(_subtree(name, text, at_s))


def _mldsa_public_of(seed: bytes) -> bytes:
    return MLDSA44PrivateKey.from_seed_bytes(seed).public_key().public_bytes_raw()


ED25519: Final = SignatureKind(1, "ed25519", 32, _verifies_text, _signs_text, _public_of)
COSIGNATURE: Final = SignatureKind(
    *(4, "ed25519-cosignature", 32, _verifies_cosignature, _signs_cosignature, _public_of),
    checkpoints_only=True,
)
ML_DSA_44: Final = SignatureKind(
    *(6, "ml-dsa-44", 1_312, _verifies_subtree, _signs_subtree, _mldsa_public_of),
    checkpoints_only=True,
)

KINDS: Final[Mapping[int, SignatureKind]] = {
    kind.type: kind for kind in (ED25519, COSIGNATURE, ML_DSA_44)
}
"""Each kind by its type byte. What is not here is skipped, as the notes' format demands."""

KINDS_BY_NAME: Final[Mapping[str, SignatureKind]] = {kind.name: kind for kind in KINDS.values()}
"""The same by the names that people use."""
