"""Copies of the vault: its wrapped keys, given as they stand and put back where they are missing.

Who was erased is not in a copy: Kafka says it. What is put back goes the way of a key that is made:
after the erasures were gone through to their end, under the same lock, and of nobody erased.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from projections.sealing.wrapping import wrapped_key
from projections.store.statements import statements
from projections.store.vault.vault import record_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from psycopg import Connection

    from projections.store.vault.vault import Vault

_SQL: Final = statements(__name__)
_PORTION: Final = 1_000


class CopiedCompartment(msgspec.Struct, frozen=True, array_like=True):
    """A compartment of a person: its key under the master, and those of its records under that.

    `numbers` are masked ones that a law publishes, by record, sealed with the record's key.
    """

    subject_id: str
    compartment: str
    master: int
    wrapped: bytes
    records: tuple[tuple[str, bytes], ...]
    numbers: tuple[tuple[str, str], ...] = ()

    @property
    def place(self) -> tuple[str, str]:
        """Where its key belongs."""
        return self.subject_id, self.compartment


class KnownBy(msgspec.Struct, frozen=True):
    """By what the keys are known with which a vault was made: the masters, and others by name."""

    masters: dict[int, bytes]
    keys: dict[str, bytes]


class PutBack(NamedTuple):
    """What came of a copy, in compartments (`persons` of them erased) and keys of records.

    `other`: so many records have another key by now, which stays.
    """

    compartments: int = 0
    records: int = 0
    erased: int = 0
    other: int = 0

    def and_(self, more: PutBack) -> PutBack:
        """Add up."""
        return PutBack(*(a + b for a, b in zip(self, more, strict=True)))


def known_by(connection: Connection[Any]) -> KnownBy:
    """Give by what the vault knows the keys with which it was made."""
    masters, keys = (
        {name: bytes(box) for name, box in connection.execute(asked)}
        for asked in (_SQL["masters"], _SQL["known_keys"])
    )
    return KnownBy(masters, keys)


@contextmanager
def one_moment(connection: Connection[Any]) -> Iterator[None]:
    """Let what is asked within be of one moment."""
    with connection.transaction():
        connection.execute(_SQL["one_moment"])
        yield


def copied(connection: Connection[Any]) -> Iterator[CopiedCompartment]:
    """Give every compartment, sorted by person; asked within `one_moment`."""
    with connection.cursor(name="copied") as cursor:
        cursor.itersize = _PORTION
        for subject, compartment, master, wrapped, records, keys, sealed in cursor.execute(
            _SQL["compartments"]
        ):
            pairs = tuple(zip(records or (), map(bytes, keys or ()), strict=True))
            shown = zip(records or (), sealed or (), strict=True)
            numbers = tuple((record, text) for record, text in shown if text is not None)
            yield CopiedCompartment(subject, compartment, master, bytes(wrapped), pairs, numbers)


def put_back(vault: Vault, copies: Sequence[CopiedCompartment]) -> PutBack:
    """Put back what is missing, in one transaction, under the newest master; what is there stays.

    The erasures in Kafka were gone through before. Raises `UnopenedError`.
    """
    with vault.making():
        erased = vault.erased_among({each.subject_id for each in copies})
        alive = [each for each in copies if each.subject_id not in erased]
        over = {
            each.place: vault.masters.unwrap(each.master, each.wrapped, each.place)
            for each in alive
        }
        missing = over.keys() - vault.compartment_keys(over).keys()
        vault.add_compartments({place: over[place] for place in sorted(missing)})
        records, other = _put_back_records(vault, alive, over)
    return PutBack(len(missing), records, len(copies) - len(alive), other)


def _put_back_records(
    vault: Vault, alive: Sequence[CopiedCompartment], over: Mapping[tuple[str, str], bytes]
) -> tuple[int, int]:
    """Put back keys of records; give how many, and how many have another key by now."""
    copies = {
        (each.subject_id, record): (each.subject_id, record, each.compartment, wrapped)
        for each in alive
        for record, wrapped in each.records
    }
    held = vault.record_rows(copies)
    now = vault.compartment_keys({*over, *((row[0], row[2]) for row in held.values())})
    keys = {place: record_key(over[row[0], row[2]], row) for place, row in copies.items()}
    others = {at for at, row in held.items() if record_key(now[row[0], row[2]], row) != keys[at]}
    new = [
        (*at, row[2], wrapped_key(suite, now[row[0], row[2]], key, (row[0], row[2], row[1])))
        for at, row in sorted(copies.items())
        if at not in held
        for suite, key in (keys[at],)
    ]
    vault.add_records(new)
    numbers = {(c.subject_id, record): text for c in alive for record, text in c.numbers}
    vault.keep_numbers({at: text for at, text in numbers.items() if at not in others})
    return len(new), len(others)
