from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.admission.rejection import RejectionReason
from events.types.penalty import PenaltyKind as Kind
from ops.submission.files import cells
from ops.submission.files.cells import Fault

LARGEST_FEN = 10**14


@given(st.integers(-LARGEST_FEN, LARGEST_FEN))
def test_an_amount_in_ten_thousands_of_yuan_comes_back_to_the_fen(fen: int) -> None:
    text = f"{Decimal(fen).scaleb(-6):f}"
    assert cells.read_amount(text, "wanyuan") == fen


@given(
    st.integers(0, LARGEST_FEN), st.integers(1, 9), st.sampled_from([("yuan", 2), ("wanyuan", 6)])
)
def test_less_than_a_fen_is_refused_and_never_rounded(
    fen: int, tenths: int, unit: tuple[str, int]
) -> None:
    text = f"{Decimal(fen).scaleb(-unit[1]):.{unit[1]}f}{tenths}"
    found = cells.read_amount(text, unit[0])
    assert isinstance(found, Fault)
    assert found.code is RejectionReason.AMOUNT_MALFORMED


@pytest.mark.parametrize(
    ("text", "unit", "fen"),
    [
        ("1.5", "wanyuan", 1_500_000),
        ("0.000001", "wanyuan", 1),
        ("123.4567890000", "wanyuan", 123_456_789),
        ("２０", "wanyuan", 20_000_000),
        ("1,234.5", "wanyuan", 1_234_500_000),
        ("1.5万", "wanyuan", 1_500_000),
        ("1.5 万元", "yuan", 1_500_000),
        ("15000元", "wanyuan", 1_500_000),
        ("0.2亿元", "wanyuan", 2_000_000_000),
        ("3.", "yuan", 300),
        ("100", "fen", 100),
        ("-0.5", "yuan", -50),
        ("0", "wanyuan", 0),
    ],
)
def test_amounts_are_read_in_their_unit(text: str, unit: str, fen: int) -> None:
    assert cells.read_amount(text, unit) == fen


@pytest.mark.parametrize(
    "text", ["1.5E-05", "1,5", "12,34", "¥5", "一万", "1.5.2", "5 左右", "1万5", ".5"]
)
def test_what_is_no_plain_amount_is_refused(text: str) -> None:
    found = cells.read_amount(text, "wanyuan")
    assert isinstance(found, Fault)
    assert found.code is RejectionReason.AMOUNT_MALFORMED


def test_an_amount_of_absurd_length_is_refused_before_it_is_computed() -> None:
    found = cells.read_amount("9" * 16, "wanyuan")
    assert isinstance(found, Fault)
    assert found.code is RejectionReason.AMOUNT_TOO_LARGE


@pytest.mark.parametrize(
    "text",
    [
        "2019/02/14",
        "2019-02-14",
        "2019-2-14",
        "2019.02.14",
        "20190214",
        "2019年2月14日",
        "2019年02月14日",
        "2019 年 2 月 14 日",
        "02/14/2019",
        "２０１９－０２－１４",
        "2019/2/14 0:00",
        "2019-02-14T00:00:00",
    ],
)
def test_a_day_is_read_as_departments_write_it(text: str) -> None:
    assert cells.read_day(text) == date(2019, 2, 14)


@pytest.mark.parametrize(
    "text",
    [
        "2019-02-13T16:00:00Z",
        "2019-02-14T15:59:59.999Z",
        "2019-02-14T00:00:00+08:00",
        "2019-02-14 23:59+0800",
        "2019/02/14 00:30 GMT+8",
        "20190213T163000Z",
        "2019-02-13T18:30:00+02:30",
        "1550073600000",
        "1550159999999",
        "2019-02-14T23:59:59",
    ],
)
def test_a_moment_is_of_the_day_that_it_is_in_china(text: str) -> None:
    """Midnight in China is 16:00 UTC of the day before; what names no zone is a clock of China."""
    assert cells.read_day(text) == date(2019, 2, 14)


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("2019-02-30", "no such day"),
        ("2019-02-30T16:00:00Z", "no such day"),
        ("2019-02-14T16:00:00+99:00", "no such day"),
        ("2019-02-14 10:00-11:00", "such as"),
        ("29/03/2018", "no such day"),
        ("03/04/2018", "year first"),
        ("43510", "day number"),
        ("19-02-14", "such as"),
        ("2019-02/14", "such as"),
        ("2019年2月", "such as"),
    ],
)
def test_a_day_that_cannot_be_told_is_refused_with_advice(text: str, advice: str) -> None:
    found = cells.read_day(text)
    assert isinstance(found, Fault)
    assert found.code is RejectionReason.DATE_IMPOSSIBLE
    assert advice in found.rule


