from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from events.admission.normal_form import with_envelope
from ops.submission.amending import one_row
from ops.submission.files.concerned import by_number
from tests.support.builders import SUBJECT, a_licence, a_penalty, an_objection

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from events.event import Event
    from ops.submission.files.reading import SubmissionFile
    from ops.submission.files.row import FileRow

PENALTY = a_penalty("甲〔2026〕1号")
NUMBER = PENALTY.envelope.document_no
LICENCE = with_envelope(a_licence(), document_no=NUMBER)
OBJECTION = with_envelope(an_objection(PENALTY, "2026-02-01"), document_no="异〔2026〕1号")
PENALTY_ID, OBJECTION_ID = (each.envelope.event_id for each in (PENALTY, OBJECTION))


class Told:
    """A ledger that holds what it was told, and notes of whom it was asked."""

    def __init__(self, *events: Event) -> None:
        self._events = events
        self.asked: list[str] = []

    def numbered(self, subject: str, number: str) -> Sequence[Event]:
        self.asked.append(subject)
        return [each for each in self._events if each.envelope.document_no == number]


def row_of(ledger: Told, only_type: str | None = None, **values: object) -> FileRow:
    def opened(_: Path) -> SubmissionFile:
        return one_row("x", values)

    file: Any = by_number(opened, ledger, only_type)(None)  # type: ignore[arg-type]
    (row,) = file.read()
    found: FileRow = row
    return found


def test_a_record_and_an_objection_are_named_by_their_numbers() -> None:
    """By the heading in Chinese or the field, with the type in the row or held for all lines."""
    ledger = Told(PENALTY, OBJECTION)
    by_row = row_of(
        ledger,
        事件类型="异议处理",
        主体代码=SUBJECT.lower(),
        所涉记录编号=NUMBER,
        异议编号="异〔2026〕1号",
    )
    assert (by_row.reasons, by_row.values["所涉记录编号"]) == ([], PENALTY_ID)
    assert by_row.values["异议编号"] == OBJECTION_ID
    by_all = row_of(ledger, "ObjectionRaised", subject_id=SUBJECT, concerns=NUMBER)
    assert by_all.values["concerns"] == PENALTY_ID


def test_of_several_under_a_number_the_one_that_it_can_be_about_is_meant() -> None:
    ledger = Told(PENALTY, LICENCE)
    settled = row_of(ledger, "ObligationSettled", subject_id=SUBJECT, concerns=NUMBER)
    assert settled.values["concerns"] == PENALTY_ID
    objected = row_of(ledger, "ObjectionRaised", subject_id=SUBJECT, concerns=NUMBER)
    (fault,) = objected.reasons
    assert "several bear this number (行政处罚, 行政许可)" in fault.rule


def test_a_number_under_which_nothing_stands_is_refused_by_its_column() -> None:
    row = row_of(Told(PENALTY), "ObjectionRaised", 主体代码=SUBJECT, 所涉记录编号="乙9号")
    (fault,) = row.reasons
    assert (fault.field, fault.value) == ("所涉记录编号", "乙9号")
    assert "holds nothing" in fault.rule


@pytest.mark.parametrize(
    "values",
    [
        {"subject_id": SUBJECT, "concerns": PENALTY_ID},
        {"subject_id": SUBJECT, "document_no": NUMBER},
        {"subject_id": "330106190001010017", "concerns": NUMBER},
        {"concerns": NUMBER},
    ],
    ids=["an id", "nothing named", "an identity number", "no subject"],
)
def test_nothing_is_looked_up_of_whom_it_need_not_or_must_not(values: dict[str, object]) -> None:
    ledger = Told(PENALTY)
    row = row_of(ledger, "ObjectionRaised", **values)
    assert (row.reasons, dict(row.values), ledger.asked) == ([], values, [])
