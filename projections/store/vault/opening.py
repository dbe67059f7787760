"""Makes the vault's schema and role where they are missing, and opens sessions that act as it."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import psycopg
from psycopg import sql
from psycopg.errors import DuplicateObject, InsufficientPrivilege, UniqueViolation

from events.errors import LedgerError
from events.sealing.errors import UnopenedError
from projections.store.statements import statements
from projections.store.vault.vault import VaultAwayError

if TYPE_CHECKING:
    from psycopg import Connection

    from projections.sealing.wrapping import MasterKeys

_SQL: Final = statements(__name__)
_ROLE: Final = "credit_ledger_vault"
_CONNECT_WITHIN_S: Final = 5
_CHECKED: Final = b"credit ledger"
_MISSING: Final = "there is no vault yet: run `credit-ledger up`, which makes it"


class KeysLostError(LedgerError):
    """The vault was made with other keys than those in the folder of keys."""


def open_vault(postgres: str) -> Connection[Any]:
    """Open a session of the vault's own role. Raises `VaultAwayError` where there is no vault."""
    try:
        connection = psycopg.connect(postgres, autocommit=True, connect_timeout=_CONNECT_WITHIN_S)
    except psycopg.OperationalError as error:
        raise VaultAwayError(VaultAwayError.__doc__) from error
    act_as_vault(connection)
    if not _is_there(connection):
        connection.close()
        raise VaultAwayError(_MISSING)
    return connection


def make_vault(postgres: str) -> Connection[Any]:
    """Make what is missing of the vault, and open it."""
    connection = psycopg.connect(postgres, autocommit=True, connect_timeout=_CONNECT_WITHIN_S)
    _make_role(connection)
    act_as_vault(connection)
    with connection.transaction():
        connection.execute(_SQL["one_setup"])
        connection.execute((files("projections.store.vault") / "tables.sql").read_bytes())
    return connection


def know_masters(connection: Connection[Any], masters: MasterKeys, version: int) -> None:
    """Keep by what a version of the master key is known, or hold it to that.

    Raises `KeysLostError`.
    """
    kept = dict(connection.execute(_SQL["masters"]).fetchall())
    if version not in kept:
        place = ("master", str(version))
        connection.execute(_SQL["add_master"], (version, masters.wrap(version, _CHECKED, place)))
        return
    hold_master(masters, version, bytes(kept[version]))


def hold_master(masters: MasterKeys, version: int, box: bytes) -> None:
    """Hold a version of the master key to that by which it is known. Raises `KeysLostError`."""
    try:
        masters.unwrap(version, box, ("master", str(version)))
    except UnopenedError:
        raise lost("vault master") from None


def versions(connection: Connection[Any]) -> list[int]:
    """Give the versions of the master key that the vault knows."""
    return [row[0] for row in connection.execute(_SQL["masters"])]


def know_key(connection: Connection[Any], name: str, digest: bytes) -> None:
    """Keep by what a key is known (a digest keyed by it), or hold it to that: `KeysLostError`."""
    kept = connection.execute(_SQL["known_key"], (name,)).fetchone()
    if kept is None:
        connection.execute(_SQL["add_known_key"], (name, digest))
    elif bytes(kept[0]) != digest:
        raise lost(name)


def check_unknown(connection: Connection[Any], name: str) -> None:
    """Hold that the vault knows no key of a name, before one is made. Raises `KeysLostError`."""
    if connection.execute(_SQL["known_key"], (name,)).fetchone() is not None:
        raise lost(name)


def lost(name: str) -> KeysLostError:
    """Say that a key is not that with which the vault was made."""
    return KeysLostError(
        f"the key of {name} is not that with which the vault was made: put the kept copy of the "
        "folder of keys back in its place"
    )


def _make_role(connection: Connection[Any]) -> None:
    """Make the role; on a server where that is not allowed, whoever runs it has to."""
    role, database = sql.Identifier(_ROLE), sql.Identifier(connection.info.dbname)
    if connection.execute(_SQL["role_is_there"], (_ROLE,)).fetchone() is None:
        try:
            connection.execute(sql.SQL(_SQL["make_role"]).format(role=role))
        except (DuplicateObject, UniqueViolation):
            pass  # Another process was first.
        except InsufficientPrivilege as error:
            rule = f"the vault needs a role {_ROLE}, of which we are: who owns the server makes it"
            raise VaultAwayError(rule) from error
    connection.execute(sql.SQL(_SQL["give_role"]).format(role=role))
    connection.execute(sql.SQL(_SQL["let_create"]).format(role=role, database=database))


def act_as_vault(connection: Connection[Any]) -> None:
    """Let a session act as the vault's role. Raises `VaultAwayError` where there is none."""
    try:
        connection.execute(sql.SQL(_SQL["act_as"]).format(role=sql.Identifier(_ROLE)))
    except psycopg.Error as error:
        connection.close()
        raise VaultAwayError(_MISSING) from error


def _is_there(connection: Connection[Any]) -> bool:
    row = connection.execute(_SQL["is_there"]).fetchone()
    return bool(row and row[0])
