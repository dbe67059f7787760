"""Fields of states that are compared have names, whichever there are, and their values words."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec.inspect
import pytest

from events.rules.rulebook import load_rulebook
from ops.evidence.verify_alone import CHECKS
from ops.pages.audit.fields import field_told, value_told
from ops.terms.naming import Naming
from ops.terms.terms import Language, Terms, all_terms
from projections.as_of.state import State

ZH, EN = (Naming(Terms(each), load_rulebook(), None) for each in Language)
DAY = date(2026, 6, 15)


def _fields(kind: Any, path: str, seen: tuple[Any, ...] = ()) -> list[str]:
    """Give the path of every field that a state may have, each list with one item."""
    match type(kind).__name__:
        case "StructType" if kind.cls not in seen:
            return [
                each
                for field in kind.fields
                for each in _fields(
                    field.type,
                    f"{path}.{field.encode_name}".lstrip("."),
                    (*seen, kind.cls),
                )
            ]
        case "UnionType":
            return [each for one in kind.types for each in _fields(one, path, seen)]
        case "ListType" | "VarTupleType":
            return _fields(kind.item_type, f"{path}[7]", seen)
        case "DictType":
            return _fields(kind.value_type, f"{path}.key", seen)
    return [path]


FIELDS = sorted(set(_fields(msgspec.inspect.type_info(State), "")))


def test_every_field_of_a_state_has_a_name_in_chinese() -> None:
    assert len(FIELDS) > 150
    for path in FIELDS:
        for step in field_told(path, ZH).split(" › "):
            is_name = step in ("7", "key") or any("\u4e00" <= c <= "\u9fff" for c in step)
            assert is_name or step.isdigit(), (path, step)
        assert "_" not in field_told(path, EN), path


@pytest.mark.parametrize(
    ("path", "value", "zh", "en"),
    [
        ("profile.categories.default.wage.amount_fen", "3000000", "30,000.00 元", "30,000.00 yuan"),
        ("profile.kind", "enterprise", "企业", "enterprise"),
        ("profile.warnings[warning.penalties].level", "blue", "蓝色", "blue"),
        ("profile.records[x].shown.public", "False", "否", "no"),
        ("profile.records[x].region", "330100", "杭州市", "杭州市"),
        ("profile.records[x].document_no", "罚〔2025〕1", "罚〔2025〕1", "罚〔2025〕1"),
        ("profile.records[x].details.amount_fen", "(none)", "(none)", "(none)"),
        ("profile.score.grade", "good", "良好", "Good"),
        (
            "profile.supervision[supervision.market].rule",
            "supervision.market",
            "市场监管",
            "Market regulation",
        ),
        ("profile.score.points", "760", "760", "760"),
    ],
)
def test_a_value_is_told_by_what_its_field_holds(path: str, value: str, zh: str, en: str) -> None:
    assert value_told(path, value, ZH, DAY) == zh
    assert value_told(path, value, EN, DAY) == en


def test_a_key_with_points_or_brackets_in_it_is_one_name() -> None:
    assert (
        field_told("profile.categories.default.wage.count", ZH)
        == "目录分类统计 › 拖欠工资 › 记录数"
    )
    assert field_told("profile.score.items[penalties].points", ZH).split(" › ")[2] == "行政处罚"
    assert field_told("profile.names.A.B [x].count", EN) == "names (records) › A.B [x] › records"


def test_every_check_says_what_it_means_where_it_fails_and_every_target_its_source() -> None:
    assert {*CHECKS, "pages", "derived"} == set(all_terms()["check_fails"])
    assert {each.code for each in load_rulebook().targets} == set(all_terms()["plan_source"])
