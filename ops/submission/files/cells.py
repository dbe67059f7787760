"""From the text of a cell to a value: amounts, days, kinds of penalty, codes.

Nothing is guessed: what can be read in two ways is refused with advice how to write it.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from functools import lru_cache
from typing import Final, NamedTuple

from events.admission.rejection import RejectionReason
from events.envelope import CHINA
from events.types.penalty import PenaltyKind
from ops.submission.files.columns import wording


class Fault(NamedTuple):
    """What is wrong with a cell: the code of the refusal and the rule in a sentence."""

    code: RejectionReason
    rule: str


class Numeric(str):
    """The text of a cell that a spreadsheet holds as a number."""

    __slots__ = ()


_FORCED_TEXT: Final = re.compile(r'="(.*)"', re.DOTALL)
_BLANKS: Final = " \t\r\n\f\v\u00a0\u3000\u200b\ufeff"


def cleaned(raw: str) -> str:
    """Strip a cell of blanks, of the marks that keep a number a text, and of a null marker."""
    if isinstance(raw, Numeric):
        return raw
    text = raw.strip(_BLANKS)
    if not text:
        return ""
    if text[0] == "=" and (forced := _FORCED_TEXT.fullmatch(text)):
        text = forced[1].strip(_BLANKS)
    if text[:1] == "'" and not text.endswith("'"):
        text = text[1:].lstrip(_BLANKS)
    return "" if len(text) < _MARKER_MAX and _is_null(text) else text


_MARKER_MAX: Final = 12


@lru_cache(maxsize=4096)
def _is_null(text: str) -> bool:
    folded = "".join(unicodedata.normalize("NFKC", text).split()).casefold()
    return not folded or folded in wording().null_markers


# Codes --------------------------------------------------------------------------------------------

_SCIENTIFIC: Final = re.compile(r"[0-9](?:\.[0-9]*)?[eE][+-][0-9]{1,3}|[0-9]\.[0-9]+[eE][0-9]{1,3}")
_AS_TEXT: Final = "a spreadsheet made a number of the code; set the column to text (请设为文本)"


def read_code(text: str) -> str | Fault:
    """Take a code or number as it is written; refuse one that a spreadsheet has rounded."""
    if isinstance(text, Numeric) or _SCIENTIFIC.fullmatch(unicodedata.normalize("NFKC", text)):
        return Fault(RejectionReason.VALUE_NOT_ALLOWED, _AS_TEXT)
    return text


# Amounts ------------------------------------------------------------------------------------------

_AMOUNT: Final = re.compile(
    r"([+-]?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+))(?:\.([0-9]*))?(亿元?|万元?|元|分)?"
)
_FEN_DIGITS: Final = {"fen": 0, "yuan": 2, "wanyuan": 6, "分": 0, "元": 2, "万": 6, "亿": 10}
_UNIT_WORDS: Final = {"fen": "fen (分)", "yuan": "yuan (元)", "wanyuan": "万元"}
_INTEGER_DIGITS_MAX: Final = 15


def read_amount(text: str, unit: str) -> int | Fault:
    """Read an amount exactly, as whole fen.

    `unit` is `fen`, `yuan` or `wanyuan` (10,000 yuan) and says what a bare number counts; a unit
    in the cell goes before it. Less than one fen is refused, never rounded.
    """
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    match = _AMOUNT.fullmatch(plain)
    if match is None:
        rule = f"digits with a decimal point, in {_UNIT_WORDS[unit]}, such as 1.5; no exponent"
        return Fault(RejectionReason.AMOUNT_MALFORMED, rule)
    whole, fraction, written = match[1].replace(",", ""), (match[2] or "").rstrip("0"), match[3]
    if len(whole.lstrip("+-0")) > _INTEGER_DIGITS_MAX:
        return Fault(RejectionReason.AMOUNT_TOO_LARGE, f"at most {_INTEGER_DIGITS_MAX} digits")
    digits = _FEN_DIGITS[written[0] if written else unit]
    if len(fraction) > digits:
        rule = f"no fraction of a fen: at most {digits} decimals here"
        return Fault(RejectionReason.AMOUNT_MALFORMED, rule)
    return int(Decimal(f"{whole}.{fraction}0").scaleb(digits))


# Days ---------------------------------------------------------------------------------------------

_YEAR_FIRST: Final = re.compile(
    r"([0-9]{4})(?:([-/.])([0-9]{1,2})\2|年([0-9]{1,2})月)([0-9]{1,2})日?"
)
_COMPACT: Final = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_YEAR_LAST: Final = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")
_CLOCK: Final = re.compile(r"[ T]*[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?$")
_ZONED: Final = re.compile(
    r"([0-9]{4})[-/]?([0-9]{2})[-/]?([0-9]{2})[ T]?"
    r"([0-9]{2}):?([0-9]{2})(?::?([0-9]{2})(?:\.[0-9]+)?)?"
    r" ?(?:Z|UTC|GMT|(?:UTC|GMT)?\+([0-9]{1,2})(?::?([0-9]{2}))?)",
    re.IGNORECASE,
)
"""A moment with its zone, none west of Greenwich: after a minus may stand a second clock."""
_SINCE_1970: Final = re.compile(r"[0-9]{13}")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SERIAL: Final = re.compile(r"[0-9]{5}(?:\.[0-9]+)?")
_MONTHS: Final = 12


def read_day(text: str) -> date | Fault:
    """Read a calendar day: 2019-02-14, 2019/2/14, 20190214, 2019年2月14日 or 03/29/2018.

    Of a moment it is the day in China: one that names no zone is read as clocks here show it, one
    that does is brought to UTC+8, and 13 digits are milliseconds since 1970 UTC.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    if (match := _ZONED.fullmatch(plain)) or _SINCE_1970.fullmatch(plain):
        return _day_of_moment(plain, match)
    plain = "".join(_CLOCK.sub("", plain).split())
    if match := _YEAR_FIRST.fullmatch(plain):
        return _day(match[1], match[3] or match[4], match[5])
    if match := _COMPACT.fullmatch(plain):
        return _day(match[1], match[2], match[3])
    if match := _YEAR_LAST.fullmatch(plain):
        if match[1] != match[2] and int(match[1]) <= _MONTHS and int(match[2]) <= _MONTHS:
            rule = "day or month first? write the year first, such as 2018-03-29"
            return Fault(RejectionReason.DATE_IMPOSSIBLE, rule)
        return _day(match[3], match[1], match[2])
    if _SERIAL.fullmatch(plain):
        rule = "a spreadsheet's day number; set the column to a date such as 2018-03-29"
        return Fault(RejectionReason.DATE_IMPOSSIBLE, rule)
    return Fault(RejectionReason.DATE_IMPOSSIBLE, "a day such as 2018-03-29 or 2018年3月29日")


