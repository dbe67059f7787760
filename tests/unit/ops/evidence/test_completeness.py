"""Across report and verifier: a forger with the report key; what verifies is true, whatever he tries."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ops.evidence import verify_alone
from ops.evidence.verify_alone import CHECKS, verify
from projections.proof.entries import to_base64
from projections.proof.heads import commitment, tag_of
from projections.proof.kinds import ED25519
from tests.unit.ops.evidence.test_verify_alone import too_large
from tests.unit.projections.proof.reports import KEYS, POLICY, Ledger, hidden, resigned

EXAMPLES = int(os.environ.get("COMPLETENESS_EXAMPLES", "300"))
"""`COMPLETENESS_EXAMPLES=20000` for a long night."""

SUBJECTS = ["a", "b", "c", "d", "e", ""]
VALUES = st.none() | st.binary(max_size=4)
RECORDS = st.lists(st.tuples(st.sampled_from(SUBJECTS), VALUES), min_size=1, max_size=14)
HASHES = st.binary(min_size=30, max_size=34).map(to_base64)

Body = dict[str, Any]
Forgery = Callable[[Ledger, Body, Any], object]


@pytest.fixture(autouse=True)
def fast_signatures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the stand-alone verifier's own Ed25519 to its own tests."""
    monkeypatch.setattr(verify_alone, "_is_by", partial(ED25519.verifies, ""))


def holds(data: bytes) -> bool:
    return all(each["ok"] for each in verify(data, POLICY, KEYS))


def at(body: Body, data: Any) -> int:
    return int(data.draw(st.integers(0, len(body["events"]) - 1)))


def leave_out(_: Ledger, body: Body, data: Any) -> None:
    del body["events"][at(body, data)]


def repeat(_: Ledger, body: Body, data: Any) -> None:
    body["events"].insert(at(body, data), body["events"][at(body, data)])


def swap(_: Ledger, body: Body, data: Any) -> None:
    events, one, two = body["events"], at(body, data), at(body, data)
    events[one], events[two] = events[two], events[one]


def alter(_: Ledger, body: Body, data: Any) -> None:
    name = data.draw(st.sampled_from(["offset", "partition", "timestamp_ms", "value", "leaf", "x"]))
    fitting = st.integers(-2, 3) | st.integers() | st.text(max_size=3) | HASHES | st.none()
    body["events"][at(body, data)][name] = data.draw(fitting)


def move(_: Ledger, body: Body, data: Any) -> None:
    event = body["events"][at(body, data)]
    name = data.draw(st.sampled_from(["offset", "partition", "timestamp_ms"]))
    if isinstance(event.get(name), int):  # It may have been altered before.
        event[name] = data.draw(st.just(str(event[name])) | st.just(event[name] + 1))


def borrow(ledger: Ledger, body: Body, data: Any) -> None:
    theirs = json.loads(ledger.report(data.draw(st.sampled_from(SUBJECTS))))["body"]["events"]
    if theirs:
        body["events"][at(body, data)] = data.draw(st.sampled_from(theirs))


def hide(_: Ledger, body: Body, data: Any) -> None:
    place = at(body, data)
    with suppress(
        KeyError, TypeError, ValueError, OverflowError
    ):  # It may have been altered before.
        body["events"][place] = hidden(body["events"][place], body["subject_id"])


def pose(_: Ledger, body: Body, data: Any) -> None:
    body["subject_id"] = body["state"]["subject_id"] = data.draw(st.sampled_from(SUBJECTS))
    restate(body)


def restate(body: Body) -> None:
    told = verify_alone.JSON.encode(body["state"]).encode()
    body["state_hash"] = verify_alone.hashlib.sha256(told).hexdigest()


