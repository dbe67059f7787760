"""Across all that reads what others wrote: an answer or a `ProofError`, whatever it is given.

`HOSTILE_INPUTS=1000000` for a long night.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from random import Random
from typing import Any

import pytest

from ops.bench.machine import peak_rss_mb
from ops.evidence import verify_alone
from ops.evidence.pages.documents import ReportFormat, document_of
from ops.evidence.verifying import checks_of
from ops.terms.terms import Language
from projections.proof.checkpoints import Checkpoint, parse_checkpoint
from projections.proof.department_keys import read_department_keys
from projections.proof.entries import hash_of, read_cut, read_number, text_told
from projections.proof.errors import ProofError
from projections.proof.heads import Other, root_of_absence
from projections.proof.heads_page import HeadsPage
from projections.proof.inclusion import parse_inclusion_proof
from projections.proof.kinds import COSIGNATURE, ED25519
from projections.proof.notes import Signer, parse_note, parse_private, parse_vkeys, signed, verified
from projections.proof.policy import parse_policy
from projections.proof.tiles import Tile, hashes_of, pack_entries, unpack_entries
from projections.proof.witnessing import request_told, to_cosign
from streams.signing.checkpoints import read_told, told_value
from tests.unit.ops.evidence.pages.test_documents import made
from tests.unit.projections.proof.reports import KEYS, LOG, POLICY, REPORTS, WITNESS, Ledger

INPUTS = int(os.environ.get("HOSTILE_INPUTS", "10000"))
MEGABYTES_MAX = 200

LEDGER = Ledger({"a": 3, "b": 2})
NOTE = signed(LEDGER.checkpoint.text(), [LOG, WITNESS], 9)
ENTRIES = [LEDGER.cut.entry(), b"event 0 0 0 x\n"]


REPORT = made()
PAGE, PDF = (
    document_of(REPORT, form, Language.ZH) for form in (ReportFormat.HTML, ReportFormat.PDF)
)
DEPARTMENT = Signer("credit.example/departments/market-zj", ED25519, b"\4" * 32)
SIGNING = f"""
[[department]]
code = "market-zj"
must_sign_from = 2026-12-01
reference = "电子签名法 第13条"

