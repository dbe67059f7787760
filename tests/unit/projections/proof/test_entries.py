from __future__ import annotations

from base64 import b64encode
from hashlib import sha256

import pytest

from projections.proof.entries import (
    Cut,
    check_follows,
    event_entry,
    from_base64,
    read_cut,
    read_number,
    record_bytes,
    text_told,
)
from projections.proof.errors import ProofError

CUT = Cut(3, 1_700_000_000_000, "credit.organisation.events.v1", (4, 0, 7), 5, bytes(32))
TOLD = (
    b"cut 3\ntime 1700000000000\ntopic credit.organisation.events.v1 3\n"
    b"offsets 0:4,1:0,2:7\nheads 5 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
)


def test_a_record_is_its_key_and_value_with_their_lengths_and_a_null_has_none() -> None:
    assert record_bytes(b"k", b"vv") == b"\0\0\0\1k\0\0\0\2vv"
    assert record_bytes(None, b"") == b"\xff\xff\xff\xff\0\0\0\0"


def test_the_entry_of_an_event_is_one_line() -> None:
    record = record_bytes(b"k", None)
    digest = b64encode(sha256(b"\0\0\0\1k\xff\xff\xff\xff").digest())
    assert event_entry(11, 0, 5, record) == b"event 11 0 5 " + digest + b"\n"


def test_the_entry_of_a_cut_is_five_lines() -> None:
    assert CUT.entry() == TOLD
    assert read_cut(TOLD) == CUT
    assert CUT.size == 4 + 0 + 7 + 3


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"cut 3", b"cut 03"),
        (b"cut 3", b"cut 0"),
        (b"cut 3", b"cut -3"),
        (b"cut 3", "cut ３".encode()),
        (b"time 1", b"time +1"),
        (b"time ", b"time  "),
        (b" 3\noff", b" 4\noff"),
        (b"0:4,1:0", b"1:0,0:4"),
        (b"0:4", b"0:9223372036854775808"),
        (b"AAA=", b"AAB="),
        (b"AAAA=", b"=AAAA"),
        (b"heads 5", b"heads"),
        (TOLD, TOLD + b"\n"),
        (TOLD, TOLD[:-1]),
        (TOLD, b""),
        (b"\n", b"\r\n"),
    ],
)
def test_a_cut_is_read_in_its_one_form_only(old: bytes, new: bytes) -> None:
    altered = TOLD.replace(old, new, 1)
    assert altered != TOLD
    with pytest.raises(ProofError):
        read_cut(altered)


@pytest.mark.parametrize(
    ("after", "why"),
    [
        (CUT._replace(number=5), "does not follow"),
        (CUT._replace(number=4), "without a new event"),
        (CUT._replace(number=4, offsets=(5, 0, 6)), "goes back in partition 2: 7 to 6"),
        (CUT._replace(number=4, offsets=(5, 0, 7, 1)), "number of partitions"),
        (CUT._replace(number=4, offsets=(5, 0, 7), time_ms=1), "dated before"),
    ],
)
def test_a_cut_that_may_not_follow_is_refused(after: Cut, why: str) -> None:
    check_follows(CUT._replace(number=4, offsets=(5, 0, 7)), CUT)
    with pytest.raises(ProofError, match=why):
        check_follows(after, CUT)


def test_the_first_cut_is_number_one_and_has_an_event() -> None:
    check_follows(CUT._replace(number=1), None)
    with pytest.raises(ProofError, match="number 1"):
        check_follows(CUT, None)
    with pytest.raises(ProofError, match="without a new event"):
        check_follows(CUT._replace(number=1, offsets=(0, 0, 0)), None)


@pytest.mark.parametrize(
    "text", ["", "00", "-1", "+1", " 1", "1 ", "1_0", "9223372036854775808", "٣"]
)
def test_a_number_has_one_form(text: str) -> None:
    assert read_number("9223372036854775807") == (1 << 63) - 1
    with pytest.raises(ProofError):
        read_number(text)


@pytest.mark.parametrize("text", ["QQ", "QR==", "QQ==\n", "Q Q==", "QQ===", "_w==", "ä"])
def test_base64_has_one_form(text: str) -> None:
    assert from_base64("QQ==") == b"A"
    with pytest.raises(ProofError):
        from_base64(text)


def test_a_text_is_utf_8_with_or_without_the_mark_before_it() -> None:
    assert text_told("\ufeff签名\n".encode()) == text_told("签名\n".encode()) == "签名\n"
    with pytest.raises(ProofError, match="byte 2"):
        text_told(b"ab\xff")
