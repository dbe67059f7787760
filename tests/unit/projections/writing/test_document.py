"""A profile too long for a message says what it leaves out, and stays whole otherwise."""

from __future__ import annotations

import json

import msgspec
import pytest

from projections.profile.shapes import Profile
from projections.writing.document import DOCUMENT_BYTES_MAX, profile_document
from tests.unit.projections.writing.test_transaction import written

PROFILES = [change.profile for change in written(1_000, encodes=False).changes]


@pytest.fixture(params=range(0, len(PROFILES), 7))
def profile(request: pytest.FixtureRequest) -> Profile:
    found = PROFILES[request.param]
    assert isinstance(found, Profile)
    return found


def test_a_profile_that_fits_is_whole(profile: Profile) -> None:
    whole = profile_document(profile)
    assert len(whole) < DOCUMENT_BYTES_MAX
    assert "left_out" not in json.loads(whole)
    assert profile_document(profile, len(whole)) == whole


@pytest.mark.parametrize("part", [0.3, 0.6, 0.9])
def test_one_that_does_not_keeps_the_newest_and_says_how_many_it_leaves_out(
    profile: Profile, part: float
) -> None:
    whole = json.loads(profile_document(profile))
    long = msgspec.structs.replace(profile, records=profile.records * 40)
    room = int(len(profile_document(long)) * part)

    short = profile_document(long, room)

    assert len(short) <= room
    told = json.loads(short)
    left_out = told.pop("left_out")
    assert set(left_out) == {"records"}
    assert told["records"] == (whole["records"] * 40)[left_out["records"] :]
    assert len(short) > room - len(profile_document(profile)) - 2_048, (
        "as many as there is room for"
    )
    assert told | {"records": whole["records"]} == whole


def test_several_long_fields_are_shortened_the_longest_first(profile: Profile) -> None:
    long = msgspec.structs.replace(
        profile, records=profile.records * 40, aliases=["甲" * 1_000] * 20
    )
    told = json.loads(profile_document(long, 40_000))
    assert 0 < told["left_out"]["aliases"] < 20
    kept = len(told["records"])
    assert told["left_out"].get("records", 0) == len(long.records) - kept
