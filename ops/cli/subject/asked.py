"""What the questions about one subject share: asked of the database, counted, refused where none."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar

import typer

from events.envelope import Platform
from events.errors import LedgerError
from events.rules.access import Gives, View
from ops.cli.access.door import door
from ops.cli.terminal import count_question
from ops.doors.asking import AnswerT, QuestionRefusedError
from ops.terms.language import language
from ops.terms.terms import Language
from projections.access.asker import RefusalCode, Wanted

if TYPE_CHECKING:
    from psycopg import Connection

    from projections.access.asker import AccessPermit

ToldIn = Annotated[
    Language | None,
    typer.Option(
        help="The language to tell people in; default: CREDIT_LEDGER_LANGUAGE, or the terminal's."
    ),
]
DisclosedT = TypeVar("DisclosedT")

WHOLE: Final = frozenset({View.OWN, View.WHOLE})
"""Views that hold all that is known of a subject."""


def told_in(wanted: Language | None) -> Language:
    """Give the language that was asked for, or else that of the setting or the terminal."""
    return wanted or language()


class NothingKnownError(LedgerError):
    """Nothing was ever recorded of this subject."""


def answered(
    kind: str,
    gives: Gives,
    query: Callable[..., AnswerT | None],
    platform: Platform,
    subject_id: str,
    *arguments: Any,
    in_view: Callable[[Connection[Any], AccessPermit], DisclosedT | None] | None = None,
    **options: Any,
) -> AnswerT | DisclosedT:
    """Ask of a subject through the door, and count the question.

    `in_view` answers whoever is not given the whole. Refuses where nothing was ever recorded of
    the subject, or nothing is in the view.
    """

    def answer(permit: AccessPermit) -> AnswerT | DisclosedT:
        if in_view is not None and permit.view not in WHOLE:
            shown = in_view(through.connection, permit)
            if shown is None:
                raise QuestionRefusedError(RefusalCode.NOTHING_PUBLIC, permit.rule)
            return shown
        found = query(through.connection, platform, subject_id, *arguments, **options)
        if found is None:
            raise NothingKnownError(
                f"nothing was ever recorded of {subject_id}", subject=subject_id
            )
        return found

    with door(kind) as through:
        wanted = Wanted(gives=gives, platform=platform, subject=subject_id)
        given = through.ask(wanted, answer)
        count_question(through.connection, platform, kind)
    return given
