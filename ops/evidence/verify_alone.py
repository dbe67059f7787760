"""Verify a report of the credit ledger, offline, with nothing but Python's standard library.

    python3 verify_alone.py POLICY KEYS REPORT.json [REPORT.json …]

POLICY is a C2SP tlog-policy: which log you trust, and which witnesses must have cosigned. KEYS is a
file of vkeys, one a line, that may sign reports. Have both from somebody you trust, not with the
report. It shows that the signed log holds exactly these events of the subject, in this order; not
that a department told the truth. Exit code 1: a check does not hold.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import sys
from pathlib import Path
from typing import Any

KEYS = "cut events format heads made_at_ms platform proof purpose state state_hash subject_id"
EVENT = ["offset", "partition", "timestamp_ms", "value"]
CHECKPOINT = "(\\S+)\nN\nH\n([^\n]+\n)*"
PROOF = "c2sp\\.org/tlog-proof@v1\nindex N\n((?:H\n){0,63})\n((?s:.*))"
CUT = "cut N\ntime N\ntopic (\\S+) N\noffsets ([0-9:,]+)\nheads N H\n"
JSON = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))
NUMBERS: Any = {f"parse_{kind}": lambda n: int(n[:20]) for kind in ("int", "float", "constant")}
CHECKS = ["signature", "checkpoint", "witnesses", "cut", "events", "order", "completeness", "state"]


class WrongError(Exception):
    """A check does not hold; the message says why."""


ODD = (WrongError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError)


def _require(holds: object, why: str) -> None:
    if not holds:
        raise WrongError(why)


def _sha(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def _b64(text: str) -> bytes:
    data = base64.b64decode(text, validate=True)
    _require(base64.b64encode(data).decode() == text, "base64 in another form than its one")
    return data


def _hash(text: str) -> bytes:
    data = _b64(text)
    _require(len(data) == 32, "a hash that has not 32 bytes")  # noqa: PLR2004
    return data


def _number(text: str) -> int:
    is_one = re.fullmatch("0|[1-9][0-9]{0,18}", text) and int(text) < 1 << 63
    _require(is_one, f"no number below 2^63, in its one form: {text[:30]}")
    return int(text)


def _parts(form: str, text: str) -> tuple[str, ...]:
    """Give the parts of a text by its form, in which N is a number and H a hash."""
    form = form.replace("N", "([0-9]{1,99})").replace("H", "([A-Za-z0-9+/]{43}=)")
    if found := re.fullmatch(form, text):
        return found.groups()
    raise WrongError(f"not as it must be: {text[:60]!r}")


P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)
Point = tuple[int, int, int, int]  # of Ed25519 (RFC 8032): X, Y, Z, T; x = X/Z, y = Y/Z, xy = T/Z


def _add(p: Point, q: Point) -> Point:
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(n: int, p: Point) -> Point:
    half = _times(n >> 1, _add(p, p)) if n else (0, 1, 1, 0)
    return _add(half, p) if n & 1 else half


def _point(data: bytes) -> Point | None:
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if y >= P or (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


BASE = _point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little")) or (0, 1, 1, 0)


def _is_by(public: bytes, message: bytes, signature: bytes) -> bool:
    a, r, s = _point(public), _point(signature[:32]), int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= L or (len(public), len(signature)) != (32, 64):
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    left, right = _times(s, BASE), _add(r, _times(k, a))
    return not any((left[i] * right[2] - right[i] * left[2]) % P for i in (0, 1))


def _vkey(text: str) -> tuple[str, bytes, bytes]:
    name, key_id, key = text.split("+", 2)
    data = _b64(key)
    digest = _sha(name.encode(), b"\n", data)[:4]
    _require(digest.hex() == key_id, f"the vkey of {name} names an id that is not its own")
    return name, digest, data


def _signed_by(note: str, keys: list[Any], is_by: Any) -> tuple[str, list[int]]:
    text, _, lines = note.rpartition("\n\n")
    found = []
    _require(lines.count("\n") <= 16, "more signatures than are taken")  # noqa: PLR2004
    for line in lines.split("\n")[:-1]:
        dash, name, told = line.split(" ")
        data = _b64(told)
        for at, (known, key_id, key) in enumerate(keys):
            if (dash, name, data[:4]) != ("\u2014", known, key_id) or at in found:
                continue
            message, signature = f"{text}\n".encode(), data[4:]
            if key[0] == 4:  # noqa: PLR2004 - a cosignature
                time, signature = int.from_bytes(signature[:8], "big"), signature[8:]
                message = f"cosignature/v1\ntime {time}\n".encode() + message
            if key[0] in (1, 4):
                _require(is_by(key[1:], message, signature), f"no signature by the key of {name}")
                found.append(at)
    return f"{text}\n", found


def _read_policy(text: str) -> tuple[list[Any], dict[str, Any], dict[str, Any], str]:
    logs, witnesses, groups, quorum = [], {}, {}, ""
    for line in text.split("\n"):
        match line.split():
            case ["log", key, *_]:
                logs.append(_vkey(key))
            case ["witness", name, key, *_]:
                witnesses[name] = _vkey(key)
            case ["group", name, needed, *members]:
                count = {"all": len(members), "any": 1}.get(needed)
                groups[name] = (_number(needed) if count is None else count, set(members))
            case ["quorum", name]:
                quorum = name
            case [first, *_] if not first.startswith("#"):
                raise WrongError(f"a line of the policy is none: {line[:60]!r}")
    return logs, witnesses, groups, quorum


class _Report:
    def __init__(self, data: bytes, policy: str, keys: str, is_by: Any) -> None:
        self.is_by = is_by
        self.logs, self.witnesses, self.groups, self.quorum = _read_policy(policy)
        self.keys = [_vkey(key) for key in keys.split("\n") if key.strip() and key[0] != "#"]
        count = data.count(b",") + data.count(b"[") + data.count(b"{")
        _require(len(data) <= 1 << 24 and count <= 3 << 18, "a report of more than is taken")
        whole = json.loads(data, **NUMBERS)  # whole ones; further digits are cut off: another form
        self.body, self.note = whole["body"], whole["note"]
        _require(JSON.encode(whole).encode() == data, "a report is written in one form only")
        parts = sorted(whole), sorted(self.body)
        _require(parts == (["body", "note"], KEYS.split()), "a report has other parts than these")
        index, path, _, self.checkpoint = _parts(PROOF, self.body["proof"])
        text = self.checkpoint.rpartition("\n\n")[0] + "\n"
        self.origin, size, root, _ = _parts(CHECKPOINT, text)
        cut, _, self.topic, _, offsets, _, heads = _parts(CUT, self.body["cut"])
        self.index, self.size, self.cut = _number(index), _number(size), _number(cut)
        self.path = [_hash(each) for each in path.split("\n")[:-1]]
        self.root, self.heads = _hash(root), _hash(heads)
        self.offsets = [_number(each.partition(":")[2]) for each in offsets.split(",")]
        self.shown = [(e["partition"], e["offset"]) for e in self.body["events"] if "value" in e]

    def _check_signature(self) -> None:
        ours = [key for key in self.keys if key[0] == self.origin.rpartition("/")[0] + "/reports"]
        text, signers = _signed_by(self.note, ours, self.is_by)
        _require(signers, "no report key that you trust signed it")
        told = JSON.encode(self.body).encode()
        _require(text == f"credit-ledger.report.v1\n{_sha(told).hex()}\n", "of another report")
        _require(self.body["format"] == "credit-ledger.report.v1", "another format of reports")

    def _check_checkpoint(self) -> None:
        logs = [key for key in self.logs if key[0] == self.origin]
        signers = _signed_by(self.checkpoint, logs, self.is_by)[1]
        _require(signers, f"no log that you trust: {self.origin[:60]}")

    def _check_witnesses(self) -> None:
        names, known = list(self.witnesses), list(self.witnesses.values())
        has_signed = {names[at] for at in _signed_by(self.checkpoint, known, self.is_by)[1]}
        for name, (needed, members) in self.groups.items():  # each names what stands above it
            if len(members & has_signed) >= max(1, needed):
                has_signed.add(name)
        _require(self.quorum == "none" or self.quorum in has_signed, "no quorum")

    def _check_cut(self) -> None:
        _require(self.index == self.size - 1, "the cut is not the last entry")
        _require(sum(self.offsets) + self.cut == self.size, "a cut of a tree of another size")
        _require(self.topic == f"credit.{self.body['platform']}.events.v1", "another topic")
        found = _sha(b"\0", self.body["cut"].encode())
        for sibling in self.path:
            found = _sha(b"\1", sibling, found)  # the last leaf is on the right of all others
        _require(found == self.root, "the cut does not stand in the tree that was signed")

    def _leaves(self) -> list[bytes]:
        found = []
        for event in self.body["events"]:
            if list(event) == ["leaf"]:
                found.append(_hash(event["leaf"]))
                continue
            _require(sorted(event) == EVENT, "an event has other parts than these")
            place = [event[name] for name in ("partition", "offset", "timestamp_ms")]
            _require([_number(str(n)) for n in place] == place, "a number that stands as text")
            key, value = self.body["subject_id"].encode(), event["value"]
            told = b"\xff" * 4 if value is None else len(d := _b64(value)).to_bytes(4, "big") + d
            digest = base64.b64encode(_sha(len(key).to_bytes(4, "big"), key, told)).decode()
            found.append(_sha(b"\0", "event {} {} {} {}\n".format(*place, digest).encode()))
        return found

    def _check_events(self) -> None:
        _require(all(o < self.offsets[p] for p, o in self.shown), "an event beyond the cut")

    def _check_order(self) -> None:
        _require(self.shown == sorted(set(self.shown)), "events out of order, or twice")
        _require(len({p for p, _ in self.shown}) <= 1, "events of several partitions")

    def _check_completeness(self) -> None:
        # Check that these are all events of the subject: by its head, in the tree of all heads.
        heads, leaves, other = self.body["heads"], self._leaves(), None
        tag = _sha(b"credit-ledger.subject.v1\n", self.body["subject_id"].encode())
        copath = [_hash(each) for each in heads.pop("copath")]
        _require(len(copath) <= 256, "a copath longer than a tag")  # noqa: PLR2004
        bits, value = f"{int.from_bytes(tag, 'big'):0256b}", bytes(32)
        if leaves:
            head, count = _hash(heads.pop("start")), len(leaves).to_bytes(8, "big")
            for leaf in leaves:
                head = _sha(head, leaf)
            value = _sha(b"\2", tag, _sha(b"credit-ledger.heads.v1\n", count, head))
        elif "other" in heads:
            other = heads.pop("other")
            theirs = _hash(other.pop("tag"))
            along = f"{int.from_bytes(theirs, 'big'):0256b}"[: len(copath)]
            _require(theirs != tag, "the search ends at the subject itself")
            _require(along == bits[: len(copath)], "a search that went elsewhere")
            value = _sha(b"\2", theirs, _hash(other.pop("commitment")))
        _require(not heads and not other, "heads have other parts than these")
        for sibling, bit in reversed(list(zip(copath, bits, strict=False))):
            value = _sha(b"\3", sibling, value) if bit == "1" else _sha(b"\3", value, sibling)
        _require(value == self.heads, "not all events of the subject, or not these")

    def _check_state(self) -> None:
        state = self.body["state"]
        _require(_sha(JSON.encode(state).encode()).hex() == self.body["state_hash"], "another hash")
        _require(state["subject_id"] == self.body["subject_id"], "the state of another subject")


def _tried(check: Any, *given: Any) -> Any:
    """Give what a check gives, or, where it does not hold, the error that says why."""
    try:
        return check(*given)
    except ODD as error:
        return error


def verify(data: bytes, policy: str, keys: str, is_by: Any = None) -> list[dict[str, Any]]:
    """Check a report; give each check, whether it holds, why not. `is_by`: a faster Ed25519."""
    report, found = _tried(_Report, data, policy, keys, is_by or _is_by), []
    for check in CHECKS:
        error = report if isinstance(report, ODD) else _tried(getattr(report, f"_check_{check}"))
        why = "" if error is None else str(error)[:200] or type(error).__name__
        found.append({"check": check, "ok": not why, "why": why})
    return found


def main() -> int:
    """Verify the files that are named: POLICY KEYS REPORT […]."""
    try:
        policy, keys, first, *more = [(name, Path(name).read_bytes()) for name in sys.argv[1:]]
    except (OSError, ValueError) as error:
        sys.exit(str(error if sys.argv[3:] else __doc__))
    trusted = [text.decode("utf-8-sig", "replace") for _, text in (policy, keys)]
    found = [(name, each) for name, data in (first, *more) for each in verify(data, *trusted)]
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    print(*(f"{name}: {c['check']}: {c['why'] or 'ok'}" for name, c in found), sep="\n")
    return 1 - all(each["ok"] for _, each in found)


if __name__ == "__main__":
    sys.exit(main())
