"""What the verbs share: the terminal, progress, JSON, and arguments that several of them take."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import psycopg
import typer
from rich.console import Console

from events.envelope import CHINA, Platform
from events.identifiers import is_person_token, normalise_code
from ops.environment import running_postgres
from projections.store.query_count import Asked, add_queries

if TYPE_CHECKING:
    from collections.abc import Iterator

console = Console()
errors = Console(stderr=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]
Subject = Annotated[
    str,
    typer.Argument(
        help="The subject: its unified social credit code (lower case, full width and blanks are"
        " mended), or a person's token."
    ),
]


def today() -> date:
    """Give today in China; the one clock of the verbs that ask."""
    return datetime.now(CHINA).date()


def platform_and_id(subject: str) -> tuple[Platform, str]:
    """Tell whose id it is, and give it normalised."""
    text = subject.strip()
    if is_person_token(text):
        return Platform.PERSON, text
    return Platform.ORGANISATION, normalise_code(text)


@contextmanager
def database() -> Iterator[psycopg.Connection[Any]]:
    """Connect to the running database."""
    with psycopg.connect(running_postgres(), autocommit=True, connect_timeout=5) as found:
        yield found


def count_question(connection: psycopg.Connection[Any], platform: Platform, kind: str) -> None:
    """Count a question that was answered, as the query service does; never of whom."""
    try:
        add_queries(connection, {Asked(today(), platform, kind): 1})
    except psycopg.errors.UndefinedTable:
        return  # A database of before; `up` makes the table.


def say(text: str) -> None:
    """Tell progress, on standard error so that results can be piped."""
    print(text, file=sys.stderr, flush=True)


def print_json(value: Any) -> None:
    """Print a value as one JSON document, indented for a terminal."""
    data = value if isinstance(value, bytes) else msgspec.json.encode(value, order="sorted")
    if sys.stdout.isatty():
        data = msgspec.json.format(data, indent=2)
    sys.stdout.buffer.write(data + b"\n")
    sys.stdout.flush()


def yuan(fen: int | None) -> str:
    """Write an amount as people do: 1,000,630.94; unknown stays unknown."""
    return "unknown" if fen is None else f"{fen // 100:,}.{fen % 100:02d}"


def moment(text: str) -> datetime:
    """Read a moment in ISO 8601; without a zone it is China's. Raises `typer.BadParameter`."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r}: a moment such as 2026-11-23T14:00+08:00") from None
    return found if found.tzinfo else found.replace(tzinfo=CHINA)


def day(text: str) -> date:
    """Read a day in ISO 8601. Raises `typer.BadParameter`."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r}: a day such as 2026-11-23") from None
