"""What in a text is of a person: a resident identity number in any writing, a name beside a card.

A number is sure by its date of birth and its check digit, whatever stands between its digits:
blanks, hyphens, line breaks, what nobody sees, letters that look like digits. The first form of 15
digits has no check digit: there date and province must hold, and no other kind of number of 15
digits may. Beside a word such as 身份证 the shape alone is enough. A credit code is never one, nor
is, as the number of a document, one that holds a day of late years: permits are numbered so.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from events.characters import plain
from events.identifiers import (
    IdentifierProblem,
    credit_code_problem,
    identity_number_problem,
    registration_number_problem,
    tax_number_problem,
    upgraded_identity_number,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_ZERO: Final = "OoОоΟο〇○"
_ONE: Final = "IlⅠⅼ|"
_TEN: Final = "xXхХχΧ×"
_ALIKE: Final = str.maketrans(_ZERO + _ONE + _TEN, "0" * 8 + "1" * 5 + "X" * 7)
_GAP: Final = r"[\s\-._·‐-―−]{0,4}"
_DIGIT: Final = rf"[0-9{_ZERO}{_ONE}]"
_MANY_DIGITS: Final = re.compile(r"\d(?<!\d\d)" + rf"[\W_{_ZERO}{_ONE}]{{0,8}}+\d" * 10)
"""A quick look at a text as it came: what has no eleven digits close together holds no number.

It begins at the first digit of a run, gives nothing back, and is written out ten times: so a look
at a text full of codes takes half as long. What begins at a later digit begins at the first, too.
"""
_MANY_DIGITS_OF_UUID: Final = re.compile("[0-9-]{16}")
"""Of its parts none has more than twelve: among the fifteen of a number there is a hyphen."""

_RUN: Final = re.compile(rf"[0-9](?:{_GAP}{_DIGIT}){{13,}}(?:{_GAP}[0-9{_TEN}{_ZERO}{_ONE}])")
_COUNTED: Final = frozenset(f"0123456789{_ZERO}{_ONE}{_TEN}")
_DIGITS: Final = frozenset("0123456789")

_CARD: Final = re.compile("身份证|身份号|身份号码|公民身份|居民身份|证件号")
_CARD_BEFORE: Final = 16
_CARD_AFTER: Final = 10
_PROVINCES: Final = frozenset(
    [
        *("11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37"),
        *("41", "42", "43", "44", "45", "46", "50", "51", "52", "53", "54"),
        *("61", "62", "63", "64", "65", "71", "81", "82", "83", "91"),
    ]
)
_LENGTH: Final = 18
_OLD_LENGTH: Final = 15
_LEGAL_AGE: Final = timedelta(days=14 * 366)
"""Nobody below fourteen is punished (行政处罚法, 2021, art. 30), so no record is about one."""


class _Candidate(NamedTuple):
    """What has the shape of a number; whether there are gaps in it, and a card is named by it."""

    number: str
    has_gaps: bool
    is_beside_card: bool

    def is_sure(self, today: date | None, youngest: timedelta) -> bool:
        """Say whether it is a person's number, born by a day, and so old."""
        if _is_credit_code(self.number):
            return False
        if self.is_beside_card:
            return True
        if self.problem is not None or (self.is_old_form and self.is_doubtful):
            return False
        return today is None or _born(self.number) <= today - youngest

    def may_be(self) -> bool:
        """Say whether it is or, but for a slip, would be a person's number."""
        if self.is_beside_card or _is_credit_code(self.number):
            return self.is_beside_card and not _is_credit_code(self.number)
        if self.is_old_form:
            return self.problem is None and not self.is_doubtful
        return self.problem in (None, IdentifierProblem.CHECK_DIGIT_WRONG)

    @property
    def problem(self) -> IdentifierProblem | None:
        """Give what is wrong with it as a person's number."""
        if self.number[:2] not in _PROVINCES:
            return IdentifierProblem.CHARACTER_NOT_ALLOWED
        return identity_number_problem(self.number)

    @property
    def is_old_form(self) -> bool:
        """Say whether it has 15 digits, and so no check digit of its own."""
        return len(self.number) == _OLD_LENGTH

    @property
    def is_doubtful(self) -> bool:
        """Say whether 15 digits may be several numbers, or one of a register or tax office."""
        return (
            self.has_gaps
            or not self.number.isdecimal()
            or registration_number_problem(self.number) is None
            or tax_number_problem(self.number) is None
        )


def has_identity_number(text: str, *, today: date | None = None, is_number: bool = False) -> bool:
    """Say whether a text surely holds a resident identity number (公民身份号码).

    `is_number`: the text is the number of a document, which may hold a recent day itself.
    """
    if not has_many_digits(text):
        return False
    youngest = _LEGAL_AGE if is_number else timedelta()
    return any(each.is_sure(today, youngest) for each in _candidates(plain(text)))


