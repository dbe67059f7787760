"""The one form of every number that names a document, a case, a licence or a batch.

The same number is written in many ways: `〔2026〕`, `[2026]`, `（2026）`, in full width, with 第
or with what a PDF or a web page leaves between its characters. Which is right is settled by GB/T
9704-2012, 7.2.5 (the year in 〔〕, the running number without 第, and with 号), and of a court's
case by 法〔2015〕137号 (the year in round brackets, and first). `number_key` gives that form, so:

- what is written rightly is its own key, and the ids that were ever derived from it stay;
- **admission keeps the writing as given** (without blanks and what nobody sees): an official has to
  find it on the paper. It derives the id from the key, so that another writing of a decision is a
  repeat of it, or says something else and is a conflict; a second penalty it is never;
- what stood on a ledger before with an id of its own keeps it. The fold compares and joins numbers
  by their key, whatever their ids.

Left apart is what may well name two things: upper and lower case, noughts before a running number
(the same clause forbids `007号`, but it is widely used, and ids rest on it), and a year without
brackets or in another place.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

from events.characters import as_seen, plain

_OPENING: Final = "([{〔【〖〘〚〈《「『⦅⟦⟨⟪⟬❨❪❬❮❰❲❴"
_CLOSING: Final = ")]}〕】〗〙〛〉》」』⦆⟧⟩⟫⟭❩❫❭❯❱❳❵"
_DASHES: Final = "‐‑‒–—―−⸺⸻〜~"
_MARKS: Final = str.maketrans(
    _OPENING + _CLOSING + _DASHES,
    "(" * len(_OPENING) + ")" * len(_CLOSING) + "-" * len(_DASHES),
)
_SETTLED: Final = re.compile(
    r"[一-笫笭-龥A-Za-z0-9]*〔[0-9]{4}〕[0-9]+号|（[0-9]{4}）[一-笫笭-龥A-Za-z0-9]*[0-9]+号|[一-笫笭-龥A-Za-z0-9-]*"
)
"""What is its own key, as nearly every number is; 第 (between 笫 and 笭) needs a closer look."""

_KEPT_MAX: Final = 8_192
"""A number is asked for several times for each event, a licence's after each of its holder."""

_FIRST_YEAR: Final = re.compile(r"^\(([0-9]{4})\)")
_YEAR: Final = re.compile(r"\(([0-9]{4})\)")
_ORDINAL: Final = re.compile(r"第(?=[第0-9]*[0-9]号)|(?<=〕)第+(?=[0-9]+$)")
_NO_UNIT: Final = re.compile(r"(?<=〕)[0-9]+$")


def written_number(text: str) -> str:
    """Give a number as it was written, without blanks and without what nobody sees."""
    return "".join(as_seen(text).split())


@lru_cache(maxsize=_KEPT_MAX)
def number_key(text: str) -> str:
    """Give the form by which numbers are compared, the same for every writing of one number."""
    if _SETTLED.fullmatch(text) is not None:
        return text
    number = "".join(c for c in plain(text) if not _is_blank(c)).translate(_MARKS)
    number = _YEAR.sub(r"〔\1〕", _FIRST_YEAR.sub(r"（\1）", number))
    number = number.replace("(", "（").replace(")", "）")
    return _NO_UNIT.sub(lambda match: f"{match[0]}号", _ORDINAL.sub("", number))


def same_number(one: str | None, other: str | None) -> bool:
    """Say whether two numbers are one, in whatever writing; an unknown one is no other."""
    if one is None or other is None:
        return False
    return one == other or number_key(one) == number_key(other)


def _is_blank(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) in ("Cc", "Cf")