[[department.key]]
vkey = "{DEPARTMENT.verifier.vkey()}"
from = 2026-11-01
to = 2027-11-01
"""


def lenient(data: bytes) -> str:
    """Give text of any bytes, as JSON may hold it: also halves of letters."""
    return data.decode("utf-8", "surrogatepass" if data.isascii() else "surrogateescape")


def read_note(data: bytes) -> object:
    note = parse_note(lenient(data))
    policy = parse_policy(POLICY)
    return policy.check_log(note), policy.check_witnesses(note), note.told()


def read_policy(data: bytes) -> object:
    policy = parse_policy(lenient(data))
    note = parse_note(NOTE)
    return policy.check_log(note), policy.check_witnesses(note)


READERS: dict[str, tuple[bytes, Callable[[bytes], object]]] = {
    "report": (LEDGER.report("a"), lambda data: verify_alone.verify(data, POLICY, KEYS)),
    "policy of the verifier": (
        POLICY.encode(),
        lambda data: verify_alone.verify(LEDGER.report("b"), lenient(data), KEYS),
    ),
    "keys of the verifier": (
        KEYS.encode(),
        lambda data: verify_alone.verify(LEDGER.report("b"), POLICY, lenient(data)),
    ),
    "note": (NOTE.encode(), read_note),
    "policy": (POLICY.encode(), read_policy),
    "vkeys": (KEYS.encode(), lambda data: parse_vkeys(lenient(data))),
    "private key": (REPORTS.private_text().encode(), lambda data: parse_private(lenient(data))),
    "proof": (LEDGER.proof().told().encode(), lambda data: parse_inclusion_proof(lenient(data))),
    "checkpoint": (LEDGER.checkpoint.text().encode(), lambda d: parse_checkpoint(lenient(d))),
    "cut": (LEDGER.cut.entry(), read_cut),
    "value of the topic": (
        told_value(LEDGER.cut, NOTE).encode(),
        lambda data: read_told(lenient(data)),
    ),
    "entries": (pack_entries(ENTRIES), lambda data: unpack_entries(Tile(None, 0, 2), data)),
    "hashes": (bytes(96), lambda data: hashes_of(Tile(0, 0, 3), data)),
    "page of heads": (b"".join(LEDGER.pages.values()), HeadsPage),
    "request to a witness": (
        request_told(0, [], NOTE).encode(),
        lambda data: to_cosign(data, parse_policy(POLICY), {}),
    ),
    "request to a witness who knows the log": (
        request_told(LEDGER.checkpoint.size, [], NOTE).encode(),
        lambda data: to_cosign(
            data, parse_policy(POLICY), {LEDGER.checkpoint.origin: LEDGER.checkpoint}
        ),
    ),
    "rows of departments": (
        SIGNING.encode(),
        lambda data: read_department_keys(text_told(data)),
    ),
    "report handed in": (REPORT, lambda data: checks_of(data, POLICY, KEYS, derive=True)),
    "page handed in": (PAGE, lambda data: checks_of(data, POLICY, KEYS)),
    "PDF handed in": (PDF, lambda data: checks_of(data, POLICY, "")),
    "number": (b"18446744073709551616", lambda data: read_number(lenient(data))),
    "hash": (b"A" * 43 + b"=", lambda data: hash_of(lenient(data))),
}
ODD = [
    b"\0",
    b"\xff",
    b"\n",
    b"\n\n",
    b" ",
    b"+",
    b"=",
    b"9" * 30,
    b"\xe2\x80\x94 ",
    b"[" * 99,
    b"-1",
]


def harmed(chance: Random, good: bytes) -> bytes:
    data = bytearray(good)
    for _ in range(chance.choice([1, 1, 2, 5, 40])):
        at, length = chance.randrange(len(data) + 1), chance.choice([0, 1, 2, 30])
        match chance.randrange(5):
            case 0 if data:
                data[min(at, len(data) - 1)] ^= 1 << chance.randrange(8)
            case 1:
                del data[at : at + length]
            case 2:
                data[at:at] = chance.choice([*ODD, chance.randbytes(length)])
            case 3:
                data[at : at + length] = data[at : at + length] * chance.randrange(1, 9)
            case _:
                other = chance.randrange(len(data) + 1)
                data[at : at + length] = data[other : other + length]
    return bytes(data[: chance.randrange(len(data) + 1)] if chance.random() < 0.1 else data)


@pytest.mark.parametrize("name", READERS)
def test_whatever_it_is_given_it_answers(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify_alone, "_is_by", partial(ED25519.verifies, ""))
    chance = Random(name)
    good, read = READERS[name]
    for _ in range(INPUTS // len(READERS)):
        data = harmed(chance, good)
        try:
            found = read(data)
        except ProofError as error:
            assert 0 < len(str(error)) < 500  # noqa: PT017 - any that is a trace fails by itself
        else:
            is_report = name in ("report", "report handed in", "page handed in")
            assert not is_report or data == good or not all(c["ok"] for c in told(found))


def told(found: Any) -> list[dict[str, Any]]:
    return list(found)


def nested_groups(depth: int) -> str:
    lines = [f"witness G0 {WITNESS.verifier.vkey()}"]
    lines += [f"group G{i} any G{i - 1}" for i in range(1, depth)]
    return "\n".join([f"log {LOG.verifier.vkey()}", *lines, f"quorum G{depth - 1}\n"])


def test_groups_of_groups_as_deep_as_a_policy_is_long_are_answered() -> None:
    policy, note = parse_policy(nested_groups(990)), parse_note(NOTE)
    assert policy.check_witnesses(note) == [WITNESS.verifier]
    found = verify_alone.verify(LEDGER.report("a"), nested_groups(990), KEYS)
    assert [each["check"] for each in found if not each["ok"]] == []


def test_numbers_and_base64_have_one_form() -> None:
    for odd in (
        "",
        "01",
        "+1",
        "-1",
        " 1",
        "1 ",
        "1_0",
        "１",
        "0x1",
        "1e3",
        str(1 << 63),
        "9" * 999,
    ):
        with pytest.raises(ProofError, match="is no number"):
            read_number(odd)
    for odd in ("", "A" * 44, "A" * 43, "A" * 42 + "B=", "A" * 43 + "=\n", "_" * 43 + "="):
        with pytest.raises(ProofError, match=r"base64|is no hash of 32 bytes"):
            hash_of(odd)


def test_what_is_too_much_is_refused_by_its_name() -> None:
    size = LEDGER.checkpoint.text().replace(f"\n{LEDGER.checkpoint.size}\n", f"\n{1 << 63}\n")
    with pytest.raises(ProofError, match=str(1 << 63)):
        parse_checkpoint(size)
    with pytest.raises(ProofError, match="17 signatures; at most 16"):
        parse_note("t\n\n" + LOG.signature("t\n") * 17)
    with pytest.raises(ProofError, match="257"):
        root_of_absence(bytes(32), Other(bytes(31) + b"\1", bytes(32)), [bytes(32)] * 257)
    line = "A" * 43 + "=\n"
    with pytest.raises(ProofError, match="64 hashes; at most 63"):
        parse_inclusion_proof(f"c2sp.org/tlog-proof@v1\nindex 0\n{line * 64}\n{NOTE}")
    with pytest.raises(ProofError, match="beyond the end of the file"):
        unpack_entries(Tile(None, 0, 1), b"\xff\xffshort")


def what_much_takes() -> int:
    """Verify what was made to be large; give the megabytes that it took, in a process of its own."""
    before = peak_rss_mb()
    deep = b'{"body":' + b"[" * (1 << 19) + b"]" * (1 << 19) + b',"note":""}'
    wide = b'{"body":[' + b"[]," * (1 << 18) + b'[]],"note":""}'
    long = b'{"body":{"subject_id":"' + "\N{GRINNING FACE}".encode() * (1 << 21) + b'"},"note":""}'
    most = b'{"body":[' + b"8," * 750_000 + b'8],"note":""}'
    digits = b'{"body":[' + (b"9" * 4_200 + b",") * 3_900 + b'9],"note":""}'
    keys = KEYS + f"{KEYS}\n" * 1000
    huge = b"\0" * (1 << 26), b"9" * (1 << 23), b'"' + b"\\" * (1 << 23)
    for data in (deep, wide, long, most, digits, *huge):
        assert not any(each["ok"] for each in verify_alone.verify(data, POLICY, keys))
    return peak_rss_mb() - before


def test_the_verifier_reads_much_in_little_memory() -> None:
    """Also what was made to be large: it is refused by its length before anything is made of it."""
    with ProcessPoolExecutor(1, get_context("spawn")) as other:
        assert other.submit(what_much_takes).result() < MEGABYTES_MAX


def test_a_page_and_a_key_are_what_they_were() -> None:
    """The inputs that are harmed above are good ones."""
    assert HeadsPage(READERS["page of heads"][0]).packed() == READERS["page of heads"][0]
    assert verified(parse_note(NOTE), [LOG.verifier, WITNESS.verifier])
    assert Signer("a", COSIGNATURE, bytes(32)).verifier.name == "a"
    assert isinstance(parse_checkpoint(LEDGER.checkpoint.text()), Checkpoint)