def _day_of_moment(text: str, zoned: re.Match[str] | None) -> date | Fault:
    try:
        if zoned is None:
            return (_EPOCH + timedelta(milliseconds=int(text))).astimezone(CHINA).date()
        year, month, day, hour, minute, second, hours, minutes = (
            int(n or 0) for n in zoned.groups()
        )
        zone = timezone(timedelta(hours=hours, minutes=minutes))
        moment = datetime(year, month, day, hour, minute, second, tzinfo=zone)
        return moment.astimezone(CHINA).date()
    except (ValueError, OverflowError):
        return Fault(RejectionReason.DATE_IMPOSSIBLE, "the calendar has no such day")


def _day(year: str, month: str, of_month: str) -> date | Fault:
    try:
        return date(int(year), int(month), int(of_month))
    except ValueError:
        return Fault(RejectionReason.DATE_IMPOSSIBLE, "the calendar has no such day")


def read_end(text: str) -> date | Fault | None:
    """Read the last day of something; 长期 and the like are none."""
    return None if text in wording().open_ended else read_day(text)


# Words --------------------------------------------------------------------------------------------

_WORDS: Final = {
    **dict.fromkeys(("true", "1", "y", "yes", "是"), True),
    **dict.fromkeys(("false", "0", "n", "no", "否"), False),
}


def read_boolean(text: str) -> bool | Fault:
    """Read yes or no."""
    value = _WORDS.get(text.casefold())
    return (
        Fault(RejectionReason.VALUE_NOT_ALLOWED, "是 or 否, true or false")
        if value is None
        else value
    )


_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,18}")
_GROUPED: Final = re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?%?")


def plain_number(text: str) -> str:
    """Take blanks and the commas of thousands out; a comma that parts anything else stays.

    `1,234` is a number as tables write it, `1,5` is none: without its comma it would be ten times
    what was meant.
    """
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    return plain.replace(",", "") if _GROUPED.fullmatch(plain) else plain


def read_integer(text: str) -> int | Fault:
    """Read a whole number."""
    plain = plain_number(text)
    if _INTEGER.fullmatch(plain) is None:
        return Fault(RejectionReason.VALUE_NOT_ALLOWED, "a whole number")
    return int(plain)


# Kinds of penalty ---------------------------------------------------------------------------------

_WEAK: Final = "、, \t\n\u3000"
_STRONG: Final = ";&/+"
_OTHER: Final = "其他"


def read_penalty_kinds(text: str) -> list[PenaltyKind] | Fault:
    """Read 处罚类别: several kinds separated by ; 、 , or &, each once, in the order written.

    After 其他 a free description may follow, up to the next ; or &; known kinds in it count.
    """
    rest = unicodedata.normalize("NFKC", text).strip(_WEAK + _STRONG)
    found: dict[PenaltyKind, None] = {}
    described = False
    while rest:
        word = next((w for w in _phrases() if rest.startswith(w) and _ends(rest, len(w))), None)
        size = len(word) if word else _piece(rest)
        if word:
            found[_phrases()[word]] = None
        elif rest.startswith(_OTHER):
            found[PenaltyKind.OTHER] = None
            described = True
        elif not described:
            return Fault(RejectionReason.VALUE_NOT_ALLOWED, _kinds_rule(rest[:size]))
        tail = rest[size:].lstrip(_WEAK)
        described = described and not tail.startswith(tuple(_STRONG))
        rest = tail.lstrip(_WEAK + _STRONG)
    return list(found)


def _ends(text: str, size: int) -> bool:
    return len(text) == size or text[size] in _WEAK + _STRONG


def _piece(text: str) -> int:
    return next((i for i, c in enumerate(text) if c in _WEAK + _STRONG), len(text))


def _kinds_rule(piece: str) -> str:
    if "或" in piece:
        return "which of the two was it? name one kind"
    return f"each one of: {'、'.join(wording().kinds)}、其他-…"


def _phrases() -> dict[str, PenaltyKind]:
    if not _PHRASES:
        form = wording()
        known = {**form.kinds, **form.kinds_before_2021}
        words = {word: PenaltyKind(symbol) for word, symbol in known.items()}
        words |= {kind.value: kind for kind in PenaltyKind}
        # Longest first, so that a phrase goes before its own beginning.
        _PHRASES.update(sorted(words.items(), key=lambda item: -len(item[0])))
    return _PHRASES


_PHRASES: Final[dict[str, PenaltyKind]] = {}
