"""Reports that lie, each in another place."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable
from hashlib import sha256
from random import Random
from typing import Any

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
