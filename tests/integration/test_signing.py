"""The signer on a real broker: keys of `up`, cuts, a second signer, and a folder that was lost."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from events.envelope import Platform
from events.errors import LedgerError
from events.rules.rulebook import load_rulebook
from events.topics import checkpoints_topic, ledger_topic
from ops.evidence.keys import KeyOpenError, make_keys, policy_of, signers_of
from ops.evidence.settings import EvidenceSettings
from ops.evidence.signing import Running
from ops.local.stack import Stack
from ops.topics import create_topics
from projections.proof.notes import parse_note
from streams.publishing.fence import FencedError
from streams.publishing.producer import Sender, create_producer
from streams.reading.reader import LogReader
from streams.signing.checkpoints import CheckpointsTopic
from streams.signing.folder import Folder
from streams.signing.ledger import LedgerTopic
from streams.signing.signer import LogSigner
from streams.topics import topic_table

ORGANISATION = Platform.ORGANISATION
pytestmark = pytest.mark.stack


def settings_of(folder: Path, origin: str = "test.example") -> EvidenceSettings:
    return EvidenceSettings(
        origin=origin, folder=folder / "evidence", keys=folder / "keys", cut_every_s=0.1
    )


def later_ms() -> int:
    """Give a time at which nothing counts as young."""
    return time.time_ns() // 1_000_000 + 60_000


def signer_of(
    kafka: str,
    settings: EvidenceSettings,
    path: Path,
    reader: LogReader,
    platform: Platform = ORGANISATION,
) -> LogSigner:
    name = settings.log_name(platform)
    return LogSigner(
        signers_of(settings, str(platform), name),
        path,
        LedgerTopic(platform, reader),
        CheckpointsTopic(kafka, platform, reader),
        later_ms,
    )


def send(kafka: str, count: int) -> None:
    topic = ledger_topic(ORGANISATION)
    sender = Sender(create_producer(kafka))
    sender.send([(topic, f"subject-{i % 50}".encode(), b"%d" % i, None) for i in range(count)])


def test_a_log_is_signed_taken_over_and_derived_anew(stack: Stack, tmp_path: Path) -> None:
    names = {ledger_topic(ORGANISATION), checkpoints_topic(ORGANISATION)}
    create_topics(stack.kafka, [t for t in topic_table(load_rulebook()) if t.name in names])
    settings = settings_of(tmp_path)
    assert len(make_keys(settings)) == 3
    assert make_keys(settings) == []
    policy = policy_of(settings)
    first, second = settings.log_folder(ORGANISATION), tmp_path / "elsewhere"
    second.mkdir()
    with LogReader(stack.kafka) as reader, LogReader(stack.kafka) as other:
        send(stack.kafka, 700)
        signer = signer_of(stack.kafka, settings, first, reader)
        log = signer.open()
        assert signer.step(log) is not None
        shown = policy.check_log(parse_note(Folder(first).checkpoint() or ""))
        assert shown.size == log.checkpoint.size >= 700

        send(stack.kafka, 100)
        heir = signer_of(stack.kafka, settings, second, other)
        with heir.open() as derived:
            assert derived.checkpoint == shown
            with pytest.raises((FencedError, LedgerError)):
                signer.step(log)
            log.__exit__()
            assert heir.step(derived) is not None
            newest = policy.check_log(parse_note(Folder(second).checkpoint() or ""))
            assert newest.size > shown.size
        assert policy.check_log(parse_note(Folder(first).checkpoint() or "")) == shown


def test_who_has_read_what_he_asked_for_leaves_no_fetch_under_way(stack: Stack) -> None:
    names = {ledger_topic(ORGANISATION), checkpoints_topic(ORGANISATION)}
    create_topics(stack.kafka, [t for t in topic_table(load_rulebook()) if t.name in names])
    send(stack.kafka, 50)
    with LogReader(stack.kafka) as reader:
        ledger = LedgerTopic(ORGANISATION, reader)
        sources = {"ledger": ledger.records(0, 0, ledger.ends()[0])}
        sources["checkpoints"] = CheckpointsTopic(stack.kafka, ORGANISATION, reader).values()
        for name, source in sources.items():
            for _ in source:
                pass
            under_way = [
                each for each in reader._consumer._fetcher._pending_tasks if not each.done()
            ]
            assert not under_way, name


def test_the_role_waits_where_there_is_no_key_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    running = Running(settings_of(tmp_path), ORGANISATION, "127.0.0.1:1")
    assert running.turn(100.0) == 130.0
    assert "`credit-ledger up` makes the first ones" in capsys.readouterr().out
    assert running.turn(110.0) == 130.0


def test_a_key_that_others_may_read_is_not_used(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    make_keys(settings)
    place = settings.keys / "organisation.key"
    assert place.stat().st_mode & 0o777 == 0o600
    place.chmod(0o644)
    with pytest.raises(KeyOpenError, match="chmod 600"):
        signers_of(settings, "organisation", settings.log_name(ORGANISATION))
