"""Completeness: no report verifies that leaves out, adds or alters, with the report key in the forger's hand."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest

from ops.evidence import verify_alone
from ops.evidence.verify_alone import CHECKS, verify
from projections.proof.heads import (
    commitment,
    tag_of,
)
from projections.proof.kinds import ED25519
from tests.support.dishonest import (
    BODY,
    FORGERIES,
    LEDGER,
    REPORT,
    denied,
    dishonest,
    other_at,
    too_large,
)
from tests.unit.projections.proof.reports import (
    KEYS,
    POLICY,
    Ledger,
    hidden,
    resigned,
)


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
    (tmp_path / "marked").write_text(POLICY, "utf-8-sig")
    (tmp_path / "noise").write_bytes(b"\xff\xfe\0")
    for policy, report, code in (
        ("marked", "good", 0),
        ("noise", "good", 1),
        ("policy", "none", 1),
    ):
        done = subprocess.run(
            [sys.executable, "-I", "-S", str(place), policy, "keys", f"{report}.json"],
            cwd=tmp_path,
            env={"PYTHONIOENCODING": "gb18030" if code else "ascii"},
            capture_output=True,
            check=False,
        )
        assert done.returncode == code
        assert b"Traceback" not in done.stderr
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