def test_an_end_may_be_open() -> None:
    assert cells.read_end("长期") is None
    assert cells.read_end("2099/12/31") == date(2099, 12, 31)


@pytest.mark.parametrize(
    "text",
    ["", "  ", "\u3000", "— —", "——", "—", "/", "／", "无", "null", "NULL", "N/A", "--", '=""'],
)
def test_null_markers_are_nothing(text: str) -> None:
    assert cells.cleaned(text) == ""


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("'91330100PDY000028X", "91330100PDY000028X"),
        ('="91330100PDY000028X"', "91330100PDY000028X"),
        ("\ufeff 罚款\u3000", "罚款"),
        ("'某某'", "'某某'"),
        ("无照经营", "无照经营"),
        ("-5", "-5"),
    ],
)
def test_a_cell_loses_only_what_is_not_said(raw: str, text: str) -> None:
    assert cells.cleaned(raw) == text


@pytest.mark.parametrize("text", ["9.13301E+17", "9E+17", "9.13E17", "１.1010519491231e+17"])
def test_a_code_that_a_spreadsheet_rounded_is_refused_with_advice(text: str) -> None:
    found = cells.read_code(text)
    assert isinstance(found, Fault)
    assert "请设为文本" in found.rule


@pytest.mark.parametrize(
    "text", ["91330100PDY000028X", "2019E5", "杭税〔2019〕E+1号", "12330000E8"]
)
def test_a_code_with_an_e_in_it_is_a_code(text: str) -> None:
    assert cells.read_code(text) == text


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("罚款", [Kind.FINE]),
        ("罚款；没收违法所得", [Kind.FINE, Kind.CONFISCATION]),
        (
            "警告、罚款，通报批评&行政拘留",
            [Kind.WARNING, Kind.FINE, Kind.CRITICISM, Kind.DETENTION],
        ),
        ("没收违法所得、没收非法财物", [Kind.CONFISCATION]),
        ("罚款 责令停产停业", [Kind.FINE, Kind.BUSINESS_SUSPENDED]),
        ("其他-责令改正、限期拆除；罚款", [Kind.OTHER, Kind.FINE]),
        ("其他-责令改正、罚款", [Kind.OTHER, Kind.FINE]),
        ("法律、行政法规规定的其他行政处罚;警告", [Kind.OTHER, Kind.WARNING]),
        ("吊销许可证、吊销执照", [Kind.LICENCE_REVOKED]),
        ("暂扣许可证件;降低资质等级", [Kind.LICENCE_SUSPENDED, Kind.GRADE_LOWERED]),
        (
            "限制开展生产经营活动;责令关闭;限制从业",
            [Kind.ACTIVITY_RESTRICTED, Kind.CLOSURE, Kind.CAREER_BAN],
        ),
        ("fine;warning", [Kind.FINE, Kind.WARNING]),
    ],
)
def test_kinds_of_penalty_are_read_as_the_law_names_them(text: str, kinds: list[Kind]) -> None:
    assert cells.read_penalty_kinds(text) == kinds


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("罚金", "罚款"),
        ("罚款;罚金", "罚款"),
        ("罚款金额", "罚款"),
        ("暂扣或者吊销许可证", "which of the two"),
        ("其他-责令改正;罚金", "罚款"),
    ],
)
def test_an_unknown_kind_is_refused_not_made_other(text: str, advice: str) -> None:
    found = cells.read_penalty_kinds(text)
    assert isinstance(found, Fault)
    assert advice in found.rule
