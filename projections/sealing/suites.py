"""The two suites of ciphers: what is enciphered twice for one place gives the same bytes.

Ids of amendments are hashes of what they say, and a repeat is told by equal content: a random
nonce would make another event of each retry. So both suites derive the nonce from what is sealed
and where (a synthetic nonce, SIV): equal texts at one place of one record show that they are equal,
and nothing else shows. `intl` is AES-256-SIV (RFC 5297). `gm` is built alike of SM4-CTR (GB/T
32907) and HMAC-SM3 (GB/T 32905): the first 16 bytes of the HMAC over place and text are the
nonce, and checked when it is opened. No standard names that combination, its parts are standards.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import CTR
from cryptography.hazmat.primitives.hashes import SHA256, SM3
from cryptography.hazmat.primitives.hmac import HMAC

from events.sealing.errors import UnopenedError
from events.sealing.form import SealSuite

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cryptography.hazmat.primitives.hashes import HashAlgorithm

KEY_BYTES: Final = 64
"""Every key of ours has so many: two halves of AES-256-SIV, or 32 for HMAC-SM3 and 16 for SM4."""

_NONCE: Final = 16
_MAC_KEY: Final = 32
_SM4_KEY: Final = 16


class Suite(Protocol):
    """Enciphers for a place, which is the list of texts that name it, and checks it when opened."""

    def encipher(self, key: bytes, plain: bytes, place: Sequence[bytes]) -> bytes:
        """Give the box: longer than what is in it by sixteen bytes."""

    def decipher(self, key: bytes, box: bytes, place: Sequence[bytes]) -> bytes:
        """Give what is in a box. Raises `UnopenedError`."""

    def digest(self, key: bytes, data: bytes) -> bytes:
        """Give the keyed digest of some bytes, 32 bytes."""


class _Intl:
    """AES-256-SIV and HMAC-SHA-256."""

    def encipher(self, key: bytes, plain: bytes, place: Sequence[bytes]) -> bytes:
        return AESSIV(key).encrypt(plain, list(place))

    def decipher(self, key: bytes, box: bytes, place: Sequence[bytes]) -> bytes:
        try:
            return AESSIV(key).decrypt(box, list(place))
        except InvalidTag:
            raise UnopenedError from None

    def digest(self, key: bytes, data: bytes) -> bytes:
        return _hmac(key, data, SHA256())


class _Gm:
    """SM4-CTR with the nonce that HMAC-SM3 derives from place and text, and HMAC-SM3."""

    def encipher(self, key: bytes, plain: bytes, place: Sequence[bytes]) -> bytes:
        nonce = self._nonce(key, plain, place)
        return nonce + _sm4(key, nonce, plain)

    def decipher(self, key: bytes, box: bytes, place: Sequence[bytes]) -> bytes:
        nonce = box[:_NONCE]
        if len(nonce) < _NONCE:
            raise UnopenedError
        plain = _sm4(key, nonce, box[_NONCE:])
        if not hmac.compare_digest(nonce, self._nonce(key, plain, place)):
            raise UnopenedError
        return plain

    def digest(self, key: bytes, data: bytes) -> bytes:
        return _hmac(key, data, SM3())

    def _nonce(self, key: bytes, plain: bytes, place: Sequence[bytes]) -> bytes:
        return self.digest(key[:_MAC_KEY], length_framed((*place, plain)))[:_NONCE]


def _sm4(key: bytes, nonce: bytes, data: bytes) -> bytes:
    cipher = Cipher(SM4(key[_MAC_KEY : _MAC_KEY + _SM4_KEY]), CTR(nonce)).encryptor()
    return cipher.update(data) + cipher.finalize()


def _hmac(key: bytes, data: bytes, algorithm: HashAlgorithm) -> bytes:
    worked = HMAC(key, algorithm)
    worked.update(data)
    return worked.finalize()


def length_framed(parts: Sequence[bytes]) -> bytes:
    """Join texts so that no two lists of them give the same bytes."""
    return b"".join([len(part).to_bytes(8, "big") + part for part in parts])


SUITES: Final[Mapping[SealSuite, Suite]] = {SealSuite.INTL: _Intl(), SealSuite.GM: _Gm()}
"""By the name that a sealed text, and a wrapped key, bears."""
