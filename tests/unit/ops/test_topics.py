"""How topics must be: safe where there are several brokers, and what may be mended on one in use."""

from __future__ import annotations

from concurrent.futures import Future
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from events.envelope import Platform
from events.rules.rulebook import load_rulebook
from events.topics import ledger_topic, profiles_topic
from ops import topics
from ops.topics import TopicMismatchError, check_durability, create_topics
from streams.publishing.producer import MESSAGE_BYTES_MAX
from streams.topics import ADJUSTABLE, topic_table

if TYPE_CHECKING:
    from collections.abc import Mapping

TABLE = {topic.name: topic for topic in topic_table(load_rulebook())}


def test_the_ledger_is_flushed_within_a_second() -> None:
    for platform in Platform:
        assert TABLE[ledger_topic(platform)].configuration()["flush.ms"] == "1000"


def test_of_several_copies_two_have_what_was_acknowledged_and_no_other_leads() -> None:
    for topic in TABLE.values():
        assert topic.configuration(1)["min.insync.replicas"] == "1"
        assert topic.configuration(3)["min.insync.replicas"] == "2"
        assert topic.configuration(3)["unclean.leader.election.enable"] == "false"


def test_what_we_send_fits_in_the_topics_of_what_is_told() -> None:
    told = TABLE[profiles_topic(Platform.ORGANISATION)]
    assert int(told.configuration()["max.message.bytes"]) > MESSAGE_BYTES_MAX


def test_nothing_that_could_lose_or_move_a_message_is_set_on_a_topic_in_use() -> None:
    assert ADJUSTABLE & {"cleanup.policy", "retention.ms", "retention.bytes"} == set()


class Cluster:
    """A broker's administration, as far as it is asked: who answers, copies, settings."""

    def __init__(self, answering: int, copies: Mapping[str, int], **settings: str) -> None:
        self._copies = copies
        self._settings = settings
        self.brokers = dict.fromkeys(range(answering))
        self.altered: dict[str, dict[str, str]] = {}
        self.topics = {
            name: SimpleNamespace(
                partitions=dict.fromkeys(
                    range(TABLE[name].partitions), SimpleNamespace(replicas=list(range(own)))
                )
            )
            for name, own in copies.items()
        }

    def list_topics(self, *, timeout: float) -> Cluster:
        assert timeout
        return self

    def describe_configs(self, asked: list[Any]) -> dict[Any, Future[dict[str, Any]]]:
        answers: dict[Any, Future[dict[str, Any]]] = {}
        for resource in asked:
            held = TABLE[resource.name].configuration(self._copies[resource.name])
            told = {**held, **{k.replace("_", "."): v for k, v in self._settings.items()}}
            answers[resource] = Future()
            answers[resource].set_result(
                {name: SimpleNamespace(value=value) for name, value in told.items()}
            )
        return answers

    def incremental_alter_configs(self, asked: list[Any]) -> dict[Any, Future[None]]:
        done: Future[None] = Future()
        done.set_result(None)
        for resource in asked:
            self.altered[resource.name] = {
                entry.name: entry.value for entry in resource.incremental_configs
            }
        return dict.fromkeys(asked, done)


LEDGERS = [ledger_topic(platform) for platform in Platform]


@pytest.mark.parametrize(
    ("cluster", "complaint"),
    [
        (Cluster(1, dict.fromkeys(LEDGERS, 1)), None),
        (Cluster(3, dict.fromkeys(LEDGERS, 3)), None),
        (Cluster(3, dict.fromkeys(LEDGERS, 1)), "1 copy of a partition on 3 brokers: give it 3"),
        (Cluster(3, dict.fromkeys(LEDGERS, 3), min_insync_replicas="1"), "is 1, not 2"),
        (
            Cluster(3, dict.fromkeys(LEDGERS, 3), unclean_leader_election_enable="true"),
            "unclean.leader.election.enable is true, not false: run `credit-ledger topics`",
        ),
        # Two of three are away: the one that answers is not alone.
        (Cluster(1, dict.fromkeys(LEDGERS, 3), min_insync_replicas="1"), "is 1, not 2"),
    ],
)
def test_where_there_are_several_brokers_a_worker_starts_only_on_topics_that_survive_one(
    cluster: Cluster, complaint: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(topics, "AdminClient", lambda _: cluster)
    table = [TABLE[name] for name in LEDGERS]
    if complaint is None:
        check_durability("broker", table)
    else:
        with pytest.raises(TopicMismatchError, match=complaint):
            check_durability("broker", table)


def test_what_may_be_set_is_set_though_the_broker_that_is_asked_says_that_all_is_well(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Of several brokers one may not have heard yet of what another was told.
    cluster = Cluster(3, dict.fromkeys(LEDGERS, 3))
    monkeypatch.setattr(topics, "AdminClient", lambda _: cluster)
    table = [TABLE[name] for name in LEDGERS]
    assert create_topics("broker", table) == []
    for topic in table:
        wanted = topic.configuration(3)
        assert cluster.altered[topic.name] == {
            name: value for name, value in wanted.items() if name in ADJUSTABLE
        }
