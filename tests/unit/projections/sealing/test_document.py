"""What is sealed in an answer is opened where its key is, and elsewhere said to be sealed or gone."""

from __future__ import annotations

from events.sealing.form import SealedPlace, SealSuite
from projections.sealing.document import (
    ERASED,
    KEPT_SEALED,
    opened_document,
    records_sealed_in,
)
from projections.sealing.sealer import RecordKey, sealed_for
from projections.sealing.suites import KEY_BYTES

SUBJECT, OTHER = "P0123456789abcdef0123456789abcdef", "Pffffffffffffffffffffffffffffffff"
RECORDS = [f"72fc7892-cd36-5b9e-be53-79a20201564{n}" for n in range(3)]
KEYS = [RecordKey(SealSuite.INTL, bytes([n]) * KEY_BYTES) for n in range(3)]


def sealed(n: int, text: str, field: str = "subject_name") -> str:
    return sealed_for(SealedPlace(SUBJECT, RECORDS[n], field), text, KEYS[n], b"k" * KEY_BYTES)


DOCUMENT = {
    "names": {sealed(0, "张三"): 2, sealed(1, "张三"): 1, sealed(2, "李四"): 4},
    "records": [{"name": sealed(0, "张三"), "day": "2024-03-04", "fen": 5, "none": None}],
    "said": [True, sealed(1, "事实", "facts"), "sealed:1:nothing"],
}


def test_names_are_opened_and_counts_of_one_name_added_up() -> None:
    keys = {RECORDS[n]: [(OTHER, KEYS[2]), (SUBJECT, KEYS[n])] for n in (0, 1)}

    assert records_sealed_in(DOCUMENT) == set(RECORDS)
    assert opened_document(DOCUMENT, keys) == {
        "names": {"张三": 3, ERASED: 4},
        "records": [{"name": "张三", "day": "2024-03-04", "fen": 5, "none": None}],
        "said": [True, "事实", KEPT_SEALED],
    }


def test_who_needs_no_name_is_given_none() -> None:
    told = opened_document(DOCUMENT, None)

    assert told["names"] == {KEPT_SEALED: 7}
    assert told["records"][0]["name"] == KEPT_SEALED
