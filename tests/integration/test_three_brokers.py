"""What was acknowledged survives the loss of a broker, on three real ones; and where not, it is said."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import pytest
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
    ResourceType,
)

from events.envelope import Platform
from events.rules.rulebook import load_rulebook
from events.topics import ledger_topic, lists_topic, profiles_topic
from ops.local import java
from ops.local.kafka import PROPERTIES, LocalKafka
from ops.local.port import HOST, kept_port
from ops.local.process import replace_text, run_tool
from ops.topics import TopicMismatchError, check_durability, create_topics
from streams.broker import librdkafka
from streams.publishing.producer import DeliveryError, Quiet, Sender, create_producer
from streams.topics import topic_table
from tests.support.chaos import wait_for
from tests.support.ledger import read_all
from tests.support.patience import AMPLE_S

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from streams.topics import Topic

pytestmark = pytest.mark.stack

NODES = (1, 2, 3)
LEDGER, PROFILES = ledger_topic(Platform.ORGANISATION), profiles_topic(Platform.ORGANISATION)
TOPICS = {topic.name: topic for topic in topic_table(load_rulebook())}
TABLE = [TOPICS[LEDGER], TOPICS[PROFILES]]
LONELY = TOPICS[lists_topic(Platform.ORGANISATION)]
WITHIN_S = AMPLE_S
CLUSTER_ID = "dGhyZWUtYnJva2Vycy0zMQ"
OPEN = """\
listener.security.protocol.map=BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=BROKER
replica.lag.time.max.ms=2000
"""


class Node(LocalKafka):
    """One of three: broker and controller in one process, open to everybody on this machine."""

    def __init__(self, home: Path, number: int, voters: str) -> None:
        super().__init__(home)
        self._number, self._voters = number, voters

    def _opened(self) -> str:
        return self.servers

    def _write_properties(self, data: str) -> None:
        ports = [noted(self.folder / name) for name in ("port", "controller-port")]
        text = PROPERTIES.format(host=HOST, broker=ports[0], controller=ports[1], data=data)
        own = {"node.id": str(self._number), "controller.quorum.voters": self._voters}
        kept = [line for line in text.splitlines() if line.partition("=")[0] not in own]
        lines = [*kept, *(f"{name}={value}" for name, value in own.items())]
        replace_text(self.folder / "server.properties", "\n".join(lines) + "\n" + OPEN)

    def _format(self) -> None:
        self._write_properties("data")
        run_tool(
            [
                *(*self._java(), "kafka.tools.StorageTool", "format"),
                *(f"--cluster-id={CLUSTER_ID}", "--config", "server.properties"),
            ],
            cwd=self.folder,
            env=java.ENVIRONMENT,
        )


def noted(file: Path) -> int:
    return int(file.read_text())


class Cluster(NamedTuple):
    nodes: list[Node]

    @property
    def servers(self) -> str:
        return ",".join(node.servers for node in self.nodes)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    homes = [tmp_path_factory.mktemp(f"node-{number}") for number in NODES]
    controllers = []
    for home in homes:
        (home / "kafka").mkdir()
        port = kept_port(home / "kafka" / "port")
        controllers.append(kept_port(home / "kafka" / "controller-port", besides=port))
    voters = ",".join(
        f"{number}@{HOST}:{port}" for number, port in zip(NODES, controllers, strict=True)
    )
    nodes = [Node(home, number, voters) for home, number in zip(homes, NODES, strict=True)]
    with ThreadPoolExecutor(len(NODES)) as threads:
        try:
            list(threads.map(Node.start, nodes))
            yield Cluster(nodes)
        finally:
            for node in nodes:
                node.kill()
                node.erase()


def _admin(cluster: Cluster) -> AdminClient:
    return AdminClient(librdkafka(cluster.servers, {"logger": Quiet()}))


def _set(cluster: Cluster, name: str, value: str) -> None:
    entry = ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
    topic = ConfigResource(ResourceType.TOPIC, LEDGER, incremental_configs=[entry])
    admin = _admin(cluster)
    for done in admin.incremental_alter_configs([topic]).values():
        done.result(WITHIN_S)


def complaint(cluster: Cluster, table: list[Topic]) -> str:
    """Give what a worker would end with as it starts; nothing where it would work."""
    try:
        check_durability(cluster.servers, table)
    except TopicMismatchError as error:
        return str(error)
    return ""


def test_topics_are_made_so_that_one_broker_may_be_lost_and_a_worker_checks_it(
    cluster: Cluster,
) -> None:
    assert create_topics(cluster.servers, TABLE) == [LEDGER, PROFILES]
    wait_for(lambda: complaint(cluster, TABLE) == "", WITHIN_S, "all is as it should be")
    for name, wrong, right in (
        ("min.insync.replicas", "1", "2"),
        ("unclean.leader.election.enable", "true", "false"),
    ):
        _set(cluster, name, wrong)
        said = f"{LEDGER}: {name} is {wrong}, not {right}: run `credit-ledger topics`"
        wait_for(partial(_complains, cluster, said), WITHIN_S, said)
        create_topics(cluster.servers, TABLE)  # as `credit-ledger topics` does
        wait_for(lambda: complaint(cluster, TABLE) == "", WITHIN_S, "it is mended")


def _complains(cluster: Cluster, said: str) -> bool:
    return complaint(cluster, TABLE) == said


def test_a_topic_with_one_copy_keeps_a_worker_from_starting(cluster: Cluster) -> None:
    admin = _admin(cluster)
    for made in admin.create_topics([NewTopic(LONELY.name, LONELY.partitions, 1)]).values():
        made.result(WITHIN_S)
    wait_for(
        lambda: "1 copy of a partition on 3 brokers: give it 3" in complaint(cluster, [LONELY]),
        WITHIN_S,
        "it is told",
    )


def test_what_was_acknowledged_is_there_after_any_one_was_lost_and_with_one_alone_nothing_is(
    cluster: Cluster,
) -> None:
    create_topics(cluster.servers, TABLE)
    values = [str(n).encode() for n in range(300)]
    first, second, _ = cluster.nodes
    _send(cluster, values[:100])
    first.kill()
    _send(cluster, values[100:200])
    first.start()
    second.kill()
    _send(cluster, values[200:])
    assert {message.value() for message in read_all(cluster.servers, LEDGER)} == set(values)

    first.kill()
    alone = Sender(create_producer(cluster.servers, **{"message.timeout.ms": 3_000}))
    with pytest.raises(DeliveryError):
        alone.send([(LEDGER, b"k", b"lost", None)], timeout_s=10)


def _send(cluster: Cluster, values: list[bytes]) -> None:
    """Send until all is acknowledged: the others may take their time to agree on who leads."""
    sender = Sender(create_producer(cluster.servers))

    def is_sent() -> bool:
        try:
            sender.send((LEDGER, value, value, None) for value in values)
        except DeliveryError:
            return False
        return True

    wait_for(is_sent, WITHIN_S, "it is acknowledged")
