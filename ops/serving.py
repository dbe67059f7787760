"""Serve the query service with uvicorn: on the loopback address, by TLS, or behind a proxy."""

from __future__ import annotations

import os
import ssl
import sys
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import uvicorn
from psycopg_pool import ConnectionPool

from events.envelope import CHINA
from events.errors import LedgerError
from events.rules.rulebook import load_rulebook
from ops.connections import BoundedProtocol, room_for_connections
from ops.desk import SubmissionDesk
from ops.doors.bearers import bearers_of
from ops.doors.gate import KeyGate
from ops.doors.opening import catch_up_rights, follow_ends
from ops.doors.provider import read_sign_in
from ops.evidence.history import journal_by
from ops.evidence.settings import read_evidence_settings
from ops.evidence.source import InstalledEvidence
from ops.local.home import default_home
from ops.local.stack import watched
from ops.pages.board.approved_map import read_map
from ops.pages.late import LATE_S
from ops.pages.routes import pages
from ops.rights import RightsError, rule_difference, told_binding
from ops.status import KeptEnds, waiting_s
from ops.terms.language import spoken
from ops.vault.opener import VaultOpener
from ops.vault.opening import vault_settings
from projections.calendar.rules import RuleCalendar
from projections.http.application import create_service
from projections.store.session import bound_pauses, bound_statements
from streams.access import rules
from streams.room import disk_of
from streams.settings import read_settings
from streams.topics import topic_table
from streams.transport.collector import steady_collector

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path
    from socket import socket

    from psycopg import Connection
    from starlette.applications import Starlette

    from projections.http.artefact import Artefact

LOOPBACK = ("127.0.0.1", "::1", "localhost")
STATEMENT_TIMEOUT_MS: Final = 10_000
"""After so long a statement of a question is ended, so that it keeps no connection from others."""


class OpenToAllError(LedgerError):
    """Off the loopback address keys would travel in the clear: name a certificate, or the proxy."""


class TlsUnusableError(LedgerError):
    """The certificate or its key cannot be used."""


class Tls(NamedTuple):
    """Files in PEM: the certificate with those between it and the root, and its private key."""

    certificate: Path
    key: Path

    def checked(self) -> dict[str, Any]:
        """Give what uvicorn is told. Raises `TlsUnusableError` naming the file."""
        for file in self:
            if not os.access(file, os.R_OK):
                raise TlsUnusableError(f"{file}: no such file, or not to be read")
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(*self)
        except ssl.SSLError as error:
            raise TlsUnusableError(
                f"{self.certificate}, {self.key}: no certificate with its key, in PEM"
            ) from error
        return {"ssl_certfile": str(self.certificate), "ssl_keyfile": str(self.key)}


def application(
    postgres: str,
    kafka: str,
    pool_max: int = 8,
    latency_objective_s: float = 5.0,
    hosts: Collection[str] = (),
    disk_floor_mb: int = 0,
    late_s: float = LATE_S,
) -> tuple[Starlette, ConnectionPool]:
    """Compose the service and the pool that the caller opens and closes."""
    pool = ConnectionPool(
        postgres,
        min_size=1,
        max_size=pool_max,
        kwargs={"autocommit": True},
        open=False,
        timeout=5,
        configure=_bound,
    )
    rulebook = load_rulebook()
    calendar = RuleCalendar(rulebook)
    bearers = bearers_of(vault_settings(postgres), _now)
    gate = (
        KeyGate(kafka, _now)
        if bearers is None
        else KeyGate(kafka, _now, bearers.askers, bearers.claimed)
    )
    desk = SubmissionDesk(postgres, kafka, rulebook)
    opener = VaultOpener(vault_settings(postgres), kafka)
    app = create_service(
        pool,
        calendar,
        _now,
        KeptEnds(kafka),
        _artefacts,
        waiting_s=lambda behind: waiting_s(kafka, behind),
        latency_objective_s=latency_objective_s,
        hosts=hosts,
        gate=gate,
        desk=desk,
        opener=opener,
        evidence=InstalledEvidence(
            kafka, read_evidence_settings(), calendar, journal_by(pool.connection)
        ),
        disks=_room_of_servers,
        disk_floor_mb=disk_floor_mb,
        pages=pages(lambda: _grants(kafka), late_s, read_sign_in(_now), read_map()),
        at_end=(desk.close, opener.close, gate.close),
    )
    return app, pool


def serve(
    postgres: str,
    kafka: str,
    *,
    host: str = "127.0.0.1",
    port: int = 8440,
    hosts: Collection[str] = (),
    tls: Tls | None = None,
    proxies: Collection[str] = (),
) -> None:
    """Serve until SIGTERM or SIGINT, also under the names `hosts`.

    Off the loopback address it speaks TLS, or to nobody but the `proxies` (addresses), which do.
    Raises `OpenToAllError` where neither is so, and `TlsUnusableError`.
    """
    if host not in LOOPBACK and tls is None and not proxies:
        raise OpenToAllError(f"{host}: {OpenToAllError.__doc__}")
    settings = read_settings(kafka, postgres)
    app, pool = application(
        postgres,
        kafka,
        latency_objective_s=settings.latency_objective_s,
        hosts=hosts,
        disk_floor_mb=settings.disk_floor_mb,
    )
    BoundedProtocol.connections_max = room_for_connections()
    BoundedProtocol.peers = frozenset(proxies)
    steady_collector()
    with pool:
        with pool.connection() as connection:
            catch_up_rights(connection, kafka, _now())
        follow_ends(pool.connection, kafka, _now)
        config = uvicorn.Config(
            app,
            host=host,
            port=port,
            http=BoundedProtocol,
            ws="none",
            log_level="warning",
            timeout_graceful_shutdown=3,
            # Whoever is none of these is not believed what it says of whom it asks for.
            forwarded_allow_ips=list(proxies),
            **({} if tls is None else tls.checked()),
        )
        _SaysWhenUp(config).run()


class _SaysWhenUp(uvicorn.Server):
    """Says where it answers, once it does: of port 0 nobody else knows the port."""

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """Start, and say so on standard error."""
        await super().startup(sockets)
        if self.started:
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            scheme = "https" if self.config.is_ssl else "http"
            at = f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"
            print(spoken("serving", "start", at=at), file=sys.stderr)


def _bound(connection: Connection[Any]) -> None:
    """Bound what one statement, and one pause between two, may take."""
    bound_statements(connection, STATEMENT_TIMEOUT_MS)
    bound_pauses(connection, 3 * STATEMENT_TIMEOUT_MS)


def _grants(kafka: str) -> list[str]:
    """Tell how the broker's rules differ from those declared: + is missing, - is beside them.

    Raises `RightsError` where the broker tells none, as it does an account that may not see them.
    """
    # The topics as they are declared: their partitions have no part in rights.
    declared = rules(topic_table(load_rulebook(), 1))
    found = rule_difference(kafka, declared)
    if len(found.missing) == len(declared):
        raise RightsError("the broker tells the service none of its rules")
    missing = [f"+ {rule}" for rule in found.missing]
    return [*missing, *(f"- {told_binding(each)}" for each in found.beside)]


def _room_of_servers() -> list[tuple[str, int]]:
    """Give the folder of each local server's data, and the megabytes free on its disk."""
    found = [disk_of(server.data) for server in watched(default_home())]
    return [(disk.folder, disk.free_mb) for disk in found]


def _artefacts() -> Mapping[str, Artefact]:
    from ops.dictionary.artefacts import artefacts  # noqa: PLC0415 - it needs the command line's terms

    return artefacts()


def _now() -> datetime:
    return datetime.now(CHINA)
