"""A report as pages: the same bytes for the same report, which can be taken out and checked again."""

from __future__ import annotations

import json
import random
import zlib
from base64 import b64encode
from typing import TYPE_CHECKING, Any

import pytest

from ops.evidence.pages.content import NotAReportError, pages_of
from ops.evidence.pages.documents import (
    Document,
    ReportFormat,
    document_of,
    report_in,
    why_not_its_pages,
)
from ops.terms.terms import Language
from projections.as_of.state import OwnState, canonical
from projections.proof.entries import event_entry, record_bytes
from projections.proof.heads import tag_of
from projections.proof.report import Facts, HiddenEvent, report, start_of
from projections.proof.tree import leaf_hash
from tests.support import builders as a
from tests.support.given import given, value_of
from tests.unit.projections.proof.reports import REPORTS, Ledger

if TYPE_CHECKING:
    from collections.abc import Sequence

SUBJECT = a.SUBJECT
PENALTY = a.a_penalty(1, "2025-01-10", fine_fen=5_000_000)
SAID = [PENALTY, a.a_correction(PENALTY, "2025-03-01", fine_fen=700_000)]


def made(said: Sequence[Any] = SAID, hide: Sequence[int] = ()) -> bytes:
    """Make a report of a subject, with some of its events not shown."""
    ledger = Ledger([(SUBJECT, value_of(event)) for event in said])
    events: list[Any] = list(ledger.events.get(SUBJECT, []))
    start = start_of(SUBJECT, events[0].value) if events else None
    for index in hide:
        shown = events[index]
        record = record_bytes(SUBJECT.encode(), shown.value)
        entry = event_entry(shown.partition, shown.offset, shown.timestamp_ms, record)
        events[index] = HiddenEvent(leaf_hash(entry))
    state = given(*said).as_of("2025-06-30", cut=len(said))
    own = OwnState(*(getattr(state, name) for name in OwnState.__struct_fields__))
    facts = Facts(
        platform="organisation",
        subject_id=SUBJECT,
        purpose="own",
        made_at_ms=1_751_241_600_000,
        state=canonical(own),
        events=events,
        start=start,
    )
    found = ledger.tree.search(tag_of(SUBJECT.encode()))
    return report(facts, found, ledger.cut, ledger.proof(), [REPORTS])


@pytest.fixture(scope="module")
def of_one() -> bytes:
    return made()


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("form", [ReportFormat.PDF, ReportFormat.HTML])
def test_pages_hold_their_report_and_are_the_same_bytes_again(
    of_one: bytes, form: ReportFormat, language: Language
) -> None:
    first = document_of(of_one, form, language)
    assert document_of(of_one, form, language) == first
    found = report_in(first)
    assert found == Document(of_one, form)
    assert why_not_its_pages(first, found) == ""
    other = next(each for each in Language if each is not language)
    assert document_of(of_one, form, other) != first
    assert report_in(of_one) == Document(of_one, ReportFormat.JSON)


def test_it_is_pdf_a_3b_with_the_report_attached(of_one: bytes) -> None:
    data = document_of(of_one, ReportFormat.PDF, Language.ZH)
    assert b"<pdfaid:part>3</pdfaid:part>" in data
    assert b"<pdfaid:conformance>B</pdfaid:conformance>" in data
    assert data.count(b"/Type/EmbeddedFile") == 1
    assert b"/AFRelationship/Source" in data


def test_pages_say_every_event_and_the_state_in_both_languages(of_one: bytes) -> None:
    chinese, english = (pages_of(of_one, each) for each in (Language.ZH, Language.EN))
    assert [row[0] for row in chinese.events] == ["1@0", "1@1"]
    assert chinese.events[0][2:] != english.events[0][2:]
    assert "共 2 个" in chinese.proved[0]
    assert "2 events" in english.proved[0]
    words = json.dumps(chinese, ensure_ascii=False, default=str)
    assert PENALTY.envelope.document_no in words
    assert "7,000.00 元" in words


