"""Pages are checked with the report in them, and a state is folded anew from the events beside it."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from ops.evidence import verifying
from ops.evidence.pages.documents import ReportFormat, document_of
from ops.evidence.verify_alone import CHECKS
from ops.evidence.verifying import FILE_BYTES_MAX, checks_of, read_handed
from ops.terms.terms import Language
from tests.unit.ops.evidence.pages.test_documents import SAID, made
from tests.unit.projections.proof.reports import KEYS, POLICY, Ledger, forged

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def wrong(data: bytes, *, derive: bool = False) -> dict[str, str]:
    """Give what does not hold, and why."""
    checks = checks_of(data, POLICY, KEYS, derive=derive)
    assert [each["check"] for each in checks][: len(CHECKS)] == CHECKS
    return {each["check"]: each["why"] for each in checks if not each["ok"]}


@pytest.mark.parametrize("form", ReportFormat)
def test_a_report_holds_whatever_it_is_handed_out_as(form: ReportFormat) -> None:
    assert wrong(document_of(made(), form, Language.ZH)) == {}


def test_pages_that_say_something_else_are_told_and_the_report_in_them_still_holds() -> None:
    page = document_of(made(), ReportFormat.HTML, Language.EN)
    assert list(wrong(page.replace(b"7,000.00", b"1,000.00"))) == ["pages"]


def test_what_holds_no_report_fails_in_every_check() -> None:
    assert set(wrong(b"%PDF-1.7 nothing")) == set(CHECKS)


def test_events_come_to_the_state_that_stands_beside_them() -> None:
    assert "recorded_ms" in json.dumps(json.loads(made())["body"]["state"])
    found = wrong(as_recorded(made()), derive=True)
    assert found == {}


def as_recorded(data: bytes, change: Callable[[dict[str, Any]], None] = lambda _: None) -> bytes:
    """Give a report whose state is of the very times and places of its events, then changed."""
    body = json.loads(data)["body"]
    state = body["state"]
    for held, event in zip(state["events"], body["events"], strict=True):
        held["recorded_ms"] = event["timestamp_ms"]
    state["partition"] = 1

    def changed(told: dict[str, Any]) -> None:
        told["state"] = state
        change(told)
        text = json.dumps(told["state"], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        told["state_hash"] = hashlib.sha256(text.encode()).hexdigest()

    return forged(data, changed)


def test_a_state_that_does_not_follow_is_named_by_its_parts() -> None:
    def milder(body: dict[str, Any]) -> None:
        body["state"]["profile"]["records"] = []

    assert list(wrong(as_recorded(made(), milder))) == []
    found = wrong(as_recorded(made(), milder), derive=True)
    assert found == {
        "derived": "the events come to another state by the rules of this version: profile"
    }


def test_where_events_are_not_shown_it_says_why_it_cannot() -> None:
    found = wrong(made(SAID, hide=[0, 1]), derive=True)
    assert found == {"derived": "the state cannot be folded anew: 2 events are not shown"}
    told = wrong(Ledger({"a": 2}).report("a"), derive=True)["derived"]
    assert told.startswith("the state cannot be folded anew: ")


@pytest.mark.parametrize("form", [ReportFormat.PDF, ReportFormat.HTML])
def test_of_what_nobody_trusted_has_signed_no_pages_are_made_and_nothing_is_folded(
    form: ReportFormat, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = document_of(made(), form, Language.ZH)
    for costly in ("why_not_its_pages", "_why_not_derived"):
        monkeypatch.setattr(verifying, costly, lambda *_: pytest.fail("made for a stranger"))
    told = {each["check"]: each["why"] for each in checks_of(page, POLICY, "", derive=True)}
    assert told["signature"]
    assert "nobody that you trust" in told["pages"]
    assert "nobody that you trust" in told["derived"]


def test_a_file_that_no_report_can_be_is_read_no_further_than_tells_it(tmp_path: Path) -> None:
    place = tmp_path / "endless"
    with place.open("wb") as file:
        file.truncate(FILE_BYTES_MAX * 100)
    data = read_handed(place)
    assert len(data) == FILE_BYTES_MAX + 1
    assert {each["why"] for each in checks_of(data, POLICY, KEYS)} == {
        "a file of more than 67,108,864 bytes is no report"
    }
