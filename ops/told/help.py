"""What `--help` says, in the language of whoever is at the terminal.

Verbs and options say in English, where they are defined, what they are for. A Chinese terminal is
told the same by `ops/terms/help.toml`, paragraph by paragraph; what that lacks stays English, and
a test finds it (`tests/test_documents.py`).
"""

from __future__ import annotations

import inspect
import re
import tomllib
from contextlib import ExitStack, contextmanager
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from rich import _wrap
from rich.text import Text
from typer import rich_utils

from ops.terms.terms import Language

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_EMPTY_LINE: Final = re.compile(r"\n\s*\n")
_OPENING, _IDEOGRAPH, _CLOSING = "（《“", "\u3400-\u9fff", "，。、；：！？）》”"
_WORD: Final = re.compile(
    rf"\s*(?:[{_OPENING}]*(?:[{_IDEOGRAPH}]|[^\s{_IDEOGRAPH}{_OPENING}]+)[{_CLOSING}]*|\S)\s*"
)
"""What is not parted at the end of a line: an ideograph with its signs, or a word of other letters.

Rich knows spaces alone, and cuts off what has none.
"""
_USAGE: Final = ("Usage:", "用法：")


@cache
def help_words() -> Mapping[str, Mapping[str, str]]:
    """Read the Chinese of every paragraph (`help`), and of the frame around them (`frame`)."""
    text = (files("ops.terms") / "help.toml").read_text(encoding="utf-8")
    found: dict[str, dict[str, str]] = tomllib.loads(text)
    return found


def paragraphs(text: str) -> list[str]:
    """Give the paragraphs of a help text, each as one line."""
    return [" ".join(each.split()) for each in _EMPTY_LINE.split(inspect.cleandoc(text)) if each]


def in_chinese(text: str) -> str:
    """Give a help text in Chinese, paragraph by paragraph."""
    words = help_words()["help"]
    return "\n\n".join(words.get(each, each) for each in paragraphs(text))


@contextmanager
def telling(command: Any, context: Any, language: Language) -> Iterator[None]:
    """Let a command's help, and what it shows of the commands below, speak a language meanwhile."""
    with ExitStack() as told:
        if language is Language.ZH:
            for each in (command, *command.get_params(context), *_below(command, context)):
                if getattr(each, "help", None):
                    told.enter_context(_being(each, "help", in_chinese(each.help)))
            for name, words in help_words()["frame"].items():
                told.enter_context(_being(rich_utils, name, words))
            told.enter_context(_being(_wrap, "re_word", _WORD))
            told.enter_context(_being(Text, "rstrip_end", _strip_end))
            usage = command.get_usage(context).replace(*_USAGE, 1)
            told.enter_context(_being(command, "get_usage", lambda _: usage))
        yield


def _strip_end(line: Text, size: int) -> None:
    """Take blanks off the end of a line that is too wide: Rich asks how many letters it has."""
    while line.cell_len > size and line.plain[-1:].isspace():
        line.right_crop(1)


def _below(command: Any, context: Any) -> list[Any]:
    names = command.list_commands(context) if hasattr(command, "list_commands") else []
    return [command.get_command(context, name) for name in names]


@contextmanager
def _being(what: Any, attribute: str, value: object) -> Iterator[None]:
    before = getattr(what, attribute)
    setattr(what, attribute, value)
    try:
        yield
    finally:
        setattr(what, attribute, before)
