"""How topics must be: safe where there are several brokers, and what may be mended on one in use."""

from __future__ import annotations

from events.envelope import Platform
from events.rules.rulebook import load_rulebook
from events.topics import ledger_topic, profiles_topic
from streams.publishing.producer import MESSAGE_BYTES_MAX
from streams.topics import ADJUSTABLE, topic_table

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
