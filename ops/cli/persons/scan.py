"""Look for plaintext about persons where none may be: `scan`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from events.rules.access import Gives
from ops.cli.access.door import asks, door
from ops.cli.terminal import Json, console, print_json, unfit
from ops.environment import running_stack
from ops.local.home import default_home, keys_folder
from ops.local.postgres import LocalPostgres
from ops.terms.language import spoken
from ops.vault.opening import vault_settings
from ops.vault.scan import SoughtWords, scan
from projections.access.asker import Wanted


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command("scan")(scan_verb)


@asks(Gives.OPERATION)
def scan_verb(
    folder: Annotated[
        list[Path] | None,
        typer.Option(exists=True, file_okay=False, help="A further folder to look through."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Look for plaintext: every topic, every table, every file below the home and in the temporary folder.

    Names and numbers to look for are read from standard input, one a line; they stand in no list of
    processes, and are shown nowhere: what is found is told by the number of its line. Each is sought
    in UTF-8, UTF-16, GB 18030, hexadecimal and Base64. Exit code 1 where anything was found.
    """
    with door("scan") as through:
        through.let_through(Wanted(gives=Gives.OPERATION))
    words = [line.strip() for line in sys.stdin if line.strip()]
    if not words:
        raise unfit("nothing_sought")
    stack, home = running_stack(), default_home()
    databases = dict.fromkeys((stack.postgres, vault_settings(stack.postgres).postgres))
    folders = [home, LocalPostgres(home).data, keys_folder(), Path(tempfile.gettempdir())]
    scanned = scan(SoughtWords(words), list(databases), stack.kafka, [*folders, *(folder or ())])
    if as_json:
        found = [each._asdict() for each in scanned.found]
        print_json(scanned._asdict() | {"found": found})
        raise typer.Exit(int(bool(found)))
    for each in scanned.found:
        told = spoken(each.kind, "plain_found", where=each.where, word=each.word)
        console.print(told, markup=False, highlight=False, soft_wrap=True)
    told = spoken(
        "scanned",
        "given",
        messages=scanned.messages,
        rows=scanned.rows,
        files=scanned.files,
        unread=scanned.unread,
        found=len(scanned.found),
    )
    console.print(told, markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(int(bool(scanned.found)))
