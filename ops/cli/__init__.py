"""The command line: one verb a user task, complete `--help`, exit codes that mean something."""

from __future__ import annotations

import sys
from typing import Final

import psycopg
import typer
from confluent_kafka import KafkaException

from events.errors import LedgerError
from ops.cli import (
    analysis,
    archives,
    ask,
    bench,
    catalogue,
    evaluation,
    parked,
    quality,
    replay,
    submit,
    up,
    watch,
)
from ops.logs import configure_logs

EXIT_REFUSED: Final = 1
EXIT_USAGE: Final = 2
EXIT_OUTAGE: Final = 3

app = typer.Typer(
    name="credit-ledger",
    help="A department reports; the ledger records; anyone entitled may ask, and anyone may check."
    "\n\nExit codes: 0 done, 1 refused or different, 2 wrong usage, 3 Kafka or Postgres is away.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for part in (
    *(up, submit, ask, watch, catalogue, quality, evaluation),
    *(archives, analysis, parked, replay, bench),
):
    part.add_to(app)


def main() -> None:
    """Run a verb; an expected error is one line that says what to do next."""
    configure_logs()
    try:
        app()
    except LedgerError as error:
        sys.exit(_say(str(error), _exit_code(error)))
    except psycopg.OperationalError as error:
        first = str(error).strip().splitlines()[0]
        sys.exit(_say(f"Postgres does not answer ({first}): `credit-ledger up` starts it", 3))
    except KafkaException as error:
        sys.exit(_say(f"Kafka does not answer ({error.args[0]}): `credit-ledger up` starts it", 3))
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)


def _exit_code(error: LedgerError) -> int:
    return EXIT_OUTAGE if type(error).__name__ == "NotRunningError" else EXIT_USAGE


def _say(text: str, code: int) -> int:
    print(f"credit-ledger: {text}", file=sys.stderr)
    return code
