"""Where the vault is and with which keys: made by `up`, opened by the doors."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from events.errors import LedgerError
from events.sealing.form import SealSuite
from ops.local.home import keys_folder
from ops.vault.keys import SEALS, TOKENS, FileMasterKeys, VaultKeyError, make_key, read_vault_key
from projections.sealing.suites import SUITES
from projections.store.vault.opening import (
    check_unknown,
    know_key,
    know_masters,
    lost,
    make_vault,
    open_vault,
    versions,
)
from projections.store.vault.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

VAULT_SETTING: Final = "CREDIT_LEDGER_VAULT"
_CHECKED: Final = b"credit ledger"


class SuiteUnknownError(LedgerError):
    """CREDIT_LEDGER_SUITE is none of the suites of ciphers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultSettings:
    """Where the vault and its keys are, and by which suite what is new is sealed."""

    postgres: str = field(repr=False)
    keys: Path
    suite: SealSuite = SealSuite.INTL

    @property
    def masters(self) -> FileMasterKeys:
        """The master key, in files of the folder of keys."""
        return FileMasterKeys(self.keys, self.suite)


def vault_settings(postgres: str, environment: Mapping[str, str] | None = None) -> VaultSettings:
    """Read the settings; without one of its own the vault stands in the ledger's database.

    Raises `SuiteUnknownError`.
    """
    env = os.environ if environment is None else environment
    said = env.get("CREDIT_LEDGER_SUITE", SealSuite.INTL)
    if said not in set(SealSuite):
        raise SuiteUnknownError(
            f"CREDIT_LEDGER_SUITE: {said[:20]!r} is none of {', '.join(SealSuite)}"
        )
    return VaultSettings(
        postgres=env.get(VAULT_SETTING) or postgres,
        keys=keys_folder(env),
        suite=SealSuite(said),
    )


def make_vault_ready(settings: VaultSettings) -> bool:
    """Make the vault and the keys that are missing; say whether any was made.

    A key is made only while the vault knows none of its name: where it knows one and the file is
    gone, that key was lost, and another would open nothing. Raises `KeysLostError`.
    """
    with make_vault(settings.postgres) as connection, connection.transaction():
        masters, made = settings.masters, False
        masters.end_destroying()
        known = versions(connection)
        if not known and not masters.versions():
            masters.make(1)
            made = True
        if not masters.versions():
            raise lost("vault master")
        for version in masters.versions():
            know_masters(connection, masters, version)
        for name in (TOKENS, SEALS):
            key = read_vault_key(settings.keys, name)
            if key is None:
                check_unknown(connection, name)
                key, made = make_key(settings.keys, name), True
            know_key(connection, name, SUITES[SealSuite.INTL].digest(key, _CHECKED))
    return made


def named_key(settings: VaultSettings, name: str) -> bytes:
    """Give the key of tokens or of seals. Raises `VaultKeyError`."""
    key = read_vault_key(settings.keys, name)
    if key is None:
        raise VaultKeyError(f"{settings.keys}: no {name}.key; `credit-ledger up` makes it once")
    return key


@contextmanager
def opened_vault(settings: VaultSettings) -> Iterator[Vault]:
    """Open the vault for a while. Raises `VaultAwayError`."""
    with open_vault(settings.postgres) as connection:
        yield Vault(connection, settings.masters, settings.suite)
