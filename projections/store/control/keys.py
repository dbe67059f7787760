"""Rights to ask as they stand: keys by their digest, contracts; what the topic of access told."""

from __future__ import annotations

import hashlib
import hmac
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import msgspec

from events.rules.access import Purpose, Role
from projections.access.asker import Asker, Contract
from projections.store.statements import statements

if TYPE_CHECKING:
    from psycopg import Connection

_SQL: Final = statements(__name__)
_NO_DIGEST: Final = bytes(32)


class AccessKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key as it is listed: whose it is, from when to the day before `until`. No secret."""

    key_id: str
    name: str | None
    roles: tuple[Role, ...]
    organisation: str | None
    region: str | None
    since: date
    until: date | None
    revoked: bool = False
    used_on: date | None = None


class KeptContract(msgspec.Struct, frozen=True, kw_only=True):
    """A contract as it is listed, from when to the day before `until`; `a_day` is its quota."""

    contract_id: str
    organisation: str
    purposes: tuple[Purpose, ...]
    since: date
    until: date | None
    ended: bool = False
    a_day: int | None = None


def digest_of_secret(secret: str) -> bytes:
    """Give the SHA-256 of a key's secret: 256 random bits need no salt and no slow hash."""
    return hashlib.sha256(secret.encode()).digest()


def askers_of(connection: Connection[Any], key_id: str, secret: str, on: date) -> tuple[Asker, ...]:
    """Give who asks by a key in force on a day, once for each of its roles; else none.

    An unknown key takes as long as a wrong secret: both are compared, in constant time.
    """
    row = connection.execute(_SQL["holder"], {"key": key_id, "on": on}).fetchone()
    is_right = hmac.compare_digest(
        digest_of_secret(secret), _NO_DIGEST if row is None else bytes(row[0])
    )
    return _in_force(connection, key_id, row, on) if is_right else ()


def askers_by_id(connection: Connection[Any], key_id: str, on: date) -> tuple[Asker, ...]:
    """Give who asks by a key whose secret was shown before, as long as it is in force."""
    row = connection.execute(_SQL["holder"], {"key": key_id, "on": on}).fetchone()
    return _in_force(connection, key_id, row, on)


def _in_force(
    connection: Connection[Any], key_id: str, row: Any | None, on: date
) -> tuple[Asker, ...]:
    if row is None:
        return ()
    _, roles, organisation, person, region, since, until, used_on, contracts = row
    if on < since or (until is not None and until <= on):
        return ()
    if used_on is None or used_on < on:
        connection.execute(_SQL["used"], {"key": key_id, "on": on})
    covered = msgspec.convert(contracts, tuple[Contract, ...])
    return tuple(
        Asker(
            role=Role(role),
            organisation=organisation,
            person=person,
            region=region,
            contracts=covered,
            key_id=key_id,
        )
        for role in roles
    )


def keep_key(connection: Connection[Any], key: AccessKey, digest: bytes) -> None:
    """Keep a key that was told; told twice, it is kept once."""
    connection.execute(
        _SQL["create_key"],
        {**msgspec.structs.asdict(key), "roles": list(key.roles), "digest": digest},
    )


def revoke_key(connection: Connection[Any], key_id: str, *, told: bool) -> bool:
    """End a key at once, whether the broker has its end already or not; False where none is."""
    done = connection.execute(_SQL["revoke_key"], {"key": key_id, "told": told})
    return done.rowcount == 1


def untold_ends(connection: Connection[Any]) -> list[str]:
    """Give the keys that ended while the broker was away, which it is still to be told."""
    return [key_id for (key_id,) in connection.execute(_SQL["untold"])]


def list_keys(connection: Connection[Any]) -> list[AccessKey]:
    """Give every key, the newest first."""
    names = AccessKey.__struct_fields__
    rows = connection.execute(_SQL["keys"])
    return [msgspec.convert(dict(zip(names, row, strict=True)), AccessKey) for row in rows]


def alive_beside(connection: Connection[Any], key: AccessKey) -> int:
    """Count the keys of the same holder that are in force on the first day of a key."""
    asked = {
        "roles": list(key.roles),
        "organisation": key.organisation,
        "region": key.region,
        "name": key.name,
        "on": key.since,
    }
    (count,) = connection.execute(_SQL["of_organisation"], asked).fetchone() or (0,)
    return int(count)


def keep_contract(connection: Connection[Any], contract: KeptContract) -> None:
    """Keep a contract that was told; told twice, it is kept once."""
    connection.execute(
        _SQL["make_contract"],
        {**msgspec.structs.asdict(contract), "purposes": list(contract.purposes)},
    )


def end_contract(connection: Connection[Any], contract_id: str) -> bool:
    """End a contract at once; False where there is none."""
    return connection.execute(_SQL["end_contract"], (contract_id,)).rowcount == 1


def list_contracts(connection: Connection[Any]) -> list[KeptContract]:
    """Give every contract, the newest first."""
    names = KeptContract.__struct_fields__
    rows = connection.execute(_SQL["contracts"])
    return [msgspec.convert(dict(zip(names, row, strict=True)), KeptContract) for row in rows]
