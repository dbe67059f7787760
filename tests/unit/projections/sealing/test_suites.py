"""What one suite enciphers only it deciphers, at its place; and never twice otherwise."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from events.sealing.errors import UnopenedError
from events.sealing.form import SealSuite
from projections.sealing.suites import KEY_BYTES, SUITES, length_framed

KEY = bytes(range(KEY_BYTES))
PLACE = [b"P1", b"record", b"facts"]
EVERY = pytest.mark.parametrize("suite", SealSuite)


@EVERY
def test_the_same_at_one_place_gives_the_same_and_elsewhere_another(suite: SealSuite) -> None:
    first = SUITES[suite].encipher(KEY, "张三".encode(), PLACE)

    assert SUITES[suite].encipher(KEY, "张三".encode(), PLACE) == first
    assert SUITES[suite].encipher(KEY, "张三".encode(), [*PLACE[:2], b"content"]) != first
    assert SUITES[suite].encipher(KEY[::-1], "张三".encode(), PLACE) != first
    assert SUITES[suite].decipher(KEY, first, PLACE) == "张三".encode()
    assert "张三".encode() not in first


@EVERY
def test_what_was_altered_or_moved_opens_nowhere(suite: SealSuite) -> None:
    box = SUITES[suite].encipher(KEY, b"a text of some length", PLACE)
    altered = [box[:n] + bytes([box[n] ^ 1]) + box[n + 1 :] for n in range(len(box))]

    for broken in (*altered, box[:-1], box[:15], b""):
        with pytest.raises(UnopenedError):
            SUITES[suite].decipher(KEY, broken, PLACE)
    for place in ([b"P2", *PLACE[1:]], [*PLACE[:2], b"content"], [b"P1record", b"", b"facts"]):
        with pytest.raises(UnopenedError):
            SUITES[suite].decipher(KEY, box, place)


def test_no_suite_opens_what_the_other_made() -> None:
    box = SUITES[SealSuite.GM].encipher(KEY, b"text", PLACE)

    with pytest.raises(UnopenedError):
        SUITES[SealSuite.INTL].decipher(KEY, box, PLACE)


def test_sm3_is_sm3() -> None:
    """HMAC-SM3 of GM/T 0042: the value that independent implementations give of this input."""
    if "sm3" not in hashlib.algorithms_available:
        pytest.skip("this OpenSSL has no SM3 to compare with")
    assert SUITES[SealSuite.GM].digest(KEY, b"abc") == hmac.digest(KEY, b"abc", "sm3")


def test_no_two_lists_of_texts_are_framed_alike() -> None:
    assert length_framed([b"ab", b"c"]) != length_framed([b"a", b"bc"])
    assert length_framed([b"", b"abc"]) != length_framed([b"abc", b""])
