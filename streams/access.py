"""Who may write to and read from which topic: the broker's access rules, from the table of topics.

An account for each department, which may write on its own submission topics and on nothing else.
The broker enforces them (SASL/SCRAM or TLS, with an authorizer); setting them is the operator's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from streams.topics import Topic

ADMIN: Final = "admin"
"""Who may do everything: makes topics, accounts and rules. The owner of a local ledger is it."""

SERVICES: Final = ("admission", "projector", "signer", "query", "auditor", "operator")
"""Accounts of the ledger itself, and of those who check and run it."""


class Grant(NamedTuple):
    """What an account may do with a topic; whatever is not granted is forbidden."""

    account: str
    operation: str
    topic: str

    def command(self) -> str:
        """Write it as arguments of Kafka's own `kafka-acls`."""
        return (
            f"--add --allow-principal User:{self.account} "
            f"--operation {self.operation} --topic {self.topic}"
        )


def grants(topics: Iterable[Topic]) -> list[Grant]:
    """Give every rule, in the order of the topics.

    Readers that are groups of people (supervisors, departments) get accounts of their own when
    access rights come; here stand those who write, and the services that read.
    """
    return [grant for topic in topics for grant in _of(topic)]


def _of(topic: Topic) -> Iterator[Grant]:
    yield Grant(topic.writer, "Write", topic.name)
    for reader in topic.readers.split(", "):
        if reader in SERVICES:
            yield Grant(reader, "Read", topic.name)
