"""The door opens names in an answer for whose purpose needs them, and for nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from starlette.responses import Response

from events.sealing.form import SealedPlace, SealSuite
from projections.http.asking.opening import holds_names, open_names
from projections.sealing.sealer import RecordKey, sealed_for
from projections.sealing.suites import KEY_BYTES

if TYPE_CHECKING:
    from collections.abc import Collection

SUBJECT, RECORD = "P0123456789abcdef0123456789abcdef", "72fc7892-cd36-5b9e-be53-79a202015640"
KEY = RecordKey(SealSuite.INTL, b"k" * KEY_BYTES)
SEALED = sealed_for(SealedPlace(SUBJECT, RECORD, "subject_name"), "测某某", KEY, b"s" * KEY_BYTES)


class Keys:
    """A vault that has the key of the one record, and counts who asks."""

    def __init__(self) -> None:
        self.asked: list[set[str]] = []

    def keys_of(self, records: Collection[str]) -> dict[str, list[tuple[str, RecordKey]]]:
        self.asked.append(set(records))
        return {RECORD: [(SUBJECT, KEY)]}


def an_answer() -> Response:
    body = msgspec.json.encode({"name": SEALED, "fen": 5})
    return Response(body, headers={"ETag": '"x"'}, media_type="application/json")


def test_a_name_is_opened_where_the_purpose_needs_it() -> None:
    answer, keys = an_answer(), Keys()

    open_names(answer, keys, needs_names=True)

    assert msgspec.json.decode(answer.body) == {"name": "测某某", "fen": 5}
    assert answer.headers["Content-Length"] == str(len(answer.body))
    assert "ETag" not in answer.headers
    assert keys.asked == [{RECORD}]


def test_a_purpose_without_names_asks_no_key_and_sees_none() -> None:
    answer, keys = an_answer(), Keys()

    open_names(answer, keys, needs_names=False)

    assert msgspec.json.decode(answer.body) == {"name": "(sealed)", "fen": 5}
    assert keys.asked == []


def test_what_holds_nothing_sealed_is_left_as_it_is() -> None:
    answer, keys = Response(b'{"name":"x"}', media_type="application/json"), Keys()

    open_names(answer, keys, needs_names=True)

    assert answer.body == b'{"name":"x"}'
    assert keys.asked == []
    assert [holds_names(each) for each in (answer, Response(None), an_answer())] == [
        False,
        False,
        True,
    ]
