"""A sealed text is bound to subject, record and field; its length tells no short name."""

from __future__ import annotations

import pytest

from events.sealing.errors import UnopenedError
from events.sealing.form import SealedPlace, SealSuite, looks_sealed, sealed_text
from projections.sealing.sealer import RecordKey, SealKeeper, opened_for, seal_holds, sealed_for
from projections.sealing.suites import KEY_BYTES

KEY = RecordKey(SealSuite.INTL, bytes(range(KEY_BYTES)))
SEAL_KEY = bytes(reversed(range(KEY_BYTES)))
PLACE = SealedPlace(
    "P0123456789abcdef0123456789abcdef", "72fc7892-cd36-5b9e-be53-79a202015640", "facts"
)
OTHERS = [
    PLACE._replace(subject_id="Pffffffffffffffffffffffffffffffff"),
    PLACE._replace(record="72fc7892-cd36-5b9e-be53-79a202015641"),
    PLACE._replace(field="content"),
]
EVERY = pytest.mark.parametrize("suite", SealSuite)


@EVERY
@pytest.mark.parametrize("text", ["张三", "a", "𠮷" * 400, "line\nline\ttab", "长" * 8_000])
def test_what_is_sealed_opens_and_is_the_same_each_time(suite: SealSuite, text: str) -> None:
    key = KEY._replace(suite=suite)

    sealed = sealed_for(PLACE, text, key, SEAL_KEY)
    read = sealed_text(sealed)

    assert sealed == sealed_for(PLACE, text, key, SEAL_KEY)
    assert read is not None
    assert str(read) == sealed
    assert opened_for(PLACE, read, key) == text
    assert seal_holds(PLACE, read, SEAL_KEY)
    assert len(text) < 2 or text not in sealed


@EVERY
@pytest.mark.parametrize("place", OTHERS)
def test_it_holds_at_its_place_alone(suite: SealSuite, place: SealedPlace) -> None:
    key = KEY._replace(suite=suite)
    sealed = sealed_text(sealed_for(PLACE, "张三", key, SEAL_KEY))
    assert sealed is not None

    assert not seal_holds(place, sealed, SEAL_KEY)
    assert not seal_holds(place, sealed._replace(record=place.record, field=place.field), SEAL_KEY)
    with pytest.raises(UnopenedError):
        opened_for(place, sealed, key)


def test_nobody_without_the_key_makes_a_seal() -> None:
    sealed = sealed_text(sealed_for(PLACE, "张三", KEY, KEY.key))
    assert sealed is not None

    assert not SealKeeper(SEAL_KEY)(PLACE, sealed)
    assert not SealKeeper(None)(PLACE, sealed)
    assert not SealKeeper(SEAL_KEY)(PLACE, sealed._replace(box="张三".encode(), seal=b""))


def test_names_of_two_and_of_three_characters_are_of_one_length() -> None:
    lengths = {len(sealed_for(PLACE, name, KEY, SEAL_KEY)) for name in ("王五", "欧阳修", "李")}

    assert len(lengths) == 1


@pytest.mark.parametrize(
    "text",
    [
        "sealed:1:",
        "sealed:2:intl:facts:AAAAAAAAAAAAAAAAAAAAAA:AA:AA",
        "sealed:1:none:facts:AAAAAAAAAAAAAAAAAAAAAA:AA:AA",
        "sealed:1:intl:facts:AAAA:AA:AA",
        "sealed:1:intl:facts:AAAAAAAAAAAAAAAAAAAAAA:AA==:AA",
        "sealed:1:intl:facts:AAAAAAAAAAAAAAAAAAAAAA:A B:AA",
        "sealed:1:intl:facts:AAAAAAAAAAAAAAAAAAAAAA:AB:AA",
        "sealed:1:intl:facts:AAAAAAAAAAAAAAAAAAAAAA:AA:AA:",
    ],
)
def test_what_is_not_written_in_the_one_form_is_no_sealed_text(text: str) -> None:
    assert sealed_text(text) is None
    assert looks_sealed(text) == text.startswith("sealed:1:")


def test_a_key_shows_in_no_error() -> None:
    assert KEY.key.hex() not in f"{KEY!r} {KEY}"
    assert str(KEY.key) not in f"{KEY!r} {KEY}"