def has_many_digits(text: str) -> bool:
    """Say whether so many digits stand close together that some may be an identity number's."""
    return _MANY_DIGITS.search(text) is not None


def uuid_has_many_digits(text: str) -> bool:
    """Say likewise of a UUID in its one form, in a fraction of the time."""
    return _MANY_DIGITS_OF_UUID.search(text) is not None


def may_hold_identity_number(text: str) -> bool:
    """Say whether a text holds what looks like one, also with a wrong check digit."""
    if not has_many_digits(text):
        return False
    return any(each.may_be() for each in _candidates(plain(text)))


def _candidates(text: str) -> Iterator[_Candidate]:
    """Give what has 18 or 15 digits, from where digits begin to where they end."""
    names_card = _CARD.search(text) is not None
    for run in _RUN.finditer(text):
        places = [at for at in range(run.start(), run.end()) if text[at] in _COUNTED]
        digits = "".join([text[at] for at in places]).translate(_ALIKE)
        for first, at in enumerate(places):
            if text[at] not in _DIGITS or (at and text[at - 1] in _DIGITS):
                continue
            for length in (_LENGTH, _OLD_LENGTH):
                last = places[first + length - 1] if first + length <= len(places) else None
                if last is None or text[last + 1 : last + 2] in _DIGITS:
                    continue
                has_gaps = last - at >= length
                if has_gaps and length == _OLD_LENGTH and not names_card:
                    continue  # These may be several numbers, and nothing says that they are one.
                yield _Candidate(
                    digits[first : first + length],
                    has_gaps=has_gaps,
                    is_beside_card=names_card and _is_beside_card(text, at, last),
                )


def _is_beside_card(text: str, first: int, last: int) -> bool:
    before = text[max(0, first - _CARD_BEFORE) : first]
    return _CARD.search(f"{before} {text[last + 1 : last + 1 + _CARD_AFTER]}") is not None


def _born(number: str) -> date:
    full = upgraded_identity_number(number)
    return date(int(full[6:10]), int(full[10:12]), int(full[12:14]))


def _is_credit_code(number: str) -> bool:
    # Of persons' numbers one in 341 passes both checks too, but has no province at that place.
    return number[2:4] in _PROVINCES and credit_code_problem(number) is None


# Names --------------------------------------------------------------------------------------------

_SURNAMES: Final = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡"
    "贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷"
    "钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂丛焦向柳邢路"
    "岳齐梅莫庄辛管祝左涂谷祁耿牟卜路詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫屈鲍位覃霍翁隋植甘"
    "景薄单包司柏宁柯阮桂闵欧解强柴华"
)
_NO_NAMES: Final = (
    "金额|时间|方式|方法|车辆|单位|余额|高管|房产|安全|万元|任何|任职|相关|项目|包括|文件|成员"
    "|成立|关于|关系|管理|解除|强制|安排|应当|查验|常住|章程|位于|包装|司机|司法|许可|田地|路段|路线|常用"
)
_LABELS: Final = (
    "当事人|法定代表人|代表人|负责人|经营者|投资人|姓名|名叫|驾驶员|员工|业主|股东|申请人"
    "|被执行人|责任人|人员|职工"
)
_TWO_CHARACTERS: Final = "欧阳|司马|诸葛|上官|东方|皇甫|尉迟|令狐"
_NAME: Final = rf"(?!{_NO_NAMES})(?:{_TWO_CHARACTERS}|[{_SURNAMES}])[一-龥]{{1,2}}"
_NAME_BESIDE_CARD: Final = re.compile(
    rf"(?:{_LABELS})[:：为是,，、\s]?{_NAME}[^。;；\n]{{0,12}}?(?:身份证|身份号)"
    rf"|(?:^|[^一-龥]|{_LABELS}){_NAME}[,，、\s]*[男女][,，、\s][^。;；\n]{{0,30}}?(?:身份证|身份号)"
    rf"|(?:^|[^一-龥]){_NAME}[,，、(（:：\s]{{1,2}}(?:公民|居民)?(?:身份证|身份号)",
)


def names_card(text: str) -> bool:
    """Say whether a text may name an identity card: without one no name stands beside it."""
    return "身份" in text


def names_person_beside_card(text: str) -> bool:
    """Say whether a text names somebody beside a word for an identity card (张三，身份证号略).

    By surname and what stands around it; it finds what departments write, and does not pretend to
    know every name.
    """
    if not names_card(text):
        return False
    return _NAME_BESIDE_CARD.search(plain(text)) is not None
