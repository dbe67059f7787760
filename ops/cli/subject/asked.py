"""What the questions about one subject share: asked of the database, counted, refused where none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import typer

from events.envelope import Platform
from events.errors import LedgerError
from ops.cli.terminal import count_question, database
from ops.terms.language import language
from ops.terms.terms import Language

ToldIn = Annotated[
    Language | None,
    typer.Option(
        help="The language to tell people in; default: CREDIT_LEDGER_LANGUAGE, or the terminal's."
    ),
]
AnswerT = TypeVar("AnswerT")


def told_in(wanted: Language | None) -> Language:
    """Give the language that was asked for, or else that of the setting or the terminal."""
    return wanted or language()


class NothingKnownError(LedgerError):
    """Nothing was ever recorded of this subject."""


def answered(
    kind: str,
    query: Callable[..., AnswerT | None],
    platform: Platform,
    subject_id: str,
    *arguments: Any,
    **options: Any,
) -> AnswerT:
    """Ask of a subject and count the question; refuse where nothing was ever recorded of it."""
    with database() as connection:
        answer = query(connection, platform, subject_id, *arguments, **options)
        if answer is not None:
            count_question(connection, platform, kind)
    if answer is None:
        raise NothingKnownError(f"nothing was ever recorded of {subject_id}", subject=subject_id)
    return answer
