"""Who may speak to a broker of ours: an account on both listeners, and nothing without a rule.

Clients prove themselves by SCRAM, whose credentials lie in the broker's own metadata. The broker
speaks to itself and to its controller before it has read any, so there it has a password in its
settings (KAFKA-15513). That one is new at each start, and lets the first accounts be made.
"""

from __future__ import annotations

import secrets
import shutil
from typing import TYPE_CHECKING, Final

from ops.local.home import closed
from ops.local.process import LocalStackError, replace_text
from streams.access import ADMIN, SERVICES
from streams.broker import SCRAM, SUFFIX, Broker, broker, settings_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

BROKER: Final = "broker"
"""The broker's own account: nobody else has it, and it is no SCRAM account."""

_PLAIN: Final = (
    "org.apache.kafka.common.security.plain.PlainLoginModule required "
    'username="{name}" password="{password}" user_{name}="{password}";'
)
_SCRAM: Final = "org.apache.kafka.common.security.scram.ScramLoginModule required;"


def broker_account(servers: str) -> Broker:
    """Make up the broker's own account, with a new password."""
    return Broker(servers).as_account(BROKER, new_password(), "PLAIN")


def broker_settings(own: Broker) -> Mapping[str, str]:
    """Give what makes a broker with listeners BROKER and CONTROLLER ask everybody who he is."""
    login = _PLAIN.format(name=BROKER, password=own.settings["sasl.password"])
    return {
        "listener.security.protocol.map": "BROKER:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT",
        "sasl.enabled.mechanisms": SCRAM,
        "listener.name.broker.sasl.enabled.mechanisms": f"PLAIN,{SCRAM}",
        "listener.name.broker.plain.sasl.jaas.config": login,
        f"listener.name.broker.{SCRAM.lower()}.sasl.jaas.config": _SCRAM,
        "listener.name.controller.sasl.enabled.mechanisms": "PLAIN",
        "listener.name.controller.plain.sasl.jaas.config": login,
        "inter.broker.listener.name": "BROKER",
        "sasl.mechanism.inter.broker.protocol": "PLAIN",
        "sasl.mechanism.controller.protocol": "PLAIN",
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "allow.everyone.if.no.acl.found": "false",
        "super.users": f"User:{BROKER};User:{ADMIN}",
    }


def new_password() -> str:
    """Give 256 random bits as text."""
    return secrets.token_urlsafe(32)


class Accounts:
    """The accounts of a broker of ours, each a file of client settings, in one folder."""

    def __init__(self, folder: Path) -> None:
        """Bind to the folder; `CREDIT_LEDGER_KAFKA` may name it."""
        self.folder = folder

    @property
    def are_made(self) -> bool:
        """Whether every service has its account."""
        return not self._missing()

    def _missing(self) -> list[str]:
        # Of the first that is made others know that all are: it comes last.
        return [name for name in (*SERVICES, ADMIN) if not self._file(name).exists()]

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}{SUFFIX}"

    def move(self, servers: str) -> None:
        """Note where the broker answers from now on."""
        closed(self.folder)
        for file in self.folder.glob(f"*{SUFFIX}"):
            found = broker(str(file))
            if found.servers != servers:
                self._write(file, Broker(servers, found.settings))

    def forget(self) -> None:
        """Forget accounts of data that are gone."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def make(self, own: Broker) -> None:
        """Make the accounts that are missing, as the broker itself.

        Raises `LocalStackError`: the broker does not take them.
        """
        missing = self._missing()
        if not missing:
            return
        # Confluent's library is imported only by the start that makes them.
        from streams.accounts import AccountsError, make_accounts  # noqa: PLC0415 - see above

        made = {name: new_password() for name in missing}
        try:
            make_accounts(own, made)
        except AccountsError as error:
            raise LocalStackError(f"Kafka takes no accounts: {error}") from error
        closed(self.folder)
        for name in missing:
            self._write(self._file(name), own.as_account(name, made[name]))

    @staticmethod
    def _write(file: Path, account: Broker) -> None:
        replace_text(file, settings_text(account), mode=0o600)
