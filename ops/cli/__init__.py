"""The command line: one verb a user task, complete `--help`, exit codes that mean something."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from events.errors import LedgerError
from ops.cli.verbs import Verbs

app = typer.Typer(
    cls=Verbs,
    name="credit-ledger",
    help="A department reports; the ledger records; anyone entitled may ask, and anyone may check."
    "\n\nExit codes: 0 done, 1 refused or different, 2 wrong usage, 3 Kafka or Postgres is away.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:  # noqa: FBT001 - Typer's form of a callback
    if wanted:
        from importlib.metadata import version  # noqa: PLC0415 - reads files; only this asks for it

        print(f"credit-ledger {version('credit-ledger')}")
        raise typer.Exit


@app.callback()
def overview(
    _: Annotated[
        bool,
        typer.Option("--version", help="Show the version.", callback=_version, is_eager=True),
    ] = False,
) -> None:
    """Take the options that stand before a verb."""


def run_verb() -> None:
    """Run a verb; an expected error is one line that says what to do next."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except Exception as error:
        expected = told_error(error)
        if expected is None:
            raise
        text, code = expected
        print(f"credit-ledger: {text}", file=sys.stderr)
        sys.exit(code)


def told_error(error: Exception) -> tuple[str, int] | None:
    """Tell an expected error in one line, and with which code it ends; None of one that is a bug."""
    if isinstance(error, LedgerError):
        return str(error), error.exit_code
    if isinstance(error, OSError) and error.filename is not None:
        return f"{str(error.filename)[:200]!r}: {error.strerror}", 2
    import psycopg  # noqa: PLC0415 - drivers are imported by the verbs that need them
    from confluent_kafka import KafkaException  # noqa: PLC0415 - likewise

    if isinstance(error, (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn)):
        first = str(error).strip().splitlines()[0]
        do = "stop all workers, then `credit-ledger up` and `credit-ledger replay --take-over`"
        return f"the tables were made by other code ({first}): {do}", 2
    if isinstance(error, psycopg.OperationalError):
        first = str(error).strip().splitlines()[0]
        return f"Postgres does not answer ({first}): `credit-ledger up` starts it", 3
    if isinstance(error, KafkaException):
        return f"Kafka does not answer ({error.args[0]}): `credit-ledger up` starts it", 3
    return None
