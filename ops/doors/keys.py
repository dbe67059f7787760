"""Keys and contracts: made and ended, told first to the topic that is their truth."""

from __future__ import annotations

import os
import re
import secrets
import string
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from confluent_kafka import KafkaException

from events.errors import LedgerError
from events.identifiers import credit_code_problem, is_person_token
from events.persons import has_identity_number
from events.rules.access import Purpose, Role
from events.rules.divisions import load_divisions
from ops.local.home import closed
from projections.access.consents import is_agency_code
from projections.store.control.keys import (
    AccessKey,
    KeptContract,
    alive_beside,
    digest_of_secret,
    end_contract,
    keep_contract,
    keep_key,
    list_contracts,
    list_keys,
    revoke_key,
    untold_ends,
)
from streams.publishing.producer import DeliveryError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
    from pathlib import Path

    from psycopg import Connection

    from events.rules.rulebook import Rulebook
    from ops.doors.telling import Teller

KEY: Final = re.compile(r"crl_([0-9a-f]{12})_([0-9A-Za-z]{43})")
"""A key: its id, which is no secret, and 43 characters of 62, which hold 256 random bits."""
ALIVE_MAX: Final = 2
"""So many keys of one holder may be in force together: the old one and the new."""

SUBJECTS: Final = "subjects"
"""The department that stands for all who speak of themselves; nobody may speak for all of them."""

_ALPHABET: Final = string.digits + string.ascii_letters
_SECRET_CHARACTERS: Final = 43
_NAME: Final = re.compile(r"[\w .:@/+-]{1,80}")


class KeyRefusedError(LedgerError):
    """A key cannot be made so: field, value and rule are named."""

    exit_code = 2


class KeyUnknownError(LedgerError):
    """There is no such key or contract: `access key list` and `access contract` list them."""


class NewKey(NamedTuple):
    """A key as it is told once: nobody can read the secret again."""

    key: AccessKey
    secret: str

    @property
    def bearer(self) -> str:
        """What is sent as `Authorization: Bearer`."""
        return f"crl_{self.key.key_id}_{self.secret}"


def create_key(
    connection: Connection[Any],
    teller: Teller,
    at: datetime,
    *,
    roles: Sequence[Role],
    organisation: str | None = None,
    region: str | None = None,
    name: str | None = None,
    until: date | None = None,
) -> NewKey:
    """Make a key: told to the broker first, then in force. Raises `KeyRefusedError`.

    It was checked by `check_holder` whose it is.
    """
    key = AccessKey(
        key_id=secrets.token_hex(6),
        name=name,
        roles=tuple(roles),
        organisation=organisation,
        region=region,
        since=at.date(),
        until=until,
    )
    # Both stand in topics for good, and in each inquiry of the key.
    for field, text in (("name", name), ("organisation", organisation)):
        if text is not None and has_identity_number(text):
            raise KeyRefusedError(f"{field}: holds an identity number (not shown)", field=field)
    if name is not None and _NAME.fullmatch(name) is None:
        raise KeyRefusedError(
            f"name = {name[:60]!r}: letters, digits and .:@/+- , at most 80", field="name"
        )
    if until is not None and until <= at.date():
        raise KeyRefusedError(f"expires = {until}: a day to come", field="expires")
    if alive_beside(connection, key) >= ALIVE_MAX:
        raise KeyRefusedError(
            f"name = {name!r}: {ALIVE_MAX} keys of this holder are in force already; "
            "`access key revoke KEY_ID` ends one",
            field="name",
        )
    secret = "".join(secrets.choice(_ALPHABET) for _ in range(_SECRET_CHARACTERS))
    digest = digest_of_secret(secret)
    teller.key_created(key, digest, at)
    keep_key(connection, key, digest)
    return NewKey(key, secret)


