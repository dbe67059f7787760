from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from events.event import EVENT_TYPES
from events.types.penalty import PenaltyKind
from ops.submission.files.columns import column_named, form_of, normal, official_forms, wording
from ops.submission.files.fields import fields_of
from ops.terms.terms import field_names

if TYPE_CHECKING:
    from ops.submission.files.columns import OfficialForm


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
        ("代码_3(统一社会信用代码)", "subject_id", ""),
        ("行政相对人代码-统一社会信用代码", "subject_id", ""),
        ("行政相对人代码-1（统一社会信用代码）", "subject_id", ""),
        ("行政相对人统一社会信用代码", "subject_id", ""),
        ("税务登记码", "", ""),
        ("罚款金额(单位:万元)", "fine_fen", "wanyuan"),
        ("【罚款金额】（单位：万元）（选填）", "fine_fen", "wanyuan"),
        ("Resource_ID", "", ""),
        ("列入事由", "ground", ""),
        ("欠税余额（元）", "balance_fen", "yuan"),
        ("事件类型", "event_type", ""),
    ],
)
def test_a_column_is_known_however_it_is_dressed(name: str, field: str, unit: str) -> None:
    column = column_named(name)
    assert column is not None
    assert (column.field, column.unit) == (field, unit)


@pytest.mark.parametrize("name", ["罚款金额", "fine", "当前", ""])
def test_a_column_whose_meaning_is_open_is_unknown(name: str) -> None:
    assert column_named(name) is None


@pytest.mark.parametrize("form", official_forms(), ids=lambda form: form.code)
def test_every_official_column_fills_a_field_of_its_event_or_is_checked(form: OfficialForm) -> None:
    filled = {column.field for column in form.columns.values() if column.taken}
    assert filled <= {
        *fields_of(form.event_type),
        "subject_class",
        "state",
        "subject_number",
        "number_kind",
    }
    assert {*form.required} <= filled
    assert {name for pair in form.instead for name in pair} <= filled


@pytest.mark.parametrize("form", official_forms(), ids=lambda form: form.code)
@pytest.mark.parametrize(
    "dress", ["*{}", "{}（必填）", " {} ", "{}\n", "'{}'", "【{}】", "{}(选填)"]
)
def test_a_form_is_recognised_by_its_headings_in_any_dress(form: OfficialForm, dress: str) -> None:
    names = list(form.headings.values())
    headings = tuple(dress.format(name.replace("(", "（").replace(")", "）")) for name in names)
    found = form_of(headings)
    assert found is form
    assert [column_named(name, found) for name in headings] == [
        column_named(name, form) for name in names
    ]


def test_our_own_headings_are_of_no_official_form() -> None:
    assert form_of(("事件类型", "主体代码", "公示日期", "处罚类别", "备注")) is None


def test_no_heading_means_two_things() -> None:
    """Neither among the names of our fields, in English and Chinese, nor within a form."""
    fields = dict.fromkeys(name for kind in EVENT_TYPES for name in fields_of(kind))
    ours: dict[str, set[str]] = {}
    for name in fields:
        for said in (name, field_names()[name]):
            ours.setdefault(normal(said), set()).add(name)
    assert {said: names for said, names in ours.items() if len(names) > 1} == {}


def test_every_kind_of_penalty_has_its_words() -> None:
    form = wording()
    named = {*form.kinds.values(), *form.kinds_before_2021.values()}
    assert named == {kind.value for kind in PenaltyKind}


@pytest.mark.parametrize("event_type", EVENT_TYPES)
def test_the_fields_of_a_file_are_those_of_the_event(event_type: str) -> None:
    own = {info.name for info in msgspec.structs.fields(EVENT_TYPES[event_type])}
    assert own - {"envelope"} <= set(fields_of(event_type))
