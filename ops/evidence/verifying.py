"""What is checked of a file that somebody was handed: a report, or pages that hold one."""

from __future__ import annotations

from base64 import b64decode
from typing import TYPE_CHECKING, Any, Final

import msgspec

from events.envelope import Platform
from events.errors import LedgerError
from events.rules.rulebook import load_rulebook
from ops.evidence.pages.content import NotAReportError
from ops.evidence.pages.documents import (
    REPORT_BYTES_MAX,
    ReportFormat,
    report_in,
    why_not_its_pages,
)
from ops.evidence.verify_alone import CHECKS, verify
from projections.as_of.question import Part, Question
from projections.as_of.state import OwnState, concluded_as_of, state_hash
from projections.calendar.rules import RuleCalendar
from projections.ledger.message import Message
from projections.ledger.reading import read
from projections.proof.entries import read_cut
from projections.proof.errors import ProofError
from projections.proof.kinds import ED25519

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FILE_BYTES_MAX: Final = 4 * REPORT_BYTES_MAX
"""What pages around the largest report come to, and more."""
_UNSIGNED: Final = "not looked at: nobody that you trust signed the report"
_ODD: Final = (
    *(msgspec.MsgspecError, KeyError, TypeError, ValueError, IndexError),
    *(ProofError, LedgerError, RecursionError),
)


def checks_of(data: bytes, policy: str, keys: str, *, derive: bool = False) -> list[dict[str, Any]]:
    """Give each check of a file by name, whether it holds, and why not.

    Of pages, `pages` says whether they show what their report says; with `derive`, `derived` says
    whether its events come to its state by the rules. Both make much of little, so neither is done
    with what nobody who is trusted has signed.
    """
    if len(data) > FILE_BYTES_MAX:
        return _none(f"a file of more than {FILE_BYTES_MAX:,} bytes is no report")
    try:
        found = report_in(data)
    except NotAReportError as error:
        return _none(str(error))
    checks = verify(found.report, policy, keys, _is_by)
    is_signed = all(each["ok"] for each in checks if each["check"] == "signature")
    if found.format is not ReportFormat.JSON:
        why = why_not_its_pages(data, found) if is_signed else _UNSIGNED
        checks.append(_check("pages", why))
    if derive:
        checks.append(_check("derived", _why_not_derived(found.report) if is_signed else _UNSIGNED))
    return checks


def read_handed(place: Path) -> bytes:
    """Read a file that somebody was handed, no more of it than tells that it is too large."""
    with place.open("rb") as file:
        return file.read(FILE_BYTES_MAX + 1)


def _is_by(public: bytes, message: bytes, signature: bytes) -> bool:
    return ED25519.verifies("", public, message, signature)


def _none(why: str) -> list[dict[str, Any]]:
    """Give the checks of what holds no report."""
    return [_check(name, why) for name in CHECKS]


def _check(name: str, why: str) -> dict[str, Any]:
    return {"check": name, "ok": not why, "why": why}


def _why_not_derived(report: bytes) -> str:
    """Say why the events of a report do not come to its state; empty where they do."""
    try:
        body = msgspec.json.decode(report)["body"]
        hidden = sum("value" not in event for event in body["events"])
        if hidden:
            return f"the state cannot be folded anew: {hidden} events are not shown"
        if "view" in body["state"]:
            return "the state cannot be folded anew: it is what one class of readers may see"
        state = msgspec.convert(body["state"], OwnState)
        derived = _derived(body, state, read_cut(str(body["cut"]).encode()).time_ms)
        if state_hash(derived) == body["state_hash"]:
            return ""
    except _ODD as error:
        return f"the state cannot be folded anew: {str(error)[:120] or type(error).__name__}"
    parts = [
        name
        for name in OwnState.__struct_fields__
        if getattr(derived, name) != getattr(state, name)
    ]
    return f"the events come to another state by the rules of this version: {', '.join(parts)}"


def _derived(body: Mapping[str, Any], state: OwnState, newest_ms: int) -> OwnState:
    """Fold the events before the state's own cut, and assess on its day by its rules."""
    question = Question(
        platform=Platform(state.platform),
        subject_id=state.subject_id,
        valid_on=state.valid_on,
        rules_on=None if state.rules_on == state.valid_on else state.rules_on,
    )
    # Times are monotone over a partition, which no report holds: one that was lifted is as told.
    told = {held.offset: held.recorded_ms for held in state.events}
    items = []
    for event in body["events"]:
        offset, stamp = int(event["offset"]), int(event["timestamp_ms"])
        recorded = max(stamp, min(told.get(offset, 0), newest_ms))
        value = None if event["value"] is None else b64decode(event["value"])
        if offset < state.cut:
            items.append(read(Message(offset, recorded, state.subject_id.encode(), value)))
    part = Part(state.partition, state.cut)
    return concluded_as_of(items, question, part, RuleCalendar(load_rulebook())).state
