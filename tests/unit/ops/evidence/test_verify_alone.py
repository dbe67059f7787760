"""Completeness: no report verifies that leaves out, adds or alters, with the report key in the forger's hand."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from base64 import b64decode
from collections.abc import Callable
from functools import partial
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import pytest

from ops.evidence import verify_alone
from ops.evidence.verify_alone import CHECKS, verify
from projections.proof.entries import Cut, from_base64, read_cut, record_bytes, to_base64
from projections.proof.heads import (
    Head,
    bit,
    branch,
    commitment,
    first_head,
    next_head,
    single,
    tag_of,
)
from projections.proof.kinds import ED25519
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
    lying,
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
    copath = BODY["heads"]["copath"]
    for length in range(len(copath) + 1):
        assert "completeness" in wrong(denied({"copath": copath[:length]}))
        for other in "bcd":
            heads = {"copath": copath[:length], "other": other_of(other)}
            assert "completeness" in wrong(denied(heads))
    absent = json.loads(LEDGER.report("e"))["body"]
    shown = {**absent, "events": BODY["events"], "heads": BODY["heads"]}
    assert "completeness" in wrong(resigned(shown))


def other_of(subject: str) -> dict[str, str]:
    tag = tag_of(subject.encode())
    head = LEDGER.tree.head(tag)
    assert head is not None
    return other_at(tag, commitment(head))


CUT = read_cut(BODY["cut"].encode())
TAG = tag_of(b"a")
COMMITTED = commitment(LEDGER.tree.head(TAG) or Head(0, b""))


def alone(events: list[Any], cut: Cut = CUT) -> bytes:
    """Lie that these are all events of the only subject there is, in this order."""
    head = first_head(record_bytes(b"a", b64decode(BODY["events"][0]["value"])))
    for each in events:
        head = next_head(head, from_base64(hidden(each, "a")["leaf"]))
    root = single(TAG, commitment(Head(len(events), head)))
    heads = {"copath": [], "start": BODY["heads"]["start"]}
    return lying({**BODY, "events": events, "heads": heads}, cut._replace(heads=root, subjects=1))


def denied(heads: dict[str, Any]) -> bytes:
    return resigned({**BODY, "events": [], "heads": heads})


def other_at(tag: bytes, committed: bytes) -> dict[str, str]:
    return {"tag": to_base64(tag), "commitment": to_base64(committed)}


def climbed(value: bytes, copath: list[bytes]) -> bytes:
    for depth in range(len(copath) - 1, -1, -1):
        pair = (copath[depth], value) if bit(TAG, depth) else (value, copath[depth])
        value = branch(*pair)
    return value


def lies() -> dict[str, bytes]:
    """Give reports for which the log lies, too."""
    events = BODY["events"]
    elsewhere = bytes([TAG[0] ^ 0x80]) + TAG[1:]
    there = single(elsewhere, bytes(32))
    twin = {"copath": [to_base64(there)], "other": other_at(elsewhere, bytes(32))}
    deep = [bytes([depth % 256]) * 32 for depth in range(257)]
    value = single(TAG, COMMITTED)
    long = {**BODY["heads"], "copath": [to_base64(each) for each in deep]}
    return {
        "another size": lying(BODY, CUT, CUT.size + 1),
        "beyond the cut": alone(events, CUT._replace(offsets=(0, sum(CUT.offsets)))),
        "out of order": alone(events[::-1]),
        "several partitions": alone([events[0], {**events[1], "partition": 1}]),
        "went elsewhere": lying(
            {**BODY, "events": [], "heads": twin}, CUT._replace(heads=branch(there, there))
        ),
        "deeper than a tag": lying(
            {**BODY, "heads": long}, CUT._replace(heads=climbed(value, deep[:256]))
        ),
        "a number beyond": lying({**BODY, "events": [{**events[0], "offset": 1 << 63}]}, CUT),
    }


def unlike(events: Callable[[list[Any]], object]) -> bytes:
    body = json.loads(REPORT)["body"]
    events(body["events"])
    return resigned(body)


def dishonest() -> dict[str, tuple[bytes, str, str]]:
    """Give a wrong report for each check, made by somebody who has every key."""
    note = json.loads(REPORT)["note"]
    proof = LEDGER.proof()
    text = LEDGER.checkpoint.text()

    def part(name: str, value: Any) -> bytes:
        return forged(REPORT, lambda body: body.__setitem__(name, value))

    def proved_by(checkpoint: str) -> bytes:
        return part("proof", proof._replace(checkpoint=checkpoint).told())

    other = canonical({"subject_id": "b"}).decode()
    state = {"state": json.loads(other), "state_hash": sha256(other.encode()).hexdigest()}
    copath = BODY["heads"]["copath"]
    moved = TAG + COMMITTED
    lines = "".join(REPORTS.signature(parse_note(note).text) for _ in range(17))
    many = parse_note(note).text + "\n" + lines
    reports = {
        "altered": REPORT.replace(b"trial", b"other"),
        "spaced": REPORT.replace(b',"note"', b', "note"'),
        "another part": part("extra", 1),
        "a third part": REPORT[:-1] + b',"zz":1}',
        "a float": part("made_at_ms", 7.0),
        "base64": part("heads", {**BODY["heads"], "start": "_" * 44}),
        "base64 of another form": unlike(lambda e: e[0].update(value="YTB=")),
        "signed by another": resigned(BODY, OTHER),
        "format": part("format", "credit-ledger.report.v2"),
        "note of another form": resigned(BODY, first="other"),
        "many": b'{"body":' + canonical(BODY) + b',"note":' + canonical(many) + b"}",
        "signature of another text": proved_by(
            f"{text}\n{LOG.signature('x')}{WITNESS.signature(text, 9)}"
        ),
        "unsigned": proved_by(signed(text, [WITNESS], 9)),
        "unwitnessed": proved_by(signed(text, [LOG], 9)),
        "platform": part("platform", "person"),
        "size": part("proof", proof._replace(leaf_index=3).told()),
        "an odd number": part("proof", proof.told().replace("index ", "index 0")),
        "cut": part("cut", BODY["cut"].replace("time 5", "time 6")),
        "state": part("state", {"subject_id": "a"}),
        "state of another": resigned({**BODY, **state}),
        "left out": part("events", BODY["events"][1:]),
        "a number as text": unlike(lambda e: e[0].update(timestamp_ms="1000")),
        "an event that says more": unlike(lambda e: e[0].update(comment="x")),
        "heads that say more": part("heads", {**BODY["heads"], "comment": "x"}),
        "version": part("proof", proof.told().replace("@v1", "@v2")),
        "ends at itself": denied({"copath": copath, "other": other_at(TAG, COMMITTED)}),
        "denied by a longer tag": denied(
            {"copath": copath, "other": other_at(moved[:33], moved[33:])}
        ),
        **lies(),
    }
    of_keys = {
        "no quorum line": (POLICY.replace("quorum", "#"), KEYS),
        "odd policy": (f"{POLICY}odd\n", KEYS),
        "odd key": (POLICY, KEYS + REPORTS.verifier.vkey().replace("reports", "other")),
    }
    return {name: (data, POLICY, KEYS) for name, data in reports.items()} | {
        name: (REPORT, *trusted) for name, trusted in of_keys.items()
    }


def too_large() -> tuple[bytes, str, str]:
    """Give a report whose only fault is that it would take all memory."""
    state = {"subject_id": "a", "x": [[]] * (1 << 20)}
    of_it = {"state": state, "state_hash": sha256(canonical(state)).hexdigest()}
    return resigned({**BODY, **of_it}), POLICY, KEYS


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


def deleted(first: int, last: int) -> tuple[str, dict[str, Any]]:
    """Give a requirement's text, and the verifier without it; its own Ed25519 would take longer."""
    lines = Path(verify_alone.__file__).read_text("utf-8").split("\n")
    indent = lines[first - 1][: len(lines[first - 1]) - len(lines[first - 1].lstrip())]
    mutated = "\n".join([*lines[: first - 1], f"{indent}pass", *lines[last:]])
    scope: dict[str, Any] = {"__name__": "mutated"}
    exec(compile(mutated, "mutated", "exec"), scope)  # noqa: S102 - our own source
    scope["_is_by"] = partial(ED25519.verifies, "")
    return "\n".join(lines[first - 1 : last]), scope


def test_a_check_that_is_deleted_is_missed() -> None:
    """Each requirement is deleted once; then a wrong report passes that was found before."""
    missed = []
    cases = dishonest()
    for first, last in requirements():
        statement, scope = deleted(first, last)
        tried = [too_large()] if "more than is taken" in statement else cases.values()
        if not any(all(each["ok"] for each in scope["verify"](*case)) for case in tried):
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
