"""What characters say: one character in its several writings, and those that nobody can see.

Texts come from PDF files, web pages and spreadsheets of twenty years. The same word then has many
spellings that look alike, and two that look unlike may be the same to a reader's eye only.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_UNSEEN_CLASS: Final = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2060-\u2065\u206a-\u206f"
    "\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_TURNING_CLASS: Final = "\u202a-\u202e\u2066-\u2069"
UNSEEN: Final = re.compile(f"[{_UNSEEN_CLASS}]+")
"""Characters that show nothing: soft hyphen, zero width, byte order mark, variation selectors.

Unicode's default ignorable and format characters, but those of `TURNING`, and the empty Braille
pattern. What they do in other scripts (joining letters) no name in a register of China needs.
"""

TURNING: Final = re.compile(f"[{_TURNING_CLASS}]")
"""Embeddings, overrides and isolates: they show a text in another order than it is written in."""

# CJK Radicals Supplement, which text taken out of a PDF is full of: to the ideograph of the same
# form (Equivalent_Unified_Ideograph, Unicode 14). NFKC knows only the Kangxi radicals.
_RADICALS: Final = (
    "⺁⺂⺃⺄⺅⺆⺇⺈⺉⺊⺋⺌⺍⺎⺏⺐⺑⺒⺓⺔⺕⺖⺗⺘⺙⺛⺜⺝⺞⺠⺡⺢⺣⺤⺥⺦⺧⺨"
    "⺩⺪⺫⺬⺭⺮⺯⺰⺱⺲⺳⺴⺵⺶⺷⺸⺹⺺⺻⺼⺽⺾⺿⻀⻁⻂⻃⻄⻅⻆⻇⻈⻉⻊⻋⻌⻍⻎"
    "⻏⻐⻑⻒⻓⻔⻕⻖⻗⻘⻙⻚⻛⻜⻝⻞⻟⻠⻡⻢⻣⻤⻥⻦⻧⻨⻩⻪⻫⻬⻭⻮⻯⻰⻱⻲"
)
_IDEOGRAPHS: Final = (
    "厂乛乚乙亻冂𠘨刀刂卜㔾小小兀尣尢𡯂巳幺彑彐忄心扌攵旡日月歺民氵氺灬爫爫丬牛犭"
    "王𤴔目示礻𥫗糹纟罓罒㓁冗𦉫羊𦍌𦍋耂肀聿肉𦥑艹艹艹虎衤覀西见角𧢲讠贝𧾷车辶辶辶"
    "邑钅長镸长门𨸏阝雨青韦页风飞食𩙿飠饣𩠐马骨鬼鱼鸟卤麦黄黾斉齐歯齿竜龙龜亀"
)

# The 24 characters for which GB 18030 of 2005 had private codes only; that of 2022 has the codes
# that Unicode has given them meanwhile.
_PRIVATE: Final = (
    *range(0xE78D, 0xE797),
    *(0xE816, 0xE817, 0xE818, 0xE81E, 0xE826, 0xE82B, 0xE82C),
    *(0xE831, 0xE832, 0xE83B, 0xE843, 0xE854, 0xE855, 0xE864),
)
_ASSIGNED: Final = (
    *(0xFE10, 0xFE12, 0xFE11, *range(0xFE13, 0xFE1A)),
    *(0x20087, 0x20089, 0x200CC, 0x9FB4, 0x9FB5, 0x9FB6, 0x9FB7),
    *(0x215D7, 0x9FB8, 0x2298F, 0x9FB9, 0x9FBA, 0x241FE, 0x9FBB),
)
_BY_ASSIGNED: Final = dict(zip(_PRIVATE, map(chr, _ASSIGNED), strict=True))
_ANY_PRIVATE: Final = re.compile("[\ue78d-\ue864]")
_HIDDEN: Final = re.compile(f"[{_UNSEEN_CLASS}\ue78d-\ue864]")
_ODD: Final = re.compile(f"[{_UNSEEN_CLASS}{_TURNING_CLASS}\ue78d-\ue864\u2e80-\u2eff]")
"""What `as_seen` and `plain` look for first: nearly every text holds none of it."""
_WIDE: Final = "（），：；"
_HALF: Final = "(),:;"
_USUAL: Final = re.compile(f"[\t\n -~·—–“”‘’、。《》〔〕【】〇一-龥{_WIDE}]*")
"""Of this most texts are alone: `plain` changes the width of marks in it, and nothing else."""
_BY_IDEOGRAPH: Final = _BY_ASSIGNED | str.maketrans(_RADICALS, _IDEOGRAPHS)


def assigned(text: str) -> str:
    """Give a text with the private codes of GB 18030 of 2005 replaced by those of 2022."""
    if text.isascii() or _ANY_PRIVATE.search(text) is None:
        return text  # As nearly every file: to look through one takes a fraction of translating it.
    return text.translate(_BY_ASSIGNED)


def as_seen(text: str) -> str:
    """Give a text as its reader sees it: without what shows nothing, in assigned characters."""
    if text.isascii() or _HIDDEN.search(text) is None:
        return text
    return UNSEEN.sub("", text.translate(_BY_ASSIGNED))


def plain(text: str) -> str:
    """Give the form in which texts are compared and searched, whatever they were written with.

    Half width, compatibility forms and radicals as the characters that they stand for, nothing
    unseen, nothing that turns the direction. It is never shown: it may lose what a writer meant.
    """
    if text.isascii():
        return text
    if _USUAL.fullmatch(text) is not None:
        for wide, half in zip(_WIDE, _HALF, strict=True):
            text = text.replace(wide, half)
        return text
    if _ODD.search(text) is not None:
        text = TURNING.sub("", UNSEEN.sub("", text.translate(_BY_IDEOGRAPH)))
    # Some compatibility forms hold an unseen character themselves (the half-width filler).
    normal = unicodedata.normalize("NFKC", text)
    return normal if normal == text else UNSEEN.sub("", normal)


_FORMULA: Final = frozenset((*"=+-@", *"＝＋－＠", "\t", "\r", "\n"))
"""What table programs begin a formula at; some take it in full width, too."""


def unharmed(cell: str) -> str:
    """Keep a text from being taken for a formula by the table program that opens it."""
    return f"'{cell}" if cell[:1] in _FORMULA else cell
