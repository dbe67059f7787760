"""Who may do what at the broker: each rule follows from the table of topics; there is no other.

A department writes on its submission topics, reads what was refused of it, and sees no other topic;
a region reads its warnings; services and auditors read what they work on. Each may join consumer
groups that begin with its name and a dot, and nobody else's.
"""

from __future__ import annotations

from collections import defaultdict
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from events.envelope import Platform
from streams.publishing.fence import CHECKPOINTS, PROFILES, transactions_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from streams.topics import Topic

ADMIN: Final = "admin"
"""Who may do everything: makes topics, accounts and rules. The owner of a local ledger is it."""

SERVICES: Final = ("admission", "projector", "signer", "query", "auditor", "operator")
"""Accounts of the ledger itself, and of those who check and run it; `operator` also reports."""

_WORKERS: Final = ("admission", "projector", "signer")
_FENCED: Final = {"projector": PROFILES, "signer": CHECKPOINTS}
"""Services that write in transactions, and what of theirs these fence."""

_GROUPS: Final = ("admission", "projector")
"""Services whose processes share the work as a group of Faust's, `credit-ledger.<service>`."""


class Operation(StrEnum):
    """What may be done, as Kafka names it."""

    READ = "Read"
    WRITE = "Write"
    DESCRIBE = "Describe"
    DESCRIBE_CONFIGS = "DescribeConfigs"


class ResourceKind(StrEnum):
    """Of what it may be done, as Kafka names it."""

    TOPIC = "Topic"
    GROUP = "Group"
    TRANSACTIONS = "TransactionalId"
    CLUSTER = "Cluster"


class Rule(NamedTuple):
    """One rule of the broker; whatever no rule allows is forbidden."""

    account: str
    operation: Operation
    kind: ResourceKind
    name: str
    prefixed: bool = False
    """The name is the beginning of many."""

    def __str__(self) -> str:
        """Tell it in one line."""
        name = f"{self.name}*" if self.prefixed else self.name
        return f"{self.account}: {self.operation} {self.kind} {name}"

    def command(self) -> str:
        """Write it as arguments of Kafka's own `kafka-acls`."""
        kind = "cluster" if self.kind is ResourceKind.CLUSTER else _OPTIONS[self.kind]
        named = "" if self.kind is ResourceKind.CLUSTER else f" '{self.name}'"
        pattern = " --resource-pattern-type prefixed" if self.prefixed else ""
        return (
            f"--add --allow-principal User:{self.account} "
            f"--operation {self.operation} --{kind}{named}{pattern}"
        )


_OPTIONS: Final = {
    ResourceKind.TOPIC: "topic",
    ResourceKind.GROUP: "group",
    ResourceKind.TRANSACTIONS: "transactional-id",
}


class Grant(NamedTuple):
    """What an account may do with a topic."""

    account: str
    operation: Operation
    topic: str


def accounts_of(topics: Iterable[Topic]) -> list[str]:
    """Give every account that somebody may ask for: services first, then by name."""
    named = {name for topic in topics for name in (*topic.writers, *topic.readers)}
    return [*SERVICES, *sorted(named - set(SERVICES))]


def grants(topics: Iterable[Topic]) -> list[Grant]:
    """Give what each account may do with each topic, in the order of the topics."""
    return [grant for topic in topics for grant in _of_topic(topic)]


def _of_topic(topic: Topic) -> Iterator[Grant]:
    for writer in topic.writers:
        yield Grant(writer, Operation.WRITE, topic.name)
    for reader in topic.readers:
        yield Grant(reader, Operation.READ, topic.name)
    # A worker checks before it works that what is acknowledged survives the loss of a broker.
    for worker in _WORKERS:
        if worker in (*topic.writers, *topic.readers):
            yield Grant(worker, Operation.DESCRIBE_CONFIGS, topic.name)
    # Who runs it sees that it is there, how long and how set; and no record by that right.
    yield Grant("operator", Operation.DESCRIBE, topic.name)
    yield Grant("operator", Operation.DESCRIBE_CONFIGS, topic.name)


def allowed(given: Iterable[Grant]) -> Mapping[tuple[str, str], frozenset[Operation]]:
    """Give what the broker must report by account and topic: who reads or writes may look, too."""
    found: defaultdict[tuple[str, str], set[Operation]] = defaultdict(set)
    for account, operation, topic in given:
        found[account, topic].add(operation)
        if operation in (Operation.READ, Operation.WRITE):
            found[account, topic].add(Operation.DESCRIBE)
    return {place: frozenset(operations) for place, operations in found.items()}


def rules(topics: Iterable[Topic]) -> list[Rule]:
    """Give every rule of the broker, each once.

    What an account may do with all topics of a family (`credit.<platform>.submissions.…`) is one
    rule on the beginning of their names.
    """
    table = list(topics)
    found = [*_on_topics(table), *_on_groups(table), *_of_services()]
    return list(dict.fromkeys(found))


def _on_topics(topics: list[Topic]) -> Iterator[Rule]:
    families: defaultdict[str, set[str]] = defaultdict(set)
    for topic in topics:
        families[_family(topic.name)].add(topic.name)
    held: defaultdict[tuple[str, Operation, str], set[str]] = defaultdict(set)
    given = grants(topics)
    for account, operation, name in given:
        held[account, operation, _family(name)].add(name)
    for account, operation, name in given:
        family = _family(name)
        whole = len(families[family]) > 1 and held[account, operation, family] == families[family]
        yield Rule(
            account, operation, ResourceKind.TOPIC, family if whole else name, prefixed=whole
        )


def _family(topic: str) -> str:
    return topic[: topic.rindex(".") + 1]


def _on_groups(topics: list[Topic]) -> Iterator[Rule]:
    for account in accounts_of(topics):
        if any(account in topic.readers for topic in topics):
            yield Rule(account, Operation.READ, ResourceKind.GROUP, f"{account}.", prefixed=True)
    for worker in _GROUPS:
        yield Rule(worker, Operation.READ, ResourceKind.GROUP, f"credit-ledger.{worker}")


def _of_services() -> Iterator[Rule]:
    for worker, what in _FENCED.items():
        for platform in Platform:
            name = transactions_of(platform, what)
            yield Rule(worker, Operation.WRITE, ResourceKind.TRANSACTIONS, name, prefixed=True)
    yield Rule("operator", Operation.DESCRIBE, ResourceKind.GROUP, "*")
    # `query` tells on the page of operation whether the broker's rules are those declared here.
    for account in ("operator", "query"):
        yield Rule(account, Operation.DESCRIBE, ResourceKind.CLUSTER, "kafka-cluster")
