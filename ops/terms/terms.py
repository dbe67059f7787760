"""The words in which people are told, in Chinese or English: the dictionaries beside this file."""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final, Protocol

import tomli

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Language(StrEnum):
    """A language that profiles are told in."""

    ZH = "zh"
    EN = "en"


class Named(Protocol):
    """A row of the rules that has a name in both languages."""

    @property
    def name_zh(self) -> str:
        """The name in Chinese."""

    @property
    def name_en(self) -> str:
        """The name in English."""


@cache
def all_terms() -> Mapping[str, Mapping[str, list[str]]]:
    """Read every term: group, code, and its Chinese and English. No group stands in two files."""
    groups: dict[str, Mapping[str, list[str]]] = {}
    for file in ("terms", "demo", "operators", "pages", "vocabulary"):
        twice = groups.keys() & _read(file).keys()
        if twice:
            raise ValueError(f"{file}.toml: another file has the groups {sorted(twice)}")
        groups |= _read(file)
    del groups[_NAMES]
    return groups


@cache
def field_names() -> Mapping[str, str]:
    """Read the Chinese name of every field."""
    found: dict[str, str] = _read("vocabulary")[_NAMES]
    return found


def code_words(name: str) -> Mapping[str, list[str]] | None:
    """Give the words of a list of codes of the vocabulary; None of one that it lacks."""
    return _read("vocabulary").get(name) if name[:1].isupper() else None


@cache
def _read(name: str) -> dict[str, Any]:
    return tomli.loads((files("ops.terms") / f"{name}.toml").read_text(encoding="utf-8"))


_NAMES: Final = "names"


class _Written(str):
    """A value in its place: `{count:line|lines}` is one word of 1, another of any other number."""

    __slots__ = ()

    def __format__(self, form: str) -> str:
        one, is_counted, many = form.partition("|")
        if not is_counted:
            return super().__format__(form)
        return one if self == "1" else many


class Terms:
    """The terms of one language; what has none is written as its code."""

    def __init__(self, language: Language) -> None:
        """Take the language."""
        self.language = language
        self._place = 0 if language is Language.ZH else 1

    def of(self, group: str, code: str) -> str:
        """Give the term of a code."""
        found = all_terms()[group].get(code)
        return code if found is None else found[self._place]

    def say(self, text: str, group: str = "text", /, **values: object) -> str:
        """Give a sentence with its places filled; what is None in it is said to be unknown."""
        said = all_terms()[group][text][self._place]
        if not values and "{" not in said:
            return said
        return said.format(**{name: _Written(self.known(each)) for name, each in values.items()})

    def word(self, words: Mapping[str, Sequence[str]], code: str) -> str:
        """Give the word of a code list of the dictionary; of a code that it lacks, the code."""
        found = words.get(code)
        return code if found is None else found[self._place]

    def known(self, value: object) -> str:
        """Write a value; None is unknown."""
        return self.say("unknown") if value is None else str(value)

    def yuan(self, fen: int | None) -> str:
        """Write an amount with its unit: 1,000,630.94 yuan; None is unknown."""
        if fen is None:
            return self.say("unknown")
        sign, whole = ("-" if fen < 0 else ""), abs(fen)
        return self.say("yuan", amount=f"{sign}{whole // 100:,}.{whole % 100:02d}")

    def name(self, row: Named | None, code: str) -> str:
        """Give the name of a row of the rules; of one that they lack, its code."""
        if row is None:
            return code
        return row.name_zh if self.language is Language.ZH else row.name_en

    def joined_path(self, steps: Sequence[str]) -> str:
        """Name a field by the names of the steps that lead to it."""
        return " › ".join(steps)

    def percent(self, per_mille: int) -> str:
        """Write a share of a thousand as people read it."""
        whole, rest = divmod(per_mille, 10)
        return f"{whole:,}.{rest}%" if rest else f"{whole:,}%"

    def joined(self, parts: Sequence[str]) -> str:
        """Join the parts of an enumeration."""
        return self.say("and").join(parts)

    def sentence(self, parts: Sequence[str]) -> str:
        """Join phrases into one sentence; in English it begins with a capital letter."""
        text = self.say("semicolon").join(part for part in parts if part)
        if self.language is Language.EN:
            text = text[:1].upper() + text[1:]
        return text + self.say("full_stop") if text else ""
