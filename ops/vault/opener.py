"""Gives the service the keys by which its door opens names, through a pool of the vault's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import psycopg
from psycopg_pool import ConnectionPool, PoolTimeout

from projections.http.errors import VaultClosedError
from projections.store.vault.opening import act_as_vault
from projections.store.vault.vault import Vault, VaultAwayError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from ops.vault.opening import VaultSettings
    from projections.sealing.sealer import RecordKey

_CONNECTIONS_MAX: Final = 4
_WAIT_S: Final = 3.0


class VaultOpener:
    """Keys of records for as long as an answer is made; none is kept between answers."""

    def __init__(self, settings: VaultSettings) -> None:
        """Keep where the vault is; nothing is opened before a name is asked for."""
        self._settings = settings
        self._pool: ConnectionPool[Any] | None = None

    def keys_of(self, records: Collection[str]) -> Mapping[str, list[tuple[str, RecordKey]]]:
        """Give the keys that there are of some records. Raises `VaultClosedError`."""
        try:
            with self._opened().connection() as connection:
                vault = Vault(connection, self._settings.masters, self._settings.suite)
                return vault.keys_of(records)
        except (psycopg.OperationalError, PoolTimeout, VaultAwayError) as error:
            raise VaultClosedError(VaultClosedError.__doc__) from error

    def close(self) -> None:
        """Close the connections."""
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
