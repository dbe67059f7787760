"""Pages are checked with the report in them, and a state is folded anew from the events beside it."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from ops.evidence.pages.documents import ReportFormat, document_of
from ops.evidence.verify_alone import CHECKS
from ops.evidence.verifying import checks_of
from ops.terms.terms import Language
from tests.unit.ops.evidence.pages.test_documents import SAID, made
from tests.unit.projections.proof.reports import KEYS, POLICY, Ledger, forged

if TYPE_CHECKING:
    from collections.abc import Callable


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
