"""What the verbs share: the terminal, progress, JSON, and arguments that several of them take.

Every command that answers names the edition of the rulebook that it answered under. It is done once,
as a verb is loaded: a command that a program may ask (`--json`) answers; its text ends with the
edition, and its JSON has it as `edition`, a list beside it as `items`.

What only some verbs need is imported when they do: a verb's help answers in half a second.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import msgspec
import typer
from rich.console import Console

from events.envelope import CHINA, Platform
from events.identifiers import is_person_token
from events.rules.edition import edition
from ops.clock import today
from ops.environment import running_postgres
from ops.terms.language import language
from ops.terms.terms import Terms

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

    from projections.http.asking.forms import Form

T = TypeVar("T")

console = Console()
errors = Console(stderr=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]
SubjectArgument = Annotated[
    str,
    typer.Argument(
        help="The subject: its unified social credit code (lower case, full width and blanks are"
        " mended), or a person's token."
    ),
]


def platform_and_id(subject: str) -> tuple[Platform, str]:
    """Tell whose id it is, and give it normalised; one that cannot be is refused."""
    from projections.http.asking.code_forms import SubjectForm  # noqa: PLC0415 - see above

    token = is_person_token(subject.strip())
    platform = Platform.PERSON if token else Platform.ORGANISATION
    return platform, _read(SubjectForm(), subject, "SUBJECT", platform)


def unfit(code: str, *, hint: str | None = None, **said: object) -> typer.BadParameter:
    """Say in the language of whoever is at the terminal what is wrong with what was typed."""
    return typer.BadParameter(Terms(language()).say(code, "usage", **said), param_hint=hint)


def _read(form: Form[T], text: str, named: str | None, platform: Platform | None = None) -> T:
    """Read a text by the same form as the query service. Raises `typer.BadParameter`."""
    from events.rules.rulebook import load_rulebook  # noqa: PLC0415 - see above
    from ops.terms.errors import error_told  # noqa: PLC0415 - likewise
    from projections.http.asking.forms import (  # noqa: PLC0415 - likewise
        Around,
        UnfitError,
        read_text,
    )

    around = Around(datetime.now(CHINA), load_rulebook(), platform)
    try:
        return read_text(form, text, around)
    except UnfitError as error:
        shown = f"{text[:60]!r}: " if error.shown else ""
        said = shown + error_told(error, Terms(language()))
        raise unfit("text", hint=named, said=said) from None


@contextmanager
def database() -> Iterator[psycopg.Connection[Any]]:
    """Connect to the running database."""
    import psycopg  # noqa: PLC0415 - see above

    with psycopg.connect(running_postgres(), autocommit=True, connect_timeout=5) as found:
        yield found


def count_question(connection: psycopg.Connection[Any], platform: Platform, kind: str) -> None:
    """Count a question that was answered, as the query service does; never of whom."""
    import psycopg  # noqa: PLC0415 - see above

    from projections.store.query_count import (  # noqa: PLC0415 - likewise
        CountedQuery,
        add_queries,
    )

    try:
        add_queries(connection, {CountedQuery(today(), platform, kind): 1})
    except psycopg.errors.UndefinedTable:
        return  # A database of before; `up` makes the table.


def say(text: str) -> None:
    """Tell progress, on standard error so that results can be piped."""
    print(text, file=sys.stderr, flush=True)


def print_json(value: Any) -> None:
    """Print an answer as one JSON document that names the edition, indented for a terminal."""
    data = value if isinstance(value, bytes) else msgspec.json.encode(value, order="sorted")
    print_document(with_edition(data))


def print_published(value: Any) -> None:
    """Print what was published or handed out, under whichever edition, as one JSON document."""
    print_document(msgspec.json.encode(value, order="sorted"))


def print_document(data: bytes) -> None:
    """Print a JSON document as it is, indented for a terminal."""
    if sys.stdout.isatty():
        data = msgspec.json.format(data, indent=2)
    sys.stdout.buffer.write(data + b"\n")
    sys.stdout.flush()


def moment(text: str) -> datetime:
    """Read a moment that has passed; without a zone it is China's. Raises `typer.BadParameter`."""
    from projections.http.asking.time_forms import MomentForm  # noqa: PLC0415 - see above

    return _read(MomentForm(), text, None)


def day(text: str, ahead: int | None = None) -> date:
    """Read a day in ISO 8601, at most so many days ahead of today. Raises `typer.BadParameter`."""
    from projections.http.asking.time_forms import DayForm  # noqa: PLC0415 - see above

    return _read(DayForm(ahead), text, None)


def month(text: str) -> date:
    """Read a month that has begun, as its first day. Raises `typer.BadParameter`."""
    from projections.http.asking.time_forms import MonthForm  # noqa: PLC0415 - see above

    return _read(MonthForm(), text, None)


def division(text: str, named: str = "--region") -> str:
    """Read the code of a division that there is or was. Raises `typer.BadParameter`."""
    from projections.http.asking.code_forms import DivisionForm  # noqa: PLC0415 - see above

    return _read(DivisionForm(), text, named)


def naming_edition(command: Any) -> Any:
    """Give a command, or a group with all of its commands, so that what it tells people ends so."""
    for inner in getattr(command, "commands", {}).values():
        naming_edition(inner)
    if prints_json(command):
        answer = command.callback

        def answered(**given: Any) -> None:
            try:
                answer(**given)
            except (typer.Exit, KeyboardInterrupt):
                _tell(given)
                raise
            _tell(given)

        command.callback = answered
    return command


def prints_json(command: Any) -> bool:
    """Say whether a command answers, so that a program may read it."""
    return any(each.name == "as_json" for each in command.params)


def with_edition(document: bytes) -> bytes:
    """Give a JSON document with the edition; what stands in it keeps its bytes."""
    if document.startswith(b"{"):
        parts = msgspec.json.decode(document, type=dict[str, msgspec.Raw])
    else:
        parts = {"items": msgspec.Raw(document)}
    named = {"edition": msgspec.Raw(msgspec.json.encode(edition()))}
    return msgspec.json.encode(named | parts, order="sorted")


def _tell(given: dict[str, Any]) -> None:
    if not given["as_json"]:
        told = Terms(language()).say("rulebook", "edition", edition=edition())
        console.print(told, style="dim")
