"""Receipts: what became of each line of a file that was submitted."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer
from rich.table import Table

from events.envelope import CHINA
from events.errors import LedgerError
from events.rules.access import Gives
from ops.cli.access.door import asks, door
from ops.cli.terminal import Json, console, print_json
from ops.environment import running_stack
from ops.submission.receipts import outcomes, receipt_by_id
from ops.submission.refusals import RefusalsOnTopic
from ops.terms.language import language
from ops.terms.terms import Terms
from ops.told.submission import outcomes_told, remarks_told
from projections.access.asker import Wanted
from projections.queries.outcomes import LineFate
from projections.store.control.receipts import list_receipts

LISTED_MAX = 50


class LineUnknownError(LedgerError):
    """The file had no such line, or it was interrupted before that line: submit it again."""

    def __init__(self, line: int) -> None:
        """Name the line."""
        super().__init__(f"line {line}: {LineUnknownError.__doc__}", line=line)


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command("receipt")(receipt_verb)


@asks(Gives.DUTIES)
def receipt_verb(
    receipt: Annotated[
        str | None, typer.Argument(help="The receipt, as `submit` gave it; none: list them.")
    ] = None,
    line: Annotated[int | None, typer.Option(min=1, help="Only what became of this line.")] = None,
    department: Annotated[
        str | None, typer.Option(help="List only receipts of this department.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Tell what became of every line of a file: recorded, repeat, conflict, waiting or refused.

    It is read off the ledger when asked, so a line that waits says so until it is there.

    Exit codes: 0 all recorded, 1 some refused or in conflict, 2 no such receipt.
    """
    with door("receipt") as through:
        connection = through.connection
        if receipt is None:
            found = through.ask(
                Wanted(gives=Gives.DUTIES, of=department),
                lambda _: list_receipts(connection, department, LISTED_MAX),
            )
            if as_json:
                print_json([each._asdict() for each in found])
                return
            terms = Terms(language())
            heads = ("receipt", "department", "at", "file", "lines")
            table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
            for head in heads:
                # A receipt is copied into the next command: it stays in one piece.
                table.add_column(
                    terms.say(head, "receipts"), overflow="fold", no_wrap=head == heads[0]
                )
            for each in found:
                told = f"{each.given_at.astimezone(CHINA):%Y-%m-%d %H:%M}"
                table.add_row(each.receipt_id, each.department, told, each.name, str(each.lines))
            console.print(table)
            return
        given = receipt_by_id(connection, receipt)
        became = through.ask(
            Wanted(gives=Gives.DUTIES, of=given.department),
            lambda _: list(outcomes(connection, given, RefusalsOnTopic(running_stack().kafka))),
        )
    if line is not None:
        became = [each for each in became if each.line == line]
        if not became:
            raise LineUnknownError(line=line)
    if as_json:
        plain = msgspec.to_builtins(given, str_keys=True)
        print_json({**plain, "lines": [msgspec.to_builtins(each) for each in became]})
    else:
        terms = Terms(language())
        head = terms.say(
            "receipt_of",
            "submission",
            receipt=given.receipt_id,
            name=given.name,
            department=given.department,
            on=f"{given.given_at.astimezone(CHINA):%Y-%m-%d %H:%M}",
            rows=len(given.lines),
        )
        for text in (head, *outcomes_told(became, terms), *remarks_told(became, terms)):
            console.print(text, markup=False, highlight=False, soft_wrap=True)
    fell = any(each.outcome in (LineFate.REFUSED, LineFate.CONFLICT) for each in became)
    raise typer.Exit(1 if fell else 0)