def test_what_is_not_shown_is_counted_and_stands_in_no_byte_of_the_pages() -> None:
    hidden = made(hide=[1])
    told = pages_of(hidden, Language.ZH)
    assert "其中 1 个" in told.proved[1]
    secret = b64encode(value_of(SAID[1]))
    assert secret not in document_of(hidden, ReportFormat.HTML, Language.ZH)
    assert secret not in report_in(document_of(hidden, ReportFormat.PDF, Language.ZH)).report


def test_a_subject_without_events_has_pages_too() -> None:
    none = made([])
    for language in Language:
        data = document_of(none, ReportFormat.PDF, language)
        assert why_not_its_pages(data, report_in(data)) == ""
    assert "没有" in pages_of(none, Language.ZH).proved[0]


def test_other_pages_around_a_true_report_are_found(of_one: bytes) -> None:
    page = document_of(of_one, ReportFormat.HTML, Language.ZH)
    altered = page.replace(b"7,000.00", b"0,000.00")
    assert altered != page
    assert "altered" in why_not_its_pages(altered, report_in(altered))
    pdf = document_of(of_one, ReportFormat.PDF, Language.ZH)
    later = pdf + b"\n%%EOF later\n"
    assert "altered" in why_not_its_pages(later, report_in(later))


def test_what_a_report_says_is_text_and_no_markup() -> None:
    name = '<script>alert(1)</script> #let x = 1 $x$ *b* \\ @ref "'
    odd = a.a_penalty(1, "2025-01-10", subject_name=name)
    data = made([odd])
    page = document_of(data, ReportFormat.HTML, Language.ZH).decode()
    assert "<script>" not in page
    assert document_of(data, ReportFormat.PDF, Language.ZH)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"%PDF-1.7\n", "0 reports attached"),
        (
            b"%PDF-1.7\n<</Length 9/Type/EmbeddedFile/Filter/FlateDecode>>\nstream\nx\nendstream",
            "length",
        ),
        (
            b"%PDF-1.7\n<</Length 3/Type/EmbeddedFile/Filter/FlateDecode>>\nstream\nabc\nendstream",
            "unpack",
        ),
        (
            b"%PDF-1.7\n" + b"<</Length 2/Type/EmbeddedFile>>\nstream\n{}\nendstream" * 2,
            "2 reports",
        ),
        (b"<!doctype html><p>", "0 reports in the page"),
        (b'<!doctype html><a href="data:application/json;base64,AAA">', "no base64"),
    ],
)
def test_what_holds_no_report_is_named(data: bytes, why: str) -> None:
    with pytest.raises(NotAReportError, match=why):
        report_in(data)


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[]", b'{"body":{}}', b'{"body":{"cut":1}}', b"\xff"]
)
def test_of_what_is_no_report_there_are_no_pages(data: bytes) -> None:
    with pytest.raises(NotAReportError):
        document_of(data, ReportFormat.PDF, Language.ZH)


def test_fuzzed_documents_are_answered(of_one: bytes) -> None:
    chance = random.Random(15)
    sources = [document_of(of_one, form, Language.ZH) for form in ReportFormat]
    refused = 0
    for n in range(1_500):
        data = bytearray(sources[n % 3])
        for _ in range(chance.randrange(1, 9)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        if n % 5 == 0:
            del data[chance.randrange(len(data)) :]
        try:
            report_in(bytes(data))
        except NotAReportError:
            refused += 1
    assert refused > 100


def test_an_attachment_that_would_unpack_to_too_much_is_refused() -> None:
    packed = zlib.compress(b"\0" * (1 << 26))
    start = b"%%PDF-1.7\n<</Length %d/Type/EmbeddedFile/Filter/FlateDecode>>\nstream\n" % len(
        packed
    )
    with pytest.raises(NotAReportError, match="is over"):
        report_in(start + packed + b"\nendstream")
