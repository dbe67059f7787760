"""Completeness: no report verifies that leaves out, adds or alters, with the report key in the forger's hand."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from ops.evidence import verify_alone
from ops.evidence.verify_alone import CHECKS, verify
from projections.proof.entries import to_base64
from projections.proof.heads import bit, commitment, tag_of
from projections.proof.notes import parse_note, signed
from tests.unit.projections.proof.reports import (
    KEYS,
    LOG,
    OTHER,
    POLICY,
    REPORTS,
    WITNESS,
    Ledger,
    canonical,
    forged,
    hidden,
    resigned,
)

LEDGER = Ledger({"a": 4, "b": 2, "c": 1, "d": 3})
REPORT = LEDGER.report("a")
BODY = json.loads(REPORT)["body"]


def wrong(data: bytes, policy: str = POLICY, keys: str = KEYS) -> list[str]:
    found = verify(data, policy, keys)
    assert [each["check"] for each in found] == CHECKS
    return [each["check"] for each in found if not each["ok"]]


@pytest.mark.parametrize("subject", ["a", "b", "c", "d", "e"])
def test_a_report_verifies_also_of_a_subject_that_is_not_there(subject: str) -> None:
    assert wrong(LEDGER.report(subject)) == []


@pytest.mark.parametrize("counts", [{}, {"a": 1}, {"b": 1}, {"a": 300}])
def test_of_nobody_of_one_subject_alone_and_of_many_events(counts: dict[str, int]) -> None:
    if not counts:
        return
    ledger = Ledger(counts)
    assert [wrong(ledger.report(subject)) for subject in "abe"] == [[], [], []]


def test_events_that_are_not_shown_are_proved_by_their_leaves() -> None:
    body = json.loads(REPORT)["body"]
    body["events"][1:3] = [hidden(each, "a") for each in body["events"][1:3]]
    assert wrong(resigned(body)) == []
    assert b"YTI=" not in resigned(body)


def leave_out(events: list[Any], at: int, _: Random) -> None:
    del events[at]


def repeat(events: list[Any], at: int, _: Random) -> None:
    events.insert(at, events[at])


def swap(events: list[Any], at: int, _: Random) -> None:
    other = (at + 1) % len(events)
    events[at], events[other] = events[other], events[at]


def move(events: list[Any], at: int, chance: Random) -> None:
    events[at]["offset"] += chance.choice([-1, 1, 100])


def redate(events: list[Any], at: int, chance: Random) -> None:
    events[at]["timestamp_ms"] += chance.choice([-1, 1])


def alter(events: list[Any], at: int, chance: Random) -> None:
    events[at]["value"] = chance.choice([to_base64(b"other"), ""])


def borrow(events: list[Any], at: int, chance: Random) -> None:
    events[at] = chance.choice(json.loads(LEDGER.report("d"))["body"]["events"])


FORGERIES = [leave_out, repeat, swap, move, redate, alter, borrow]


@pytest.mark.parametrize("how", FORGERIES)
def test_no_forged_events_verify(how: Callable[[list[Any], int, Random], None]) -> None:
    chance = Random(how.__name__)
    for _ in range(8):
        ledger = Ledger({s: chance.randrange(1, 6) for s in "abcd"})
        for subject in "ab":
            body = json.loads(ledger.report(subject))["body"]
            before = json.dumps(body["events"])
            how(body["events"], chance.randrange(len(body["events"])), chance)
            if json.dumps(body["events"]) != before:
                assert "completeness" in wrong(resigned(body))


def test_a_subject_that_is_there_is_not_denied_and_one_that_is_not_is_not_shown() -> None:
    def denied(body: dict[str, Any], heads: dict[str, Any]) -> bytes:
        return resigned({**body, "events": [], "heads": heads})

    copath = BODY["heads"]["copath"]
    for length in range(len(copath) + 1):
        assert "completeness" in wrong(denied(BODY, {"copath": copath[:length]}))
        for other in "bcd":
            committed = LEDGER.tree.search(tag_of(other.encode()))
            assert committed.head is not None
            heads = {"copath": copath[:length], "other": other_of(other)}
            assert "completeness" in wrong(denied(BODY, heads))
    absent = json.loads(LEDGER.report("e"))["body"]
    shown = {**absent, "events": BODY["events"], "heads": BODY["heads"]}
    assert "completeness" in wrong(resigned(shown))


def other_of(subject: str) -> dict[str, str]:
    tag = tag_of(subject.encode())
    head = LEDGER.tree.head(tag)
    assert head is not None
    return {"tag": to_base64(tag), "commitment": to_base64(commitment(head))}


def dishonest() -> dict[str, tuple[bytes, str, str]]:
    """Give a wrong report for each check, made by somebody who has every key."""
    note = json.loads(REPORT)["note"]
    proof = LEDGER.proof()
    text = LEDGER.checkpoint.text()

    def part(name: str, value: Any) -> bytes:
        return forged(REPORT, lambda body: body.__setitem__(name, value))

    def signed_by(*signers: Any) -> bytes:
        return part("proof", proof._replace(checkpoint=signed(text, signers, 9)).told())

    lines = "".join(REPORTS.signature(parse_note(note).text) for _ in range(17))
    many = parse_note(note).text + "\n" + lines
    base = {
        "altered": (REPORT.replace(b"trial", b"other"), POLICY, KEYS),
        "spaced": (REPORT.replace(b',"note"', b', "note"'), POLICY, KEYS),
        "another part": (part("extra", 1), POLICY, KEYS),
        "a float": (part("made_at_ms", 7.0), POLICY, KEYS),
        "base64": (part("heads", {**BODY["heads"], "start": "_" * 44}), POLICY, KEYS),
        "signed by another": (resigned(BODY, OTHER), POLICY, KEYS),
        "format": (part("format", "credit-ledger.report.v2"), POLICY, KEYS),
        "note of another form": (resigned(BODY, first="other"), POLICY, KEYS),
        "many": (
            b'{"body":' + canonical(BODY) + b',"note":' + canonical(many) + b"}",
            *(POLICY, KEYS),
        ),
        "signature of another text": (
            part(
                "proof",
                proof._replace(
                    checkpoint=f"{text}\n{LOG.signature('x')}{WITNESS.signature(text, 9)}"
                ).told(),
            ),
            *(POLICY, KEYS),
        ),
        "unsigned": (signed_by(WITNESS), POLICY, KEYS),
        "unwitnessed": (signed_by(LOG), POLICY, KEYS),
        "platform": (part("platform", "person"), POLICY, KEYS),
        "size": (part("proof", proof._replace(leaf_index=3).told()), POLICY, KEYS),
        "cut": (part("cut", BODY["cut"].replace("time 5", "time 6")), POLICY, KEYS),
        "state": (part("state", {"subject_id": "a"}), POLICY, KEYS),
        "left out": (part("events", BODY["events"][1:]), POLICY, KEYS),
        "version": (part("proof", proof.told().replace("@v1", "@v2")), POLICY, KEYS),
        "no quorum line": (REPORT, POLICY.replace("quorum", "#"), KEYS),
        "odd policy": (REPORT, f"{POLICY}odd\n", KEYS),
        "odd key": (REPORT, POLICY, KEYS + REPORTS.verifier.vkey().replace("reports", "other")),
    }
    assert bit(tag_of(b"a"), 0) in (0, 1)
    return base


@pytest.mark.parametrize("name", dishonest())
def test_each_wrong_report_is_found(name: str) -> None:
    assert wrong(*dishonest()[name]) != []


def requirements() -> list[tuple[int, int]]:
    tree = ast.parse(Path(verify_alone.__file__).read_text("utf-8"))
    return [
        (node.lineno, node.end_lineno or 0)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Call)
        and ast.unparse(node.value.func) == "_require"
    ]


SECOND = {
    "base64 in another form",
    "an odd number",
    "twice in one object",
    "more bytes",
    "a copath",
    "a cut of a tree",
    "an event beyond",
    "out of order",
    "of several",
    "ends at the subject",
    "went elsewhere",
    "state of another",
}
"""What the log's own signature rules out, or bounds; each is needed only where the log itself lies."""


