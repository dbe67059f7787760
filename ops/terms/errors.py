"""Errors as they are told: in Chinese by `errors.toml`, in English in their own words."""

from __future__ import annotations

import errno
import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from events.errors import LedgerError
from ops.terms.terms import Language, Terms
from projections.http.asking.forms import UnfitError
from projections.http.words import Words

if TYPE_CHECKING:
    from collections.abc import Mapping


class DictionaryError(LedgerError):
    """An error whose every sentence stands in the dictionary, in both languages."""

    def told(self, terms: Terms) -> str:
        """Tell it."""
        raise NotImplementedError


OWN_WORDS: Final = "words"
"""In a Chinese sentence the place of what the error says in English, as where it names a file."""


@cache
def chinese_errors() -> Mapping[str, str]:
    """Read the Chinese sentence of each error, by the name of its class."""
    text = (files("ops.terms") / "errors.toml").read_text(encoding="utf-8")
    found: dict[str, str] = tomllib.loads(text)["error"]
    return found


def error_told(error: LedgerError, terms: Terms) -> str:
    """Tell an error in a language; in Chinese also one that knows only English, by its kind."""
    if isinstance(error, DictionaryError):
        return error.told(terms)
    if isinstance(error, UnfitError):
        said = [words_told(each, terms) for each in (error.rule, error.do) if each is not None]
        return terms.say("semicolon").join(said)
    if terms.language is Language.EN:
        return str(error)
    kinds = (kind.__name__ for kind in type(error).__mro__)
    told = next((each for kind in kinds if (each := chinese_errors().get(kind))), None)
    return str(error) if told is None else told.format(**{OWN_WORDS: str(error)} | error.said)


_OF_FILES: Final = {
    errno.ENOENT: "not_there",
    errno.EACCES: "forbidden",
    errno.EPERM: "forbidden",
    errno.EISDIR: "is_folder",
    errno.ENOTDIR: "no_folder",
    errno.EEXIST: "exists",
    errno.ENOSPC: "disk_full",
    errno.EROFS: "read_only",
}


def file_fault_code(error: OSError) -> str:
    """Give the term of `file_fault` that says why the system could not use a file.

    `unreadable` where there is none: it is told as the system tells it, in English.
    """
    return _OF_FILES.get(error.errno or 0, "unreadable")


def words_told(words: Words, terms: Terms) -> str:
    """Give what is said in both languages in one."""
    return words.zh if terms.language is Language.ZH else words.en


def error_words(error: LedgerError) -> Words:
    """Give an error in both languages."""
    return Words(*(error_told(error, Terms(each)) for each in (Language.EN, Language.ZH)))