def deny(ledger: Ledger, body: Body, data: Any) -> None:
    """Say that there is nothing, by any other, or by hashes that are cut elsewhere."""
    tag = tag_of(data.draw(st.sampled_from([*SUBJECTS, body["subject_id"]])).encode())
    head = ledger.tree.head(tag)
    both = tag + (commitment(head) if head else bytes(32))
    middle = data.draw(st.integers(30, 34))
    other = {"tag": to_base64(both[:middle]), "commitment": to_base64(both[middle:])}
    body["events"] = []
    body["heads"].pop("start", None)
    body["heads"].pop("other", None)
    if data.draw(st.booleans()):
        body["heads"]["other"] = other


def show(ledger: Ledger, body: Body, data: Any) -> None:
    theirs = json.loads(ledger.report(data.draw(st.sampled_from(SUBJECTS))))["body"]
    body["events"], body["heads"] = theirs["events"], theirs["heads"]


def shorten(_: Ledger, body: Body, data: Any) -> None:
    copath = body["heads"]["copath"]
    keep = data.draw(st.integers(0, len(copath)))
    body["heads"]["copath"] = copath[:keep] + data.draw(st.lists(HASHES, max_size=2))


def restart(_: Ledger, body: Body, data: Any) -> None:
    body["heads"]["start"] = data.draw(HASHES)


ON_EVENTS: list[Forgery] = [leave_out, repeat, swap, alter, move, borrow, hide]
ANYWHERE: list[Forgery] = [pose, deny, show, shorten, restart]


def is_true(ledger: Ledger, body: Body) -> bool:
    """Say whether a report shows exactly the events of its subject, in full or as leaves."""
    true = json.loads(ledger.report(body["subject_id"]))["body"]["events"]
    return len(true) == len(body["events"]) and all(
        told in (event, hidden(event, body["subject_id"]))
        for event, told in zip(true, body["events"], strict=True)
    )


@settings(
    max_examples=EXAMPLES,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(records=RECORDS, subject=st.sampled_from(SUBJECTS), data=st.data())
def test_what_verifies_is_true(
    records: list[tuple[str, bytes | None]], subject: str, data: Any
) -> None:
    ledger = Ledger(records)
    honest = ledger.report(subject)
    assert holds(honest)
    body = json.loads(honest)["body"]
    for _ in range(data.draw(st.integers(1, 3))):
        among = ON_EVENTS + ANYWHERE if body["events"] else ANYWHERE
        data.draw(st.sampled_from(among))(ledger, body, data)
    assert not holds(resigned(body)) or is_true(ledger, body)


@pytest.mark.parametrize("subject", SUBJECTS)
def test_nobody_who_is_there_is_denied_wherever_the_hashes_are_cut(subject: str) -> None:
    """A tag of 33 bytes and a commitment of 31 hash as both of 32 do: once that was a denial."""
    ledger = Ledger([(each, b"1") for each in SUBJECTS])
    for other in SUBJECTS:
        tag = tag_of(other.encode())
        head = ledger.tree.head(tag)
        assert head is not None
        both = tag + commitment(head)
        body = json.loads(ledger.report(subject))["body"]
        for middle in (*range(29, 36), 63):
            told = {"tag": to_base64(both[:middle]), "commitment": to_base64(both[middle:])}
            heads = {"copath": body["heads"]["copath"], "other": told}
            assert not holds(resigned({**body, "events": [], "heads": heads}))


@pytest.mark.parametrize("events", [1, 10_000])
def test_one_event_and_ten_thousand_of_one_subject(events: int) -> None:
    report = Ledger({"a": events}).report("a")
    assert holds(report)
    assert holds(Ledger({"a": events}).report("b"))
    body = json.loads(report)["body"]
    del body["events"][events // 2]
    assert not holds(resigned(body))


def test_a_report_that_would_take_all_memory_is_refused_before_it_is_read() -> None:
    assert [each["ok"] for each in verify(*too_large())] == [False] * len(CHECKS)
    for each in verify(b"[" * (1 << 24) + b"[", POLICY, KEYS):
        assert each["why"] == "a report of more than is taken"
