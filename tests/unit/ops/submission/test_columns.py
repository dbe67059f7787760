from __future__ import annotations

import msgspec
import pytest

from events.event import EVENT_TYPES
from events.types.penalty import PenaltyKind
from ops.submission.columns import column_named, official_form
from ops.submission.fields import fields_of


@pytest.mark.parametrize(
    ("name", "field", "unit"),
    [
        ("行政处罚决定书文号", "document_no", ""),
        ("*行政处罚决定书文号（必填）", "document_no", ""),
        ("行政相对人代码_1 （统一社会信用代码）", "subject_id", ""),
        ("cf_xdr_shxym", "subject_id", ""),
        ("罚款金额（万元）", "fine_fen", "wanyuan"),
        ("罚款金额(元)", "fine_fen", "yuan"),
        ("没收违法所得，没收非法财物的金额（万元）", "confiscated_fen", "wanyuan"),
        ("CF_NR_WFFF", "confiscated_fen", "wanyuan"),
        ("envelope.document_no", "document_no", ""),
        ("fine_fen", "fine_fen", "fen"),
        ("balance_yuan", "balance_fen", "yuan"),
        ("法定代表人证件号码", "", ""),
    ],
)
def test_a_column_is_known_however_it_is_dressed(name: str, field: str, unit: str) -> None:
    column = column_named(name)
    assert column is not None
    assert (column.field, column.unit) == (field, unit)


@pytest.mark.parametrize("name", ["罚款金额", "fine", "CF_JG", ""])
def test_a_column_whose_meaning_is_open_is_unknown(name: str) -> None:
    assert column_named(name) is None


def test_every_official_column_fills_a_field_of_a_penalty_or_is_checked() -> None:
    filled = {column.field for column in official_form().columns.values() if column.taken}
    assert filled <= {*fields_of("PenaltyImposed"), "subject_class", "state"}


def test_every_kind_of_penalty_has_its_words() -> None:
    form = official_form()
    named = {*form.kinds.values(), *form.kinds_before_2021.values()}
    assert named == {kind.value for kind in PenaltyKind}


@pytest.mark.parametrize("event_type", EVENT_TYPES)
def test_the_fields_of_a_file_are_those_of_the_event(event_type: str) -> None:
    own = {info.name for info in msgspec.structs.fields(EVENT_TYPES[event_type])}
    assert own - {"envelope"} <= set(fields_of(event_type))
