from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec
import pytest

from events.types.penalty import PenaltyImposed
from ops.submission import submitting
from ops.submission.receipts import AtOnce
from ops.submission.sending import BrokerAnswer, BrokerUnreachableError, TopicMissingError
from ops.submission.submitting import Counter, Progress, submit_files
from projections.queries.outcomes import HeldEvent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from events.event import Event
    from events.rules.rulebook import Rulebook
    from ops.submission.defaults import Defaults
    from ops.submission.line import GoodLine
    from ops.submission.receipts import Receipt
    from ops.submission.report import Report
    from ops.submission.standing import StandingSource

GOOD, FAULTY = "penalties_official_gb18030.csv", "penalties_with_faults_gb18030.csv"


class RememberingSender:
    """Keeps what it is given, and answers only when waited for, as a broker would."""

    def __init__(self, answer: str | None = None, error: Exception | None = None) -> None:
        self.lines: list[GoodLine] = []
        self._answer = answer
        self._error = error
        self._open: list[Callable[[BrokerAnswer], None]] = []

    def send(
        self, line: GoodLine, submitted_at: datetime, acknowledged: Callable[[BrokerAnswer], None]
    ) -> None:
        assert submitted_at.tzinfo is not None
        if self._error is not None and self.lines:
            raise self._error
        self.lines.append(line)
        self._open.append(acknowledged)

    def wait(self) -> None:
        for offset, acknowledged in enumerate(self._open):
            place = None if self._answer else ("a.topic", 0, offset)
            acknowledged(BrokerAnswer(place, self._answer))
        self._open.clear()


class Submit:
    """Submits sample files with what all tests share."""

    def __init__(
        self, samples: Path, defaults: Defaults, rulebook: Rulebook, now: datetime
    ) -> None:
        self.samples = samples
        self.defaults = defaults
        self.rulebook = rulebook
        self.now = now
        self.progress: list[Progress] = []
        self.receipts: list[Receipt] = []

    def __call__(
        self,
        *names: str,
        sender: RememberingSender | None,
        all_or_nothing: bool = False,
        ledger: StandingSource | None = None,
    ) -> Report:
        return submit_files(
            [self.samples / name for name in names],
            self.defaults,
            Counter(
                rulebook=self.rulebook,
                now=self.now,
                sender=sender,
                ledger=ledger,
                all_or_nothing=all_or_nothing,
                progress=self.progress.append,
                keep=self.receipts.append,
            ),
        )


@pytest.fixture
def submit(samples: Path, market: Defaults, rulebook: Rulebook, now: datetime) -> Submit:
    return Submit(samples, market, rulebook, now)


def test_good_lines_are_sent_and_the_others_reported(submit: Submit) -> None:
    sender = RememberingSender()
    report = submit(GOOD, FAULTY, sender=sender)
    good, faulty = report.files
    assert (good.sent, good.repeated, len(good.refused), good.rows) == (5, 0, 0, 5)
    # The first line of the second file repeats one of the first file.
    assert (faulty.sent, faulty.repeated, len(faulty.refused), faulty.rows) == (1, 1, 3, 5)
    assert len(sender.lines) == report.sent == 6
    assert report.exit_code == 1


def test_all_or_nothing_spans_the_files(submit: Submit) -> None:
    sender = RememberingSender()
    report = submit(GOOD, FAULTY, sender=sender, all_or_nothing=True)
    assert (sender.lines, report.sent, report.refused, report.exit_code) == ([], 0, 3, 2)
    report = submit(GOOD, sender=sender, all_or_nothing=True)
    assert (len(sender.lines), report.sent, report.exit_code) == (5, 5, 0)


def test_all_or_nothing_holds_back_no_more_than_one_file_may_have(
    submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submitting, "FILE_ROWS_MAX", 9)
    report = submit(GOOD, FAULTY, sender=RememberingSender(), all_or_nothing=True)
    assert "together may have 9 rows" in str(report.files[1].problem)
    assert report.sent == 0


def test_without_a_sender_it_only_checks(submit: Submit) -> None:
    assert submit(GOOD, sender=None).exit_code == 0
    report = submit(FAULTY, sender=None)
    assert (report.exit_code, report.sent, report.files[0].unsent) == (1, 0, 2)
    assert submit(FAULTY, sender=None, all_or_nothing=True).exit_code == 2


def test_a_file_that_cannot_be_read_does_not_stop_the_others(submit: Submit) -> None:
    report = submit("none.csv", "SOURCE.md", GOOD, sender=RememberingSender())
    missing, alien, good = report.files
    assert "no such file" in str(missing.problem)
    assert "no header" in str(alien.problem)
    assert (good.sent, report.exit_code) == (5, 1)
    assert submit("none.csv", sender=RememberingSender()).exit_code == 2


@pytest.mark.parametrize(
    "error",
    [
        BrokerUnreachableError("Authentication failed", why="Authentication failed"),
        TopicMissingError("no topic", topic="no topic"),
    ],
)
def test_what_stops_the_sending_is_told_with_what_was_sent(
    submit: Submit, error: Exception
) -> None:
    report = submit(GOOD, sender=RememberingSender(error=error))
    assert report.failure is not None
    assert report.failure.en == str(error)
    assert str(error) in report.failure.zh
    assert report.exit_code == 3
    assert report.files[0].unsent >= 4


def test_a_line_that_the_broker_did_not_take_is_not_counted_as_sent(submit: Submit) -> None:
    report = submit(GOOD, sender=RememberingSender(answer="Message timed out"))
    assert (report.sent, report.files[0].unsent, report.exit_code) == (0, 5, 3)
    assert report.failure is not None
    assert report.failure.en == (
        f"5 lines without acknowledgement, the first: {GOOD}:3: Message timed out"
    )


