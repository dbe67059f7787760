"""Why a subject is parked is told by its kind, with the words of the code beside it."""

from __future__ import annotations

import pytest

from ops.told.places import parked_told


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (
            "UndecodableError: credit.PenaltyImposed: b",
            "报文损坏，无法解码（UndecodableError: credit.PenaltyImposed: b）",
        ),
        ("SchemaUnknownError: 999", "报文的结构编号不在已发布之列（SchemaUnknownError: 999）"),
        (
            "the key is not the subject of the event",
            "报文的键不是事件的主体（the key is not the subject of the event）",
        ),
        ("OverflowError: int too big", "入账时出错（OverflowError: int too big）"),
    ],
)
def test_a_reason_is_told_by_its_kind_in_chinese_and_as_it_is_in_english(
    reason: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDIT_LEDGER_LANGUAGE", "zh")
    assert parked_told(reason) == said
    monkeypatch.setenv("CREDIT_LEDGER_LANGUAGE", "en")
    assert parked_told(reason) == reason
