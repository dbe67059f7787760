"""A new master key under all keys: wrapped anew in batches, then the old versions are destroyed.

Killed at any step it is run again: a version that was made is gone on with, what is wrapped stays
wrapped, and a version that was to be destroyed is none from the moment at which that began.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from ops.vault.refused import VaultRefusedError
from projections.store.vault.opening import know_masters, open_vault
from projections.store.vault.rotating import rotates_alone, wrap_some_anew
from projections.store.vault.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Callable

    from psycopg import Connection

    from ops.vault.opening import VaultSettings

BATCH: Final = 500
"""So many compartments are wrapped anew in one transaction; sealing goes on in between."""


class Rotated(NamedTuple):
    """The version that is in force, how many compartments were wrapped, what was destroyed."""

    version: int
    wrapped: int
    destroyed: list[int]


def rotate(settings: VaultSettings, tell: Callable[[int], None] = lambda _: None) -> Rotated:
    """Rotate the master key; where an earlier rotation was interrupted, go on with that.

    A version is destroyed once nothing is wrapped under it any more, and never before. `tell` is
    given how many compartments are wrapped so far. Raises `VaultRefusedError`, `VaultAwayError`,
    `VaultKeyError`, `KeysLostError`.
    """
    masters = settings.masters
    with open_vault(settings.postgres) as connection:
        if not rotates_alone(connection):
            raise VaultRefusedError("rotating")
        check_masters(connection, settings)
        masters.end_destroying()
        if len(masters.versions()) == 1:
            masters.make(masters.newest() + 1)
        version = masters.newest()
        know_masters(connection, masters, version)
        wrapped = 0
        while some := wrap_some_anew(connection, masters, version, BATCH):
            wrapped += some
            tell(wrapped)
        destroyed = [each for each in masters.versions() if each < version]
        for each in destroyed:
            masters.destroy(each)
    return Rotated(version, wrapped, destroyed)


def check_masters(connection: Connection[object], settings: VaultSettings) -> None:
    """Hold that every version under which something is wrapped is there, and is the right one.

    Raises `VaultRefusedError`, `VaultKeyError`, `KeysLostError`.
    """
    masters = settings.masters
    masters.newest()
    there = masters.versions()
    for version in there:
        know_masters(connection, masters, version)
    for version, count in Vault(connection, masters, settings.suite).of_masters().items():
        if count and version not in there:
            where = settings.keys / f"vault-{version}.key"
            raise VaultRefusedError("master_missing", file=where, count=count)
