"""What an error repeats of what was said: never what may be a person's number."""

from __future__ import annotations

import pytest

from projections.http.errors import NOT_SHOWN, BadRequestError, repeated_part
from projections.http.words import Words
from tests.support.builders import SUBJECT

NUMBER = "330106190001010017"


@pytest.mark.parametrize(
    "said", [NUMBER, f"案 {NUMBER}", f"{NUMBER[:17]}0", f"{'x' * 50} {NUMBER}", f"a/{NUMBER}"]
)
def test_an_identity_number_is_repeated_by_no_error_wherever_it_stands(said: str) -> None:
    error = BadRequestError("platform", said, Words("one of organisation, person", "须为其一"))

    assert NUMBER[:10] not in str(error)
    assert (error.value, repeated_part(said)) == (NOT_SHOWN, NOT_SHOWN)


@pytest.mark.parametrize("said", [SUBJECT, "penalty.market", "2026-02-30", "🙈", ""])
def test_what_is_nobody_s_number_is_repeated_so_that_it_can_be_mended(said: str) -> None:
    assert BadRequestError("after", said, Words("", "")).value == said
