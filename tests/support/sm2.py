"""SM2 with SM3 (GB/T 32918.2, GB/T 32905), as a table of kinds would take it: for a test.

A third kind of signature that no module of ours knows. Plain and slow; the numbers of the curve and
the example are those of GB/T 32918.5.
"""

from __future__ import annotations

import hashlib
from typing import Final

from projections.proof.kinds import SignatureKind

P: Final = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A: Final = P - 3
B: Final = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N: Final = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
G: Final = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)
ID: Final = b"1234567812345678"
"""The identity that is usual where none is agreed (GM/T 0009)."""

Point = tuple[int, int] | None


def add(p: Point, q: Point) -> Point:
    """Add two points of the curve; None is the one at infinity."""
    if p is None or q is None:
        return q if p is None else p
    if p[0] == q[0] and (p[1] + q[1]) % P == 0:
        return None
    if p == q:
        slope = (3 * p[0] * p[0] + A) * pow(2 * p[1], -1, P) % P
    else:
        slope = (q[1] - p[1]) * pow(q[0] - p[0], -1, P) % P
    x = (slope * slope - p[0] - q[0]) % P
    return x, (slope * (p[0] - x) - p[1]) % P


def times(k: int, p: Point) -> Point:
    """Multiply a point."""
    found: Point = None
    while k:
        if k & 1:
            found = add(found, p)
        p, k = add(p, p), k >> 1
    return found


def sm3(data: bytes) -> bytes:
    """Give the SM3 digest."""
    return hashlib.new("sm3", data).digest()


def digest(public: bytes, message: bytes, identity: bytes = ID) -> int:
    """Give what is signed: the digest of the signer's and the message."""
    curve = b"".join(n.to_bytes(32, "big") for n in (A, B, *G))
    signer = sm3((8 * len(identity)).to_bytes(2, "big") + identity + curve + public)
    return int.from_bytes(sm3(signer + message), "big")


def public_of(private: bytes) -> bytes:
    """Give the public key, x and y."""
    point = times(int.from_bytes(private, "big"), G)
    assert point is not None
    return b"".join(each.to_bytes(32, "big") for each in point)


def sign(private: bytes, e: int, k: int) -> bytes:
    """Sign a digest with the number `k`, which must be another each time."""
    d, point = int.from_bytes(private, "big"), times(k, G)
    assert point is not None
    r = (e + point[0]) % N
    s = pow(1 + d, -1, N) * (k - r * d) % N
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def is_by(public: bytes, e: int, signature: bytes) -> bool:
    """Say whether the key made this signature of a digest."""
    r, s = (int.from_bytes(signature[at : at + 32], "big") for at in (0, 32))
    if len(signature) != 64 or not (0 < r < N and 0 < s < N) or (r + s) % N == 0:
        return False
    key = int.from_bytes(public[:32], "big"), int.from_bytes(public[32:], "big")
    if (key[1] ** 2 - key[0] ** 3 - A * key[0] - B) % P:
        return False
    point = add(times(s, G), times((r + s) % N, key))
    return point is not None and (e + point[0]) % N == r


def _number_of(private: bytes, text: bytes) -> int:
    return int.from_bytes(sm3(b"k" + private + text), "big") % (N - 1) + 1


SM2: Final = SignatureKind(
    type=0xF2,
    name="sm2",
    public_bytes=64,
    verifies=lambda _, public, text, signature: is_by(public, digest(public, text), signature),
    signs=lambda _, private, text, __: sign(
        private, digest(public_of(private), text), _number_of(private, text)
    ),
    public_of=public_of,
)
