"""How verbs come through the door: `asks` marks them, `door` lets in who reads, `acting` who reports.

A verb of who reads takes `--key`, `--purpose` and `--basis`. What it asks for besides what it was
marked with is a fault of ours, and nothing of it is answered.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar

import typer

from events.envelope import CHINA
from events.rules.access import Gives, Purpose
from ops.cli.terminal import database, unfit

if TYPE_CHECKING:
    import psycopg

    from ops.doors.asking import CommandDoor, KeyShown
    from projections.http.asking.gate import Gate

VerbT = TypeVar("VerbT", bound=Callable[..., Any])

_MARK: Final = "asks"
_ACTS: Final = frozenset({Gives.LOCAL_ACTS})
"""Whoever acts says no purpose, and shows the key that the setting names, or the local one."""
_OPTIONS: Final = ("shown_key", "shown_purpose", "shown_basis")
_SHOWN: ContextVar[tuple[str | None, Purpose | None, str | None]] = ContextVar(
    "shown", default=(None, None, None)
)


def asks(*gives: Gives) -> Callable[[VerbT], VerbT]:
    """Mark a verb with the kinds of answer that it gives, as a route is (`Row.gives`)."""

    def marked(verb: VerbT) -> VerbT:
        verb.__dict__[_MARK] = frozenset(gives)
        return verb

    return marked


def asked_by(command: Any) -> frozenset[Gives]:
    """Give what a command of the terminal is marked with; nothing of one that reads no record."""
    found: frozenset[Gives] = getattr(command, _MARK, frozenset())
    return found


def showing_keys(command: Any) -> Any:
    """Give a command, or a group with all of its commands, where who asks shows a key."""
    for inner in getattr(command, "commands", {}).values():
        showing_keys(inner)
    gives: frozenset[Gives] = getattr(command.callback, _MARK, frozenset())
    if gives:
        setattr(command, _MARK, gives)
    if gives - _ACTS:
        taken = {option for each in command.params for option in each.opts}
        added = [each for each in _shown_options() if not taken & set(each.opts)]
        command.params = [*command.params, *added]
        answer = command.callback

        def answered(**given: Any) -> Any:
            key, purpose, basis = (given.pop(name, None) for name in _OPTIONS)
            token = _SHOWN.set((key, purpose, basis))
            try:
                return answer(**given)
            finally:
                _SHOWN.reset(token)

        command.callback = answered
    return command


def _options(
    shown_key: Annotated[
        str | None,
        typer.Option(
            "--key",
            envvar="CREDIT_LEDGER_KEY",
            show_envvar=False,
            help="As whom to ask: a key, or a file that holds one; default: CREDIT_LEDGER_KEY, or the"
            " local key that `up` made.",
        ),
    ] = None,
    shown_purpose: Annotated[
        Purpose | None,
        typer.Option(
            "--purpose",
            envvar="CREDIT_LEDGER_PURPOSE",
            show_envvar=False,
            help="What for (查询事由); default: CREDIT_LEDGER_PURPOSE, or what the key implies.",
        ),
    ] = None,
    shown_basis: Annotated[
        str | None,
        typer.Option(
            "--basis",
            envvar="CREDIT_LEDGER_BASIS",
            show_envvar=False,
            help="Law, case number or consent on which it is asked; default: CREDIT_LEDGER_BASIS.",
        ),
    ] = None,
) -> None:
    """Show who asks."""


def _shown_options() -> list[Any]:
    holder = typer.Typer()
    holder.command("shown")(_options)
    command: Any = typer.main.get_command(holder)
    return [each for each in command.params if each.name in _OPTIONS]


@contextmanager
def door(question: str) -> Iterator[CommandDoor]:
    """Open the door of the command line for a verb, on a connection of its own."""
    from ops.doors.asking import CommandDoor  # noqa: PLC0415 - help needs none of it
    from ops.environment import kafka_or_none, running_postgres  # noqa: PLC0415 - likewise
    from ops.vault.opener import VaultOpener  # noqa: PLC0415 - likewise
    from ops.vault.opening import vault_settings  # noqa: PLC0415 - likewise

    shown = _shown()
    with database() as connection:
        opener = VaultOpener(vault_settings(running_postgres()), kafka_or_none())
        try:
            yield CommandDoor(
                connection,
                gate(),
                shown,
                _now,
                question="credit-ledger " + question,
                opener=opener,
            )
        finally:
            opener.close()


@contextmanager
def acting(verb: str, department: str) -> Iterator[psycopg.Connection[Any]]:
    """Let through who says something for a department that there is; give the connection."""
    with door(f"{verb} --department={department}") as through:
        through.let_act(department)
        yield through.connection


def gate() -> Gate:
    """Give what knows keys and records inquiries; without a broker it records none."""
    from ops.doors.gate import KeyGate  # noqa: PLC0415 - see above
    from ops.environment import kafka_or_none, running_postgres  # noqa: PLC0415 - see above
    from ops.vault.opening import vault_settings  # noqa: PLC0415 - see above

    by_token = None
    if os.environ.get("CREDIT_LEDGER_OIDC_ISSUER"):
        from ops.doors.bearers import bearers_of  # noqa: PLC0415 - brings a client of HTTP

        bearers = bearers_of(vault_settings(running_postgres()), _now)
        by_token = None if bearers is None else bearers.askers
    return KeyGate(kafka_or_none(), _now, by_token)


def _shown() -> KeyShown:
    from ops.doors.asking import KeyShown  # noqa: PLC0415 - see above
    from ops.doors.shown_key import key_setting, shown_key  # noqa: PLC0415 - see above
    from ops.local.home import default_home  # noqa: PLC0415 - see above

    key, purpose, basis = _SHOWN.get()
    return KeyShown(
        shown_key(key or key_setting(), default_home()),
        purpose,
        None if basis is None else _basis(basis),
    )


def _basis(said: str) -> str:
    from ops.terms.errors import words_told  # noqa: PLC0415 - see above
    from ops.terms.language import language  # noqa: PLC0415 - likewise
    from ops.terms.terms import Terms  # noqa: PLC0415 - likewise
    from projections.http.door.door import read_basis  # noqa: PLC0415 - likewise
    from projections.http.errors import BadRequestError  # noqa: PLC0415 - likewise

    try:
        return read_basis(said.strip())
    except BadRequestError as error:
        # An identity number may be in it: it is not repeated.
        raise unfit(
            "text", hint="--basis", said=words_told(error.rule, Terms(language()))
        ) from None


def _now() -> datetime:
    return datetime.now(CHINA)
