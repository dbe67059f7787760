"""A wrapped key opens where it belongs, under the key that it was wrapped with."""

from __future__ import annotations

import pytest

from events.sealing.errors import UnopenedError
from events.sealing.form import SealSuite
from projections.sealing.suites import KEY_BYTES
from projections.sealing.wrapping import unwrapped_key, wrapped_key

OVER, KEY = b"o" * KEY_BYTES, bytes(range(KEY_BYTES))
PLACE = ("P1", "basic", "record")


@pytest.mark.parametrize("suite", SealSuite)
def test_a_wrapped_key_says_its_suite_and_opens_at_its_place_alone(suite: SealSuite) -> None:
    wrapped = wrapped_key(suite, OVER, KEY, PLACE)

    assert unwrapped_key(OVER, wrapped, PLACE) == (suite, KEY)
    assert KEY not in wrapped
    for over, box, place in (
        (OVER, wrapped, ("P2", "basic", "record")),
        (b"x" * KEY_BYTES, wrapped, PLACE),
        (OVER, wrapped[1:], PLACE),
        (OVER, b"", PLACE),
        (b"", wrapped, PLACE),
    ):
        with pytest.raises(UnopenedError):
            unwrapped_key(over, box, place)