def test_progress_ends_with_every_line_acknowledged(submit: Submit) -> None:
    submit(GOOD, sender=RememberingSender())
    assert submit.progress[-1] == Progress(GOOD, rows=5, checked=5, acknowledged=5)


def test_the_report_turns_into_json(submit: Submit) -> None:
    plain = submit(FAULTY, sender=RememberingSender()).to_json()
    assert json.loads(json.dumps(plain, ensure_ascii=False)) == plain
    assert (plain["sent"], plain["refused"], plain["exit_code"]) == (2, 3, 1)
    file = plain["files"][0]
    assert (file["encoding"], file["form"], file["unsent"]) == ("gb18030", "csv", 0)
    assert "法定代表人" in file["not_taken"]
    assert file["refused"][0]["line"] == 3
    assert set(file["refused"][0]["reasons"][0]) == {"code", "field", "value", "rule"}


def test_a_file_is_checked_before_its_first_line_is_sent(
    submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submitting, "ASKED_AT_ONCE", 2)
    monkeypatch.setattr(submitting, "PROGRESS_EVERY_ROWS", 1)
    sender, sent_by_then = RememberingSender(), []
    submit.progress = _Noting(lambda _: sent_by_then.append(len(sender.lines)))
    assert submit(GOOD, sender=sender).sent == 5
    assert sent_by_then[:5] == [0] * 5


def test_of_a_long_file_no_more_lines_are_held_than_a_bound(
    submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submitting, "ASKED_AT_ONCE", 1)
    monkeypatch.setattr(submitting, "HELD_MAX", 2)
    monkeypatch.setattr(submitting, "PROGRESS_EVERY_ROWS", 1)
    sender, sent_by_then = RememberingSender(), []
    submit.progress = _Noting(lambda _: sent_by_then.append(len(sender.lines)))
    assert submit(GOOD, sender=sender).sent == 5
    assert sent_by_then[:5] == [0, 2, 2, 4, 4]


class _Noting(list[Progress]):
    """Keeps progress, and tells of each as it comes."""

    def __init__(self, heard: Callable[[Progress], None]) -> None:
        super().__init__()
        self._heard = heard

    def append(self, told: Progress) -> None:
        self._heard(told)
        super().append(told)


def test_a_repeat_has_the_same_ids(submit: Submit) -> None:
    first, second = RememberingSender(), RememberingSender()
    submit(GOOD, sender=first)
    submit("penalties_exchange_codes.tsv", sender=second)
    assert [line.value for line in first.lines] == [line.value for line in second.lines]


class Told:
    """A ledger that was told what it holds."""

    def __init__(self, *events: Event) -> None:
        self._known = {event.envelope.event_id: HeldEvent(event, event) for event in events}

    def standing(self, lines: Sequence[GoodLine]) -> Mapping[str, HeldEvent]:
        """Give what stands, of what was told."""
        ids = {line.event.envelope.event_id for line in lines}
        return {key: value for key, value in self._known.items() if key in ids}


def test_what_stands_already_is_not_sent_and_what_stands_otherwise_is_told(submit: Submit) -> None:
    sender = RememberingSender()
    submit(GOOD, sender=sender)
    same, other = sender.lines[0].event, sender.lines[1].event
    assert isinstance(other, PenaltyImposed)
    ledger = Told(same, msgspec.structs.replace(other, fine_fen=7))

    again = RememberingSender()
    report = submit(GOOD, sender=again, ledger=ledger)

    (file,) = report.files
    assert (file.sent, file.standing, report.exit_code) == (3, 1, 1)
    (told,) = file.otherwise
    assert (told.line, told.document_no) == (4, other.envelope.document_no)
    assert [(d.field, d.stands, d.said) for d in told.differences] == [("fine_fen", 7, 20_000_000)]
    assert len(again.lines) == 3


def test_nothing_is_sent_at_all_where_a_line_stands_otherwise(submit: Submit) -> None:
    sender = RememberingSender()
    submit(GOOD, sender=sender)
    other = sender.lines[1].event
    ledger = Told(msgspec.structs.replace(other, fine_fen=7))  # type: ignore[arg-type]

    report = submit(GOOD, sender=RememberingSender(), ledger=ledger, all_or_nothing=True)

    assert (report.sent, report.otherwise, report.exit_code) == (0, 1, 2)


def test_each_file_has_a_receipt_of_every_line_without_a_word_of_it(submit: Submit) -> None:
    submit(FAULTY, sender=RememberingSender())

    (receipt,) = submit.receipts
    assert [(each.line, each.at_once) for each in receipt.lines] == [
        (2, "sent"),
        (3, "refused"),
        (4, "refused"),
        (5, "refused"),
        (6, "sent"),
    ]
    assert receipt.lines[0].place == ("a.topic", 0, 0)
    assert receipt.lines[2].reasons == ("person_data_in_clear",)
    said = msgspec.json.encode(receipt).decode()
    assert not [word for word in ("样例", "食品", "罚款", "1.5") if word in said]


def test_after_ctrl_c_it_is_told_what_was_sent(submit: Submit) -> None:
    sender = RememberingSender(error=KeyboardInterrupt())  # type: ignore[arg-type]
    report = submit(GOOD, sender=sender)

    assert (report.sent, report.files[0].unsent, report.exit_code) == (1, 4, 130)
    assert [each.at_once for each in submit.receipts[0].lines].count(AtOnce.UNSENT) == 4