def check_holder(
    role: Role, rulebook: Rulebook, *, organisation: str | None, region: str | None
) -> None:
    """Check whose a key is to be. Raises `KeyRefusedError` naming field, value and rule."""
    if role is Role.PUBLIC:
        raise KeyRefusedError("role = 'public': the public asks without a key", field="role")
    if role is Role.REGION:
        if region is None or load_divisions().current(region) is None:
            raise KeyRefusedError(
                f"region = {region!r}: the code of a division of today", field="region"
            )
        return
    if organisation == SUBJECTS:
        raise KeyRefusedError(
            f"department = {SUBJECTS!r}: each subject has a key of its own", field="department"
        )
    if role is Role.DEPARTMENT and rulebook.department(organisation or "") is None:
        raise KeyRefusedError(
            f"department = {organisation!r}: no department has this code", field="department"
        )
    if role is Role.SUBJECT and not _is_subject(organisation):
        raise KeyRefusedError(
            f"subject = {organisation!r}: a unified social credit code, or a person's token",
            field="subject",
        )
    is_named = organisation is not None and is_agency_code(organisation)
    if role in {Role.AGENCY, Role.PROVINCE} and not is_named:
        raise KeyRefusedError(
            f"organisation = {organisation!r}: 2 to 40 small letters, digits and hyphens",
            field="organisation",
        )


def _is_subject(code: str | None) -> bool:
    return code is not None and (credit_code_problem(code) is None or is_person_token(code))


def end_key(connection: Connection[Any], teller: Teller, key_id: str, at: datetime) -> bool:
    """End a key at once in every process; say whether the broker has it already.

    With the broker away the key is dead all the same, and its end is told later
    (`tell_what_waits`). Raises `KeyUnknownError`.
    """
    if not revoke_key(connection, key_id, told=False):
        raise KeyUnknownError(f"{key_id[:60]!r}: {KeyUnknownError.__doc__}")
    return tell_what_waits(connection, teller, at) == []


def tell_what_waits(connection: Connection[Any], teller: Teller, at: datetime) -> list[str]:
    """Tell the broker of keys that ended while it was away; give those that still wait."""
    waiting = untold_ends(connection)
    while waiting:
        try:
            teller.key_revoked(waiting[0], at)
        except (DeliveryError, KafkaException):
            return waiting
        revoke_key(connection, waiting.pop(0), told=True)
    return waiting


def make_contract(
    connection: Connection[Any], teller: Teller, contract: KeptContract, at: datetime
) -> None:
    """Enter a contract: told to the broker first, then in force. Raises `KeyRefusedError`."""
    if not is_agency_code(contract.organisation):
        raise KeyRefusedError(
            f"organisation = {contract.organisation[:60]!r}: "
            "2 to 40 small letters, digits and hyphens",
            field="organisation",
        )
    if not contract.purposes:
        raise KeyRefusedError(f"purposes: at least one of {', '.join(Purpose)}", field="purposes")
    if contract.until is not None and contract.until <= contract.since:
        raise KeyRefusedError(
            f"until = {contract.until}: a day after {contract.since}", field="until"
        )
    teller.contract_made(contract, at)
    keep_contract(connection, contract)


def close_contract(
    connection: Connection[Any], teller: Teller, contract_id: str, at: datetime
) -> None:
    """End a contract: told to the broker first. Raises `KeyUnknownError`, `DeliveryError`.

    An end that the broker never heard of would be none once the database is made anew.
    """
    if contract_id not in {each.contract_id for each in list_contracts(connection)}:
        raise KeyUnknownError(f"{contract_id[:60]!r}: {KeyUnknownError.__doc__}")
    teller.contract_ended(contract_id, at)
    end_contract(connection, contract_id)


def local_key_file(home: Path) -> Path:
    """Give where the key of the command line stands."""
    return home / "access" / "local.key"


def local_key(home: Path) -> str | None:
    """Read the key of the command line; None where `up` has made none."""
    file = local_key_file(home)
    text = file.read_text("utf-8").strip() if file.is_file() else ""
    return text if KEY.fullmatch(text) else None


def make_local_key(connection: Connection[Any], teller: Teller, home: Path, at: datetime) -> bool:
    """Make the local key (auditor and operator) where none is in force; say whether it was made.

    It stands in a file of mode 0600 of who runs `up`, and is no key of the network.
    """
    known = local_key(home)
    match = None if known is None else KEY.fullmatch(known)
    if match is not None:
        alive = {key.key_id for key in list_keys(connection) if not key.revoked}
        if match[1] in alive:
            return False
    roles = (Role.AUDITOR, Role.OPERATOR)
    name = f"local {secrets.token_hex(4)}"
    made = create_key(connection, teller, at, roles=roles, name=name)
    file = local_key_file(home)
    closed(file.parent)
    fresh = file.with_suffix(".new")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as written:
        written.write(f"{made.bearer}\n")
    fresh.replace(file)
    return True
