"""The vault: makes the keys of persons and records, gives them to who seals and who may open.

Three layers: the master key over a person's compartment, that over a record. So a record goes at
its term by one row, a person by three; and one unwrapping by the master opens a whole view.
"""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from events.errors import LedgerError
from events.sealing.errors import UnopenedError
from projections.sealing.sealer import RecordKey
from projections.sealing.suites import KEY_BYTES
from projections.sealing.wrapping import unwrapped_key, wrapped_key
from projections.store.statements import statements

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from psycopg import Connection

    from events.rules.catalogue import Compartment
    from events.sealing.form import SealSuite
    from projections.sealing.wrapping import MasterKeys

_SQL: Final = statements(__name__)


class VaultAwayError(LedgerError):
    """The vault cannot be reached, so nothing about persons is sealed or opened."""

    exit_code = 3


class OfRecord(NamedTuple):
    """A record of a person, and in which compartment its key is made where there is none."""

    subject_id: str
    record: str
    compartment: Compartment


class VaultCounts(NamedTuple):
    """How many persons and records have keys, and how many persons were erased."""

    persons: int
    records: int
    erased: int


@dataclass(slots=True)
class Vault:
    """The vault through one connection, which acts as the vault's role."""

    connection: Connection[Any]
    masters: MasterKeys
    suite: SealSuite

    def keys_for(self, wanted: Collection[OfRecord]) -> Mapping[tuple[str, str], RecordKey]:
        """Give the key of each record, by person and record; make what is missing.

        Of persons who were erased none is given. Keys are on disk before they are used.
        """
        with self.making():
            alive = self._alive(wanted)
            places = [(each.subject_id, each.record) for each in alive]
            held = self.record_rows(places)
            new = [each for each, place in zip(alive, places, strict=True) if place not in held]
            if new:
                self._make(new)
                held = self.record_rows(places)
        compartments = self.compartment_keys({(row[0], row[2]) for row in held.values()})
        return {place: record_key(compartments[row[0], row[2]], row) for place, row in held.items()}

    @contextmanager
    def making(self) -> Iterator[None]:
        """Make keys within, in one transaction: meanwhile none are destroyed and none rotated."""
        with self.connection.transaction():
            self.connection.execute(_SQL["share"])
            yield

    def keys_of(self, records: Collection[str]) -> Mapping[str, list[tuple[str, RecordKey]]]:
        """Give the keys that there are of some records, each with whose it is."""
        try:
            return self._keys_of(records)
        except UnopenedError:
            # A rotation ended between reading and opening: by now they stand under the newest.
            return self._keys_of(records)

    def _keys_of(self, records: Collection[str]) -> Mapping[str, list[tuple[str, RecordKey]]]:
        found: dict[str, list[tuple[str, RecordKey]]] = {}
        compartments: dict[tuple[str, str], bytes] = {}
        rows = self.connection.execute(_SQL["keys_of_records"], (list(records),))
        for subject, record, compartment, wrapped, master, over in rows:
            place = (subject, compartment)
            if place not in compartments:
                compartments[place] = self._unwrapped(master, over, place)
            key = record_key(compartments[place], (subject, record, compartment, wrapped))
            found.setdefault(record, []).append((subject, key))
        return found

    def keep_numbers(self, numbers: Mapping[tuple[str, str], str]) -> None:
        """Keep masked numbers, sealed, by person and record; one that is there stays.

        Where a record has no key, or none any more, nothing is kept.
        """
        if numbers:
            with self.connection.cursor() as cursor:
                rows = [(text, *place) for place, text in numbers.items()]
                cursor.executemany(_SQL["add_shown_number"], rows)

    def numbers_of(self, places: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], str]:
        """Give the masked numbers that there are, sealed, by person and record."""
        named = [place[0] for place in places], [place[1] for place in places]
        rows = self.connection.execute(_SQL["shown_numbers"], named)
        return {(subject, record): text for subject, record, text in rows}

    def erased_among(self, subjects: Collection[str]) -> set[str]:
        """Give which of some persons were erased."""
        return {row[0] for row in self.connection.execute(_SQL["erased_of"], (list(subjects),))}

    def counts(self) -> VaultCounts:
        """Count what the vault holds."""
        row = self.connection.execute(_SQL["counts"]).fetchone()
        return VaultCounts(*(row or (0, 0, 0)))

    def of_masters(self) -> dict[int, int]:
        """Count the compartments that are wrapped under each version of the master key."""
        return dict(self.connection.execute(_SQL["of_masters"]).fetchall())

    def _alive(self, wanted: Collection[OfRecord]) -> list[OfRecord]:
        erased = self.erased_among({each.subject_id for each in wanted})
        by_place = {
            (each.subject_id, each.record): each for each in wanted if each.subject_id not in erased
        }
        return [by_place[place] for place in sorted(by_place)]

    def record_rows(
        self, places: Collection[tuple[str, str]]
    ) -> dict[tuple[str, str], tuple[str, str, str, bytes]]:
        """Give the rows of those records, by person and record, that have a key."""
        named = [place[0] for place in places], [place[1] for place in places]
        return {
            (row[0], row[1]): row for row in self.connection.execute(_SQL["record_keys"], named)
        }

    def add_compartments(self, keys: Mapping[tuple[str, str], bytes]) -> None:
        """Add keys of compartments under the newest master, in the order given."""
        version = self.masters.newest() if keys else 0
        with self.connection.cursor() as cursor:
            cursor.executemany(
                _SQL["add_person_key"],
                [
                    (*place, version, self.masters.wrap(version, key, place))
                    for place, key in keys.items()
                ],
            )

    def add_records(self, rows: Sequence[tuple[str, str, str, bytes]]) -> None:
        """Add keys of records, each wrapped under that of its compartment."""
        with self.connection.cursor() as cursor:
            cursor.executemany(_SQL["add_record_key"], rows)

    def _make(self, new: list[OfRecord]) -> None:
        """Make keys of records, and of compartments where a record is the first."""
        named = {(each.subject_id, each.compartment.value) for each in new}
        missing = sorted(named - self._person_rows(named).keys())
        self.add_compartments({place: fresh_key() for place in missing})
        over = self.compartment_keys(named)
        self.add_records(
            [
                (each.subject_id, each.record, each.compartment.value, self._wrapped(over, each))
                for each in new
            ]
        )

    def _wrapped(self, over: Mapping[tuple[str, str], bytes], each: OfRecord) -> bytes:
        key = over[each.subject_id, each.compartment.value]
        place = (each.subject_id, each.compartment.value, each.record)
        return wrapped_key(self.suite, key, fresh_key(), place)

    def _person_rows(
        self, named: Collection[tuple[str, str]]
    ) -> dict[tuple[str, str], tuple[int, bytes]]:
        asked = [place[0] for place in named], [place[1] for place in named]
        rows = self.connection.execute(_SQL["person_keys"], asked)
        return {(row[0], row[1]): (row[2], row[3]) for row in rows}

    def compartment_keys(self, named: Collection[tuple[str, str]]) -> dict[tuple[str, str], bytes]:
        """Give the keys of those compartments that have one. Raises `UnopenedError`."""
        rows = self._person_rows(named)
        return {place: self._unwrapped(*row, place) for place, row in rows.items()}

    def _unwrapped(self, master: int, wrapped: bytes, place: tuple[str, str]) -> bytes:
        return self.masters.unwrap(master, bytes(wrapped), place)


def fresh_key() -> bytes:
    """Make a key of chance, of the length that every suite takes."""
    return secrets.token_bytes(KEY_BYTES)


def record_key(over: bytes, row: tuple[str, str, str, bytes]) -> RecordKey:
    """Give a record's key out of its row, by that of its compartment. Raises `UnopenedError`."""
    subject, record, compartment, wrapped = row
    suite, key = unwrapped_key(over, bytes(wrapped), (subject, compartment, record))
    return RecordKey(suite, key)
