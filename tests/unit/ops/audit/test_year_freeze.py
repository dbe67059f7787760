"""When a year may be frozen, and what verifying names."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
import pytest

from events.envelope import CHINA
from ops.audit.year_check import region_differences, row_differences
from ops.audit.year_freeze import SETTLES, FreezeRefusedError, _moment
from ops.audit.year_rows import region_evaluations, rules_of_regions
from ops.terms.errors import error_told
from ops.terms.terms import Language, Terms
from projections.as_of.state import canonical
from projections.evaluation.region_figures import RegionEvaluation
from projections.evaluation.yearly import EvaluatedSubject, last_day, midnight_after

MIDNIGHT = midnight_after(2025)


def test_a_year_is_over_five_minutes_into_the_next() -> None:
    assert _moment(2025, MIDNIGHT + SETTLES, None) == MIDNIGHT
    with pytest.raises(FreezeRefusedError, match="is not over"):
        _moment(2025, MIDNIGHT + SETTLES - timedelta(seconds=1), None)


def test_a_later_moment_may_be_given_and_no_earlier_one_nor_one_to_come() -> None:
    now = datetime(2026, 3, 1, tzinfo=CHINA)
    later = datetime(2026, 2, 1, tzinfo=CHINA)
    assert _moment(2025, now, later) == later
    for moment, why in ((MIDNIGHT - timedelta(seconds=1), "ends at"), (now, None)):
        if why is None:
            assert _moment(2025, now, moment) == now
        else:
            with pytest.raises(FreezeRefusedError, match=why):
                _moment(2025, now, moment)
    with pytest.raises(FreezeRefusedError, match="has not come"):
        _moment(2025, now, now + timedelta(seconds=1))


def test_each_cause_that_a_year_is_not_frozen_is_told_by_itself_in_chinese() -> None:
    now = datetime(2026, 3, 1, tzinfo=CHINA)
    told = []
    for at, known_before in (
        (MIDNIGHT, None),
        (now, MIDNIGHT - timedelta(seconds=1)),
        (now, now + timedelta(days=1)),
    ):
        with pytest.raises(FreezeRefusedError) as why:
            _moment(2025, at, known_before)
        told.append(error_told(why.value, Terms(Language.ZH)))

    assert told == [
        "2025 年至 2026-01-01T00:00+08:00 才结束：届时方可冻结，--known-before 也不得早于该时刻",
        "2025 年至 2026-01-01T00:00+08:00 才结束：届时方可冻结，--known-before 也不得早于该时刻",
        "时刻 2026-03-02T00:00:00+08:00 尚未到来：--known-before 不得晚于现在",
    ]


def a_row(subject_id: str, points: int = 800, grade: str = "good") -> EvaluatedSubject:
    return EvaluatedSubject(
        *(subject_id, 0, "enterprise", "330106", "registered", "active"),
        *("score.enterprise@2023-12-05", points, grade, (), None, 1, "00"),
    )


def test_rows_are_compared_by_subject_and_every_difference_is_named_by_field() -> None:
    frozen = [a_row("A"), a_row("B", 700), a_row("D")]
    derived = [a_row("A"), a_row("B"), a_row("C"), a_row("D", grade="excellent")]

    assert list(row_differences(frozen, derived)) == [
        "B: points frozen 700, derived 800",
        "C: in the ledger, and not frozen",
        "D: grade frozen 'good', derived 'excellent'",
    ]
    assert list(row_differences(derived, derived)) == []
    assert list(row_differences([a_row("E")], [])) == ["E: frozen, and not in the ledger"]


def test_differences_are_told_in_chinese_to_who_reads_chinese(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CREDIT_LEDGER_LANGUAGE", "zh")
    frozen, derived = [a_row("B", 700), a_row("E")], [a_row("B"), a_row("C")]
    assert list(row_differences(frozen, derived)) == [
        "B：points 冻结时为 700，重新得出为 800",
        "C：账本中有，未冻结",
        "E：已冻结，账本中没有",
    ]
    assert region_differences('{"a": "b"}', '{"a": null}') == ["a 冻结时为 “b”，重新得出为 无"]


def regions() -> list[RegionEvaluation]:
    return region_evaluations(last_day(2025), [{"enterprise/330106/good/-": 5}], [])


def test_regions_are_compared_place_by_place() -> None:
    (province, *_) = regions()
    index = province.index
    assert index is not None
    other = msgspec.structs.replace(
        province, index=msgspec.structs.replace(index, symbol="poor"), name=None
    )
    one, another = (canonical(each).decode() for each in (province, other))

    assert region_differences(one, another) == [
        "index.symbol frozen None, derived 'poor'",
        "name frozen '浙江省', derived None",
    ]
    assert region_differences(one, one.replace(",", ", ")) == ["the same, written otherwise"]
    assert "region frozen None, derived '330000'" in region_differences("{}", one)


def test_regions_stand_in_the_order_of_their_codes_and_name_their_rules() -> None:
    assert [each.region for each in regions()] == ["330000", "330100", "330106"]
    assert rules_of_regions(regions()) == ["score.region@2007-01-01"]
    assert rules_of_regions(region_evaluations(last_day(2006), [{}], [])) == []
