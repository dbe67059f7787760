"""Gives the service the keys by which its door opens names, through a pool of the vault's own."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import psycopg
import structlog
from psycopg_pool import ConnectionPool, PoolTimeout

from events.sealing.errors import UnopenedError
from ops.vault.erasures import ErasureReader
from ops.vault.keys import VaultKeyError
from projections.http.errors import VaultClosedError
from projections.store.vault.opening import act_as_vault
from projections.store.vault.vault import Vault, VaultAwayError
from streams.faults import fault

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from ops.vault.opening import VaultSettings
    from projections.sealing.sealer import RecordKey

_CLOSED: Final = (
    psycopg.OperationalError,
    PoolTimeout,
    UnopenedError,
    VaultAwayError,
    VaultKeyError,
)
"""Database or ledger do not answer, or the master key is not there, or another."""

_log = structlog.get_logger(__name__)
_CONNECTIONS_MAX: Final = 4
_WAIT_S: Final = 3.0


class VaultOpener:
    """Keys of records for as long as an answer is made; none is kept between answers."""

    def __init__(self, settings: VaultSettings, kafka: str | None) -> None:
        """Keep where vault and ledger are; nothing is opened before a name is asked for.

        Without the ledger none is opened: who was erased stands there.
        """
        self._settings = settings
        self._erasures = None if kafka is None else ErasureReader(kafka, settings.postgres)
        self._pool: ConnectionPool[Any] | None = None

    def keys_of(self, records: Collection[str]) -> Mapping[str, list[tuple[str, RecordKey]]]:
        """Give the keys that there are of some records. Raises `VaultClosedError`."""
        with self._vault() as vault:
            return vault.keys_of(records)

    def numbers_of(self, places: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], str]:
        """Give the masked numbers, sealed, that stand beside some records of persons.

        Raises `VaultClosedError`.
        """
        with self._vault() as vault:
            return vault.numbers_of(places)

    @contextmanager
    def _vault(self) -> Iterator[Vault]:
        """Lend the vault, once the ledger is gone through for who was erased."""
        if self._erasures is None:
            raise VaultClosedError(VaultClosedError.__doc__)
        try:
            self._erasures.caught_up()
            with self._opened().connection() as connection:
                yield Vault(connection, self._settings.masters, self._settings.suite)
        except _CLOSED as error:
            _log.warning("vault_closed", error=fault(error))
            raise VaultClosedError(VaultClosedError.__doc__) from error

    def close(self) -> None:
        """Close the connections."""
        if self._erasures is not None:
            self._erasures.close()
        if self._pool is not None:
            self._pool.close()

    def _opened(self) -> ConnectionPool[Any]:
        if self._pool is None:
            self._pool = ConnectionPool(
                self._settings.postgres,
                min_size=0,
                max_size=_CONNECTIONS_MAX,
                kwargs={"autocommit": True},
                open=True,
                timeout=_WAIT_S,
                configure=act_as_vault,
            )
        return self._pool
