"""What accounts of the broker may do and may not, each tried on a broker that asks who one is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from confluent_kafka import KafkaException, TopicCollection
from confluent_kafka.admin import AdminClient

from events.envelope import Platform
from events.rules.rulebook import load_rulebook
from events.topics import (
    checkpoints_topic,
    duties_topic,
    ledger_topic,
    lists_topic,
    patches_topic,
    profiles_topic,
    rejections_topic,
    submissions_topic,
    warnings_topic,
)
from streams.access import (
    Operation,
)
from streams.broker import Broker
from streams.topics import topic_table
from tests.support import broker_tries as tries

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


TABLE = topic_table(load_rulebook())
ORGANISATION, PERSON = Platform.ORGANISATION, Platform.PERSON
OWN = submissions_topic(ORGANISATION, "market-zj")
REFUSED = rejections_topic(ORGANISATION, "market-zj")
LEDGER = ledger_topic(ORGANISATION)
WARNED = warnings_topic(ORGANISATION, "330100")
PASSWORD = "correct-horse-battery-staple-0123456789"

TOPIC = "TOPIC_AUTHORIZATION_FAILED"
GROUP = "GROUP_AUTHORIZATION_FAILED"
CLUSTER = "CLUSTER_AUTHORIZATION_FAILED"
WHO = "_AUTHENTICATION"


class Secured(NamedTuple):
    """A prepared broker, its administrator, and every account."""

    kafka: str
    admin: Broker
    accounts: Mapping[str, Broker]

    def at(self, name: str, password: str = PASSWORD) -> Broker:
        """Give an account, with another password than its own if need be."""
        return self.admin.as_account(name, password)


def reported(account: Broker) -> dict[str, frozenset[str]]:
    """Give what the broker reports that an account may do, by topic; of others that it refuses."""
    admin = AdminClient({**account.librdkafka(), "logger": tries.Quiet()})
    asked = TopicCollection([topic.name for topic in TABLE])
    found: dict[str, frozenset[str]] = {}
    described = admin.describe_topics(asked, include_authorized_operations=True)
    for name, future in described.items():
        try:
            operations = future.result(30).authorized_operations
        except KafkaException as error:
            found[name] = frozenset({error.args[0].name()})
        else:
            found[name] = frozenset(each.name for each in operations)
    return found


def told(operations: frozenset[Operation]) -> frozenset[str]:
    """Give operations as the client library names them."""
    named = {"DescribeConfigs": "DESCRIBE_CONFIGS"}
    return frozenset(named.get(each, each.upper()) for each in operations)


MAY: dict[str, tuple[Callable[[Secured], Any], Any]] = {
    "a department writes on its own topic": (
        lambda s: tries.write(s.accounts["market-zj"], OWN),
        "done",
    ),
    "a department writes idempotently": (
        lambda s: tries.write(s.accounts["market-zj"], OWN, **{"enable.idempotence": True}),
        "done",
    ),
    "a department reads its refusals": (
        lambda s: tries.read(s.accounts["market-zj"], REFUSED),
        "done",
    ),
    "a department reads its refusals as a group": (
        lambda s: tries.read(s.accounts["market-zj"], REFUSED, "market-zj.reader"),
        "done",
    ),
    "a department sees its four topics and no other": (
        lambda s: tries.look(s.accounts["market-zj"]),
        {
            name(platform, "market-zj")
            for name in (submissions_topic, rejections_topic)
            for platform in Platform
        },
    ),
    "the offices of a city write on the topic of the city": (
        lambda s: tries.write(s.accounts["330100"], submissions_topic(ORGANISATION, "330100")),
        "done",
    ),
    "a region reads its warnings as a group": (
        lambda s: tries.read(s.accounts["region-330100"], WARNED, "region-330100.board"),
        "done",
    ),
    "an auditor reads the ledger of persons": (
        lambda s: tries.read(s.accounts["auditor"], ledger_topic(PERSON)),
        "done",
    ),
    "a renewed account comes in with its new secret": (
        lambda s: tries.look(s.at("renewed", f"{PASSWORD}-2")),
        set(),
    ),
    "the other library comes in too": (
        lambda s: tries.by_aiokafka(s.accounts["market-zj"]),
        "done",
    ),
}

MAY_NOT: dict[str, tuple[Callable[[Secured], Any], str]] = {
    # Who are you?
    "nobody looks without an account": (
        lambda s: tries.look(Broker(s.admin.servers)),
        "_TRANSPORT",
    ),
    "nobody reads without an account": (
        lambda s: tries.by_aiokafka(Broker(s.admin.servers)),
        "closed",
    ),
    "a wrong password": (lambda s: tries.look(s.at("market-zj", "guessed")), WHO),
    "a wrong password by the other library": (
        lambda s: tries.by_aiokafka(s.at("market-zj", "guessed")),
        "closed",
    ),
    "a wrong password of the administrator": (lambda s: tries.look(s.at("admin", PASSWORD)), WHO),
    "an account that there never was": (lambda s: tries.look(s.at("market-xx")), WHO),
    "an account that was revoked": (lambda s: tries.look(s.at("revoked")), WHO),
    "the old secret of a renewed account": (lambda s: tries.look(s.at("renewed")), WHO),
    "the right password by PLAIN": (
        lambda s: tries.look(s.admin.as_account("market-zj", PASSWORD, "PLAIN")),
        WHO,
    ),
    "the broker's own name": (
        lambda s: tries.look(s.admin.as_account("broker", "guessed", "PLAIN")),
        WHO,
    ),
    "the broker's own name by SCRAM": (lambda s: tries.look(s.at("broker")), WHO),
    # A department.
    "a department writes on the ledger": (
        lambda s: tries.write(s.accounts["market-zj"], LEDGER),
        TOPIC,
    ),
    "a department reads the ledger": (lambda s: tries.read(s.accounts["market-zj"], LEDGER), TOPIC),
    "a department writes on another's topic": (
        lambda s: tries.write(s.accounts["tax-zj"], OWN),
        TOPIC,
    ),
    "a department reads its own submissions": (
        lambda s: tries.read(s.accounts["market-zj"], OWN),
        TOPIC,
    ),
    "a department reads another's refusals": (
        lambda s: tries.read(s.accounts["tax-zj"], REFUSED),
        TOPIC,
    ),
    "a department writes on its refusals": (
        lambda s: tries.write(s.accounts["market-zj"], REFUSED),
        TOPIC,
    ),
    "a department reads warnings": (lambda s: tries.read(s.accounts["market-zj"], WARNED), TOPIC),
    "a department reads profiles": (
        lambda s: tries.read(s.accounts["market-zj"], profiles_topic(ORGANISATION)),
        TOPIC,
    ),
    "a department reads what changed of profiles": (
        lambda s: tries.read(s.accounts["market-zj"], patches_topic(ORGANISATION)),
        TOPIC,
    ),
    "a department reads lists": (
        lambda s: tries.read(s.accounts["market-zj"], lists_topic(ORGANISATION)),
        TOPIC,
    ),
    "a department reads what waits for others": (
        lambda s: tries.read(s.accounts["market-zj"], duties_topic(ORGANISATION)),
        TOPIC,
    ),
    "a department joins another's group": (
        lambda s: tries.read(s.accounts["market-zj"], REFUSED, "tax-zj.reader"),
        GROUP,
    ),
    "a department joins the workers' group": (
        lambda s: tries.read(s.accounts["market-zj"], REFUSED, "credit-ledger.admission"),
        GROUP,
    ),
    "a department fences the profiles": (
        lambda s: tries.fence(s.accounts["market-zj"], "credit-ledger.organisation.profiles.0"),
        "TRANSACTIONAL_ID_AUTHORIZATION_FAILED",
    ),
    # A region, a city.
    "a region reads another's warnings": (
        lambda s: tries.read(s.accounts["region-330200"], WARNED),
        TOPIC,
    ),
    "a region reports": (
        lambda s: tries.write(
            s.accounts["region-330100"], submissions_topic(ORGANISATION, "330100")
        ),
        TOPIC,
    ),
    "the offices of a city read its warnings": (
        lambda s: tries.read(s.accounts["330100"], WARNED),
        TOPIC,
    ),
    # Services.
    "the projector writes on the ledger": (
        lambda s: tries.write(s.accounts["projector"], LEDGER),
        TOPIC,
    ),
    "the query service writes on the ledger": (
        lambda s: tries.write(s.accounts["query"], LEDGER),
        TOPIC,
    ),
    "admission writes profiles": (
        lambda s: tries.write(s.accounts["admission"], profiles_topic(ORGANISATION)),
        TOPIC,
    ),
    "the projector writes checkpoints": (
        lambda s: tries.write(s.accounts["projector"], checkpoints_topic(ORGANISATION)),
        TOPIC,
    ),
    "the signer fences the profiles": (
        lambda s: tries.fence(s.accounts["signer"], "credit-ledger.organisation.profiles.0"),
        "TRANSACTIONAL_ID_AUTHORIZATION_FAILED",
    ),
    "the auditor writes on the ledger": (
        lambda s: tries.write(s.accounts["auditor"], LEDGER),
        TOPIC,
    ),
    "the operator reads the ledger": (lambda s: tries.read(s.accounts["operator"], LEDGER), TOPIC),
    "the operator reads profiles of persons": (
        lambda s: tries.read(s.accounts["operator"], profiles_topic(PERSON)),
        TOPIC,
    ),
    # What only an administrator does.
    "a department makes a topic": (
        lambda s: tries.manage(s.accounts["market-zj"], "create", OWN),
        TOPIC,
    ),
    "a department deletes its topic": (
        lambda s: tries.manage(s.accounts["market-zj"], "delete", OWN),
        TOPIC,
    ),
    "the admission shortens the ledger": (
        lambda s: tries.manage(s.accounts["admission"], "shorten", LEDGER),
        TOPIC,
    ),
    "the admission empties the ledger": (
        lambda s: tries.manage(s.accounts["admission"], "empty", LEDGER),
        TOPIC,
    ),
    "the auditor deletes the ledger": (
        lambda s: tries.manage(s.accounts["auditor"], "delete", LEDGER),
        TOPIC,
    ),
    "a department allows itself everything": (
        lambda s: tries.manage(s.accounts["market-zj"], "allow", LEDGER),
        CLUSTER,
    ),
    "the operator allows itself everything": (
        lambda s: tries.manage(s.accounts["operator"], "allow", LEDGER),
        CLUSTER,
    ),
    "a department makes an account": (
        lambda s: tries.manage(s.accounts["market-zj"], "account", LEDGER),
        "Broker: Cluster authorization failed",
    ),
}
