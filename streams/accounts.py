"""Makes, lists and revokes accounts at the broker: SCRAM credentials in its own metadata."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import (
    AdminClient,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialDeletion,
    UserScramCredentialUpsertion,
)

from events.errors import LedgerError
from streams.publishing.producer import Quiet

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from confluent_kafka.admin import UserScramCredentialAlteration

    from streams.broker import Broker

_MECHANISM: Final = ScramMechanism.SCRAM_SHA_512
_ITERATIONS: Final = 4096
"""Kafka's least: passwords of 256 random bits are not guessed, however fast a guess is."""
_WITHIN_S: Final = 30.0
_AGAIN_S: Final = 0.02


class AccountsError(LedgerError):
    """The broker does not make or revoke an account."""


def make_accounts(connection: Broker, passwords: Mapping[str, str]) -> None:
    """Make accounts, by name and password; one that is there has the new password from then on.

    On return the broker knows them. Raises `AccountsError`.
    """
    info = ScramCredentialInfo(_MECHANISM, _ITERATIONS)
    admin = _admin(connection)
    _alter(
        admin,
        [
            UserScramCredentialUpsertion(name, info, password.encode())
            for name, password in passwords.items()
        ],
    )
    _wait(admin, passwords.keys(), known=True)


def revoke_accounts(connection: Broker, names: Collection[str]) -> None:
    """Take accounts away: who has one cannot connect any more. Raises `AccountsError`."""
    admin = _admin(connection)
    _alter(admin, [UserScramCredentialDeletion(name, _MECHANISM) for name in names])
    _wait(admin, names, known=False)


def accounts(connection: Broker) -> set[str]:
    """Give the names of all accounts. Raises `AccountsError`."""
    return _accounts(_admin(connection))


def _admin(connection: Broker) -> AdminClient:
    return AdminClient({**connection.librdkafka(), "logger": Quiet()})


def _alter(admin: AdminClient, wanted: Sequence[UserScramCredentialAlteration]) -> None:
    try:
        for future in admin.alter_user_scram_credentials(wanted).values():
            future.result(_WITHIN_S)
    except KafkaException as error:
        raise AccountsError(broker_word(error)) from error


def broker_word(error: KafkaException) -> str:
    """Give what the code says: what the broker writes beside it may be its own insides."""
    return str(KafkaError(error.args[0].code()).str())


def _accounts(admin: AdminClient) -> set[str]:
    try:
        return set(admin.describe_user_scram_credentials().result(_WITHIN_S))
    except KafkaException as error:
        if error.args[0].code() == KafkaError.RESOURCE_NOT_FOUND:
            return set()
        raise AccountsError(broker_word(error)) from error


def _wait(admin: AdminClient, names: Collection[str], *, known: bool) -> None:
    """Wait until a broker, and not its controller alone, knows what was altered."""
    until = time.monotonic() + _WITHIN_S
    while any((name in _accounts(admin)) is not known for name in names):
        if time.monotonic() > until:
            raise AccountsError(f"not done after {_WITHIN_S:.0f} s")
        time.sleep(_AGAIN_S)
