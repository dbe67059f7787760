"""Real signers that are killed, put to sleep, doubled, robbed of folder, disk and witness: one history.

A long history on one broker, a day after the other, each made up from its number. `SIGNER_DAYS=200` for
a long night; `SIGNER_SEED=7` for another one.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from events.rules.rulebook import load_rulebook
from events.topics import checkpoints_topic, ledger_topic
from ops.local.kafka import LocalKafka
from ops.topics import create_topics
from streams.topics import topic_table
from tests.support.killed_signers import DAYS, FORKS, ORGANISATION, Broker, Lives

pytestmark = [pytest.mark.stack, pytest.mark.chaos]


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    kafka = LocalKafka(tmp_path / "home")
    try:
        address = kafka.start()
        names = {ledger_topic(ORGANISATION), checkpoints_topic(ORGANISATION)}
        create_topics(address, [t for t in topic_table(load_rulebook()) if t.name in names])
        found = Broker(kafka, address, tmp_path)
        try:
            yield found
        finally:
            found.witness_is_killed()
    finally:
        kafka.erase()


def test_of_real_signers_who_are_killed_there_is_one_history(broker: Broker) -> None:
    FORKS.set_forkserver_preload(["tests.support.signer_lives"])
    broker.witness_begins()
    lives = Lives(broker)
    lives.send(3)  # a folder that is lost before the first cut is no log's, and nobody begins one
    assert lives.ends(lives.begin(lives.first, None, 1)) == 0
    lives.while_both_are_away()
    for number in range(DAYS):
        lives.day(number)
    lives.check()
    told = [line for line in lives.story if line.endswith(f"with {-signal.SIGKILL}")]
    assert len(told) > DAYS // 4, lives.story