def test_a_check_that_is_deleted_is_missed() -> None:
    """Each requirement is deleted once; then a wrong report passes that was found before."""
    lines = Path(verify_alone.__file__).read_text("utf-8").split("\n")
    missed = []
    for first, last in requirements():
        statement = "\n".join(lines[first - 1 : last])
        if any(word in statement for word in SECOND):
            continue
        indent = lines[first - 1][: len(lines[first - 1]) - len(lines[first - 1].lstrip())]
        mutated = [*lines[: first - 1], f"{indent}pass", *lines[last:]]
        scope: dict[str, Any] = {"__name__": "mutated"}
        exec(compile("\n".join(mutated), "mutated", "exec"), scope)  # noqa: S102 - our own source
        cases = dishonest().values()
        passes = [all(each["ok"] for each in scope["verify"](*case)) for case in cases]
        if not any(passes):
            missed.append(statement)
    assert missed == []


def test_it_runs_with_nothing_but_python(tmp_path: Path) -> None:
    for name, text in (("policy", POLICY), ("keys", KEYS)):
        (tmp_path / name).write_text(text, "utf-8")
    (tmp_path / "good.json").write_bytes(REPORT)
    (tmp_path / "bad.json").write_bytes(REPORT.replace(b"trial", b"other"))
    place = Path(verify_alone.__file__)
    for name, code in (("good", 0), ("bad", 1)):
        done = subprocess.run(
            [sys.executable, "-I", "-S", str(place), "policy", "keys", f"{name}.json"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (code, "")
    bare = subprocess.run(
        [sys.executable, "-I", "-S", str(place), "--help"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (bare.returncode, bare.stderr.strip()) == (1, str(verify_alone.__doc__).strip())
    assert len(place.read_text("utf-8").splitlines()) < 300


def test_noise_is_answered_and_never_a_trace() -> None:
    chance = Random(1)
    for _ in range(300):
        data = bytearray(REPORT)
        for _ in range(chance.randrange(1, 4)):
            at = chance.randrange(len(data))
            data[at : at + chance.randrange(3)] = chance.randbytes(chance.randrange(3))
        if bytes(data) != REPORT:
            assert wrong(bytes(data)) != []
    assert wrong(b"[" * 100_000) == CHECKS
