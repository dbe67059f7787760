"""Tables that answers are told in: headings in the language of the terminal, cells that fold."""

from __future__ import annotations

from typing import Any

from rich.markup import escape
from rich.table import Column, Table

from ops.terms.language import language
from ops.terms.terms import Language, Terms, all_terms


def table_of(*heads: str, caption: str | None = None) -> Table:
    """Give a table that folds: Chinese has no blanks to break a line at."""
    terms, words = Terms(language()), all_terms()["heading"]
    return Table(
        *(Column(terms.word(words, head), overflow="fold") for head in heads), caption=caption
    )


def names(row: Any) -> str:
    """Give the name of a row: in Chinese where Chinese is spoken, else in both languages."""
    alone = language() is Language.ZH
    return escape(row.name_zh if alone else f"{row.name_zh} {row.name_en}")
