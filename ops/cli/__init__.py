"""The command line: one verb a user task, complete `--help`, exit codes that mean something."""

from __future__ import annotations

import sys
from typing import Annotated, Final

import typer
from typer._click.exceptions import ClickException

from events.errors import LedgerError
from ops.cli.verbs import Verbs
from ops.terms.language import spoken_language
from ops.terms.terms import Language, Terms

_NOT_LET_IN: Final = frozenset(
    {
        "CLUSTER_AUTHORIZATION_FAILED",
        "GROUP_AUTHORIZATION_FAILED",
        "SASL_AUTHENTICATION_FAILED",
        "TOPIC_AUTHORIZATION_FAILED",
        "TRANSACTIONAL_ID_AUTHORIZATION_FAILED",
        "_AUTHENTICATION",
    }
)
"""What the broker says to whom it knows not, or allows not."""

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
    terms = Terms(spoken_language())
    try:
        _run(terms)
    except KeyboardInterrupt:
        print(f"credit-ledger: {terms.say('interrupted', 'usage')}", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except Exception as error:
        expected = told_error(error, terms)
        if expected is None:
            raise
        text, code = expected
        print(f"credit-ledger: {text}", file=sys.stderr)
        sys.exit(code)


def _run(terms: Terms) -> None:
    """Run a verb; where Chinese is spoken we tell ourselves how it was called wrongly."""
    if terms.language is Language.EN:
        app()
        return
    try:
        sys.exit(app(standalone_mode=False))
    except ClickException as error:
        from ops.told.usage import usage_told  # noqa: PLC0415 - only errors need it

        print(usage_told(error, terms), file=sys.stderr)
        sys.exit(error.exit_code)
    except typer.Abort:
        sys.exit(1)


def told_error(error: Exception, terms: Terms) -> tuple[str, int] | None:
    """Tell an expected error in one line, and with which code it ends; None of one that is a bug."""
    if isinstance(error, LedgerError):
        from ops.terms.errors import error_told  # noqa: PLC0415 - only errors need it

        return error_told(error, terms), error.exit_code
    if isinstance(error, OSError) and error.filename is not None:
        from ops.terms.errors import file_fault_code  # noqa: PLC0415 - only errors need it

        why = terms.say(file_fault_code(error), "file_fault", error=error.strerror)
        name = str(error.filename)[:200]
        return terms.say("file_unfit", "usage", name=name, why=why), 2
    import psycopg  # noqa: PLC0415 - drivers are imported by the verbs that need them
    from confluent_kafka import KafkaException  # noqa: PLC0415 - likewise

    if isinstance(error, (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn)):
        return terms.say("other_code", "usage", why=_first_line(error)), 2
    if isinstance(error, psycopg.OperationalError):
        return terms.say("postgres_away", "usage", why=_first_line(error)), 3
    if isinstance(error, KafkaException) and error.args[0].name() in _NOT_LET_IN:
        return terms.say("kafka_forbids", "start", why=error.args[0].name()), 1
    if isinstance(error, KafkaException):
        return terms.say("kafka_away", "usage", why=error.args[0]), 3
    return None


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
