"""An identity number is found in any writing, and no other number is taken for one."""

from __future__ import annotations

import csv
import re
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.identifiers import credit_code_problem, identity_number
from events.persons import (
    has_identity_number,
    has_many_digits,
    may_hold_identity_number,
    names_person_beside_card,
    uuid_has_many_digits,
)

DATA = Path(__file__).parents[2] / "data"
NUMBER = "330106190001010017"
TODAY = date(2026, 11, 28)


def facts() -> list[str]:
    with (DATA / "writings" / "identity_numbers.csv").open(
        encoding="utf-8-sig", newline=""
    ) as file:
        return [row["违法事实"] for row in csv.DictReader(file)]


@pytest.mark.parametrize("text", facts(), ids=ascii)
def test_every_writing_of_an_identity_number_is_found(text: str) -> None:
    assert has_identity_number(text, today=TODAY)
    assert may_hold_identity_number(text)


def test_all_thirteen_are_looked_at() -> None:
    assert len(set(facts())) == 13


FILLERS = ["", " ", "-", "\u200b", "\u00ad", "\u3000", "\n", "–", "·", "\u2060", "\ufe0f", "\u202d"]


@given(
    st.integers(0, 27_000),
    st.integers(0, 999),
    st.lists(st.sampled_from(FILLERS), min_size=17, max_size=17),
    st.sampled_from(["", "sfz", "证号", "（", "2026-05-08 "]),
    st.booleans(),
)
def test_a_number_is_found_whatever_stands_between_its_digits(
    day: int,
    serial: int,
    fillers: list[str],
    before: str,
    full_width: bool,  # noqa: FBT001 - a column
) -> None:
    born = date.fromordinal(date(1950, 1, 1).toordinal() + day)
    number = identity_number(f"330106{born:%Y%m%d}{serial:03}")
    if credit_code_problem(number) is None:
        return
    if full_width:
        number = number.translate({n: n + 0xFEE0 for n in range(0x30, 0x5B)})
    text = before + "".join(a + b for a, b in zip(number, [*fillers, ""], strict=True))

    assert has_identity_number(f"某事实{text}，处罚款", today=TODAY), ascii(text)


ELEVEN_DIGITS = re.compile(r"[0-9０-９](?:[\W_OoОоΟο〇○IlⅠⅼ|]{0,8}[0-9０-９]){10}")
SOME = ["1", "12", "9" * 9, "９９", "Ol", "a", "界", " ", "-", " \n· ", "－" * 8, "-" * 9]


@given(st.lists(st.sampled_from(SOME), max_size=24).map("".join))
def test_the_quick_look_finds_any_eleven_digits_that_stand_close_together(text: str) -> None:
    assert has_many_digits(text) is (ELEVEN_DIGITS.search(text) is not None)


@given(st.text("0123456789" * 3 + "abcdef", min_size=32, max_size=32))
def test_fifteen_digits_of_a_uuid_are_never_overlooked(digits: str) -> None:
    text = str(UUID(digits))
    holds_fifteen = re.search(r"[0-9](?:-?[0-9]){14}", text) is not None

    assert uuid_has_many_digits(text) >= holds_fifteen
    assert uuid_has_many_digits("aaaaaaaa-aaaa-5aaa-a123-123456789012")
    assert not uuid_has_many_digits("123456ab-1234-5678-8abc-123456789012")


def test_digits_stand_close_together_with_up_to_eight_characters_between() -> None:
    assert has_many_digits(f"1{' ' * 8}" * 11)
    assert not has_many_digits(f"11111{' ' * 9}111111")


@pytest.mark.parametrize(
    "text",
    [
        "身份证330106190001010018",
        "公民身份号码：330106199913450017",
        "身份证号码 330106 800101 001",
        "330106800101001系其身份证号",
        "O30106190001010017 330106l90001010017",
    ],
)
def test_beside_a_card_the_shape_is_enough_and_letters_stand_for_digits(text: str) -> None:
    assert has_identity_number(text, today=TODAY)


def real_codes() -> list[str]:
    return (DATA / "peer-stdnum" / "uscc_valid.txt").read_text("utf-8").split()


def test_no_real_credit_code_is_taken_for_a_person() -> None:
    codes = real_codes()

    assert len(codes) == 100
    assert [c for c in codes if has_identity_number(f"统一社会信用代码：{c}。", today=TODAY)] == []
    assert [c for c in codes if has_identity_number(" ".join(c), today=TODAY)] == []


def test_no_text_of_real_decisions_is_taken_for_a_person() -> None:
    observed = DATA.parents[1] / "ops" / "demo" / "data" / "decision_events.jsonl"
    lines = observed.read_text("utf-8").splitlines()

    assert len(lines) == 439
    assert [x for x in lines if has_identity_number(x, today=TODAY)] == []
    assert [x for x in lines if names_person_beside_card(x)] == []


@pytest.mark.parametrize(
    "text",
    [
        "电话 0571-87051234、13800001111、13900002222",
        "食品经营许可证 JY13301060012345，生产许可证 SC10633010600123",
        "罚款 123,456,789,012.00 元，没收 987,654,321.50 元",
        "2026-01-01 至 2026-12-31，2027-01-01 起",
        "注册号 330100000012345",
        "12330000470009099N",
        "账号 6222021202041234567",
        "50752215-cef7-5fef-aa7a-c03229cd2a7d",
        "330106190001010018",
        "（2026）浙0106民初12号 杭市监罚〔2026〕101号",
        "",
        "1" * 18,
        "0" * 60_000,
    ],
)
def test_other_numbers_are_no_persons(text: str) -> None:
    assert not has_identity_number(text, today=TODAY)


def test_a_permit_numbered_by_its_day_is_no_person_in_the_field_of_a_number() -> None:
    """18 digits: the division, the day, a serial. One in eleven passes for a child's number."""
    permit = next(n for i in range(100) if (n := f"3301062026011501{i:02}") and may_be_child(n))

    assert not has_identity_number(permit, today=TODAY, is_number=True)
    assert has_identity_number(NUMBER, today=TODAY, is_number=True)


def may_be_child(number: str) -> bool:
    return has_identity_number(number, today=TODAY)


def test_a_day_to_come_is_nobodys_birth() -> None:
    number = identity_number("33010620990101001")

    assert not has_identity_number(number, today=TODAY)
    assert has_identity_number(number)


def test_a_slip_of_the_check_digit_is_not_shown_but_is_not_sure() -> None:
    assert may_hold_identity_number("330106190001010018")
    assert not has_identity_number("330106190001010018", today=TODAY)
    assert not may_hold_identity_number("91330106MA2B0Q1234")


@pytest.mark.parametrize(
    "text",
    [
        "当事人张三，身份证号：略",
        "法定代表人：王小明（身份证号已隐去）",
        "欧阳锋，男，汉族，住杭州，公民身份号码略",
        "经查，李四（身份证号码见卷）从事经营活动",
        "驾驶员陈大文身份证复印件",
    ],
)
def test_a_name_beside_an_identity_card_is_found(text: str) -> None:
    assert names_person_beside_card(text)


@pytest.mark.parametrize(
    "text",
    [
        "未按规定查验旅客身份证件",
        "冒用他人身份证办理登记",
        "工作人员查验身份证",
        "未登记身份证号、时间、方式",
        "扣押劳动者居民身份证",
        "提供姓名、金额、身份证号",
        "当事人身份证号已隐去",
        "样例有限公司未核对公民身份号码",
        "杭州市场监督管理局",
        "",
    ],
)
def test_words_about_identity_cards_name_nobody(text: str) -> None:
    assert not names_person_beside_card(text)
