"""How things are altered, each by its seed: a bit flipped, a part deleted, inserted, moved, cut off, re-dated."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

Harm = Callable[[Random, list[bytes]], list[bytes]]
"""Give the parts of something, altered."""


def flip(chance: Random, parts: list[bytes]) -> list[bytes]:
    at = chance.randrange(len(parts))
    data = bytearray(parts[at])
    if data:
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return [*parts[:at], bytes(data), *parts[at + 1 :]]


def delete(chance: Random, parts: list[bytes]) -> list[bytes]:
    at = chance.randrange(len(parts))
    return parts[:at] + parts[at + 1 :]


def insert(chance: Random, parts: list[bytes]) -> list[bytes]:
    at = chance.randrange(len(parts) + 1)
    return [*parts[:at], chance.choice(parts), *parts[at:]]


def reorder(chance: Random, parts: list[bytes]) -> list[bytes]:
    return chance.sample(parts, len(parts))


def truncate(chance: Random, parts: list[bytes]) -> list[bytes]:
    return parts[: chance.randrange(len(parts))]


def redate(chance: Random, parts: list[bytes]) -> list[bytes]:
    at = chance.randrange(len(parts))
    return [*parts[:at], parts[at].replace(b"1", b"2").replace(b"5", b"6"), *parts[at + 1 :]]


HARMS: list[Harm] = [flip, delete, insert, reorder, truncate, redate]


def in_parts(data: bytes, width: int) -> list[bytes]:
    """Take bytes apart, by so many; 0: by lines."""
    if not width:
        return data.splitlines(keepends=True)
    return [data[at : at + width] for at in range(0, len(data), width)]


def altered(harm: Harm, chance: Random, parts: list[bytes]) -> list[bytes]:
    """Give the parts otherwise than they were: tried until they are."""
    while True:
        found = harm(chance, list(parts))
        if found != parts:
            return found
