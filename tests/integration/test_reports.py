"""A report from a real broker: of a subject that is there, of one that is not, and of an altered log."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from events.envelope import Platform
from events.rules.rulebook import load_rulebook
from events.topics import checkpoints_topic, ledger_topic
from ops.cli.subject import report as verbs
from ops.evidence.keys import make_keys, policy_text, vkeys
from ops.evidence.reporting import make_report
from ops.evidence.verify_alone import verify
from ops.generator.codes import synthetic_credit_code
from ops.local.stack import Stack
from ops.topics import create_topics
from projections.as_of.question import Question
from projections.calendar.rules import RuleCalendar
from projections.proof.errors import ProofError
from streams.publishing.producer import Sender, create_producer
from streams.reading.reader import LogReader
from streams.topics import topic_table
from tests.integration.test_signing import settings_of, signer_of
from tests.support import builders as a
from tests.support.given import value_of

PLATFORM = Platform.PERSON
"""Whose log no other test signs: it has one history on the session's broker."""
pytestmark = pytest.mark.stack


def test_a_report_is_made_verified_and_refused_where_the_log_was_altered(
    stack: Stack, tmp_path: Path
) -> None:
    assert verbs.report_verb.__doc__
    names = {ledger_topic(PLATFORM), checkpoints_topic(PLATFORM)}
    create_topics(stack.kafka, [t for t in topic_table(load_rulebook()) if t.name in names])
    settings = settings_of(tmp_path, "reports.example")
    make_keys(settings)
    there, absent = synthetic_credit_code(4_001, "330100"), synthetic_credit_code(4_002, "330100")
    events = [a.a_court_listing(there, f"2026-1{i}-01", subject_id=there) for i in range(2)]
    topic = ledger_topic(PLATFORM)
    sender = Sender(create_producer(stack.kafka))
    sender.send([(topic, there.encode(), value_of(event), None) for event in events])
    with LogReader(stack.kafka) as reader:
        signer = signer_of(stack.kafka, settings, settings.log_folder(PLATFORM), reader, PLATFORM)
        with signer.open() as log:
            signer.step(log)
    calendar = RuleCalendar(load_rulebook())
    policy = policy_text(settings)
    keys = "\n".join(each.vkey() for each in vkeys(settings, "reports"))
    for subject in (there, absent):
        question = Question(platform=PLATFORM, subject_id=subject, valid_on=date(2026, 11, 28))
        data = make_report(stack.kafka, settings, question, "trial", calendar)
        assert [each for each in verify(data, policy, keys) if not each["ok"]] == []
        assert value_of(events[0]) != b""
        assert data.startswith(b'{"body":{"cut":"cut 1')
    tile = max(settings.log_folder(PLATFORM).glob("tile/0/*.p/*"))
    tile.write_bytes(tile.read_bytes()[:-1] + b"x")
    with pytest.raises(ProofError, match="not the tiles of the checkpoint"):
        make_report(stack.kafka, settings, question, "trial", calendar)
