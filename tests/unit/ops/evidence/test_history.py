"""All events of a subject: by the journal where it holds what was signed, else from Kafka."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any, Self

import psycopg
import pytest

from events.envelope import Platform
from events.errors import LedgerError
from ops.evidence import history as module
from ops.evidence.history import History, history_of, journal_by
from projections.as_of.question import Question
from projections.ledger.message import Message, Raw
from projections.proof.entries import Cut, event_entry, record_bytes
from projections.proof.errors import ProofError
from projections.proof.heads import next_head
from projections.proof.report import start_of
from projections.proof.tree import leaf_hash
from projections.queries.subject.journalled import Journalled

OURS, OTHERS = b"a", b"b"
RAWS = [Raw(i, 1_000 + i, OTHERS if i % 3 else OURS, b"value %d" % i) for i in range(20)]
CUT = Cut(1, 5, "credit.organisation.events.v1", (18,), 2, bytes(32))


def question(**given: Any) -> Question:
    return Question(
        platform=Platform.ORGANISATION, subject_id="a", valid_on=date(2026, 1, 1), **given
    )


def head_of(raws: list[Raw]) -> bytes | None:
    head = None
    for raw in raws:
        record = record_bytes(raw.key, raw.value)
        head = next_head(
            head or start_of("a", raw.value),
            leaf_hash(event_entry(0, raw.offset, raw.timestamp_ms, record)),
        )
    return head


HEAD = head_of([raw for raw in RAWS[:18] if raw.key == OURS])


class FakeReader:
    """The ledger, which takes note of where it was read."""

    def __init__(self, raws: list[Raw]) -> None:
        self.raws = raws
        self.read: list[tuple[int, int]] = []

    def __call__(self, _kafka: str, _platform: Platform) -> FakeReader:
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def batches(self, _partition: int, start: int, end: int) -> Iterator[list[Raw]]:
        self.read.append((start, end))
        for at in range(start, end, 4):
            yield self.raws[at : min(end, at + 4)]


@pytest.fixture
def ledger(monkeypatch: pytest.MonkeyPatch) -> FakeReader:
    found = FakeReader(RAWS)
    monkeypatch.setattr(module, "LedgerReader", found)
    return found


def known_to(end: int, after: int | None = None) -> Journalled:
    messages = [
        Message(raw.offset, raw.timestamp_ms, raw.key, raw.value)
        for raw in RAWS[:end]
        if raw.key == OURS
    ]
    return Journalled(messages, end, RAWS[end - 1].timestamp_ms, after)


def asked(journal: Journalled | None, **given: Any) -> History:
    return history_of("nowhere", question(**given), CUT, HEAD, lambda *_: journal, lambda _: None)


def check(found: History, known: int = 18) -> None:
    ours = [raw for raw in RAWS[:18] if raw.key == OURS]
    assert [(e.message.offset, e.message.value, e.timestamp_ms) for e in found.events] == [
        (raw.offset, raw.value, raw.timestamp_ms) for raw in ours
    ]
    assert (found.partition, found.known) == (0, known)


def test_what_the_journal_holds_and_was_signed_is_not_read_again(ledger: FakeReader) -> None:
    check(asked(known_to(18)))
    assert ledger.read == []


def test_what_the_read_models_do_not_know_yet_is_read_from_there_on(ledger: FakeReader) -> None:
    check(asked(known_to(9)))
    assert ledger.read == [(9, 18)]


def test_who_waits_for_a_partition_is_told_how_far_it_was_read(
    ledger: FakeReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TOLD_EVERY", 8)
    monkeypatch.setenv("CREDIT_LEDGER_LANGUAGE", "en")
    told: list[str] = []
    check(history_of("nowhere", question(), CUT, HEAD, None, told.append))
    assert ledger.read == [(0, 18)]
    assert told == [
        "reading partition 0 of the ledger up to offset 18",
        "partition 0 of the ledger: read up to offset 8 of 18",
        "partition 0 of the ledger: read up to offset 16 of 18",
    ]


def without(at: int) -> Callable[[list[Message]], list[Message]]:
    return lambda messages: messages[:at] + messages[at + 1 :]


def other(**fields: Any) -> Callable[[list[Message]], list[Message]]:
    def change(messages: list[Message]) -> list[Message]:
        told = {name: getattr(messages[2], name) for name in Message.__struct_fields__}
        return [*messages[:2], Message(**(told | fields)), *messages[3:]]

    return change


@pytest.mark.parametrize(
    "harm",
    [
        without(0),
        without(1),
        without(-1),
        other(value=b"forged"),
        other(value=None),
        other(recorded_ms=999),
        other(offset=5),
        lambda messages: [*messages, messages[-1]],
        lambda messages: [messages[1], messages[0], *messages[2:]],
        lambda _: [],
    ],
)
@pytest.mark.parametrize("end", [18, 9])
def test_a_journal_that_holds_anything_else_is_not_believed(
    ledger: FakeReader, harm: Callable[[list[Message]], list[Message]], end: int
) -> None:
    known = known_to(end)
    check(asked(known._replace(messages=harm(list(known.messages)))))
    assert ledger.read[-1] == (0, 18)


def test_kafka_alone_is_enough(ledger: FakeReader) -> None:
    check(asked(None))
    check(history_of("nowhere", question(), CUT, HEAD, None, lambda _: None))
    assert ledger.read == [(0, 18), (0, 18)]


@pytest.mark.parametrize(
    ("after", "moment_ms", "known", "read"),
    [
        (7, 1_006, 7, []),
        (None, 9_999, 18, []),  # all that is signed was known by then
        (19, 1_018, 18, []),  # so was what came later, and it is not signed
        (3, 1_006, 7, [(0, 18)]),  # leaves out what was known
        (12, 1_006, 7, [(0, 18)]),  # takes in what was not
    ],
)
def test_a_moment_is_where_the_journal_says_if_the_events_agree(
    ledger: FakeReader, after: int | None, moment_ms: int, known: int, read: list[tuple[int, int]]
) -> None:
    check(asked(known_to(18, after), known_at_ms=moment_ms), known)
    assert ledger.read == read


def test_a_moment_beyond_the_journal_is_found_in_what_is_read_on(ledger: FakeReader) -> None:
    check(asked(known_to(9), known_at_ms=1_012), 13)
    assert ledger.read == [(9, 18)]


def test_a_stamp_that_steps_back_is_read_from_kafka(ledger: FakeReader) -> None:
    """The journal knows only times that were made monotone, and the log holds the broker's own."""
    ledger.raws = [*RAWS[:5], Raw(5, 9_000, OTHERS, b"late"), *RAWS[6:]]
    lifted = [
        Message(m.offset, 9_000 if m.offset > 5 else m.recorded_ms, m.key, m.value)
        for m in known_to(18).messages
    ]
    found = asked(known_to(18)._replace(messages=lifted))
    check(found)
    assert [each.message.recorded_ms for each in found.events] == [1_000, 1_003, *[9_000] * 4]


def test_a_cut_is_taken_as_far_as_it_is_signed(ledger: FakeReader) -> None:
    check(asked(known_to(18), cut={0: 7}), 7)
    with pytest.raises(ProofError, match="signed up to before offset 18, not 19"):
        asked(known_to(18), cut={0: 19})
    assert ledger.read == []


def test_other_events_in_kafka_than_were_signed_are_refused(ledger: FakeReader) -> None:
    ledger.raws = [*RAWS[:3], Raw(3, 1_003, OURS, b"forged"), *RAWS[4:]]
    with pytest.raises(ProofError, match="other events of a than were logged"):
        asked(None)


@pytest.mark.parametrize("error", [psycopg.OperationalError("away"), LedgerError("no such")])
def test_where_the_database_does_not_answer_nothing_is_known_by_it(error: Exception) -> None:
    @contextmanager
    def away() -> Iterator[psycopg.Connection[Any]]:
        raise error
        yield

    assert journal_by(away)(question(), 18) is None
