"""Copies of the ledger in files: `export FOLDER`, `restore FOLDER`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from events.envelope import Platform
from ops.cli.terminal import Json, console, print_published, say
from ops.environment import running_kafka
from ops.evidence.copies.exporting import copy_out
from ops.evidence.copies.files import CopiedLedger
from ops.evidence.copies.filling import LedgerFilling
from ops.evidence.copies.restoring import check_copy, restore
from ops.evidence.settings import read_evidence_settings
from streams.broker import of_account
from streams.reading.reader import LogReader
from streams.signing.checkpoints import CheckpointsTopic
from streams.signing.folder import Folder
from streams.signing.ledger import LedgerTopic

CopyFolder = Annotated[Path, typer.Argument(help="Where the files of the copy are.")]
Whose = Annotated[Platform | None, typer.Option(help="Whose ledger; default: each that there is.")]


def add_to(app: typer.Typer) -> None:
    """Add these verbs."""
    app.command("export")(copy_out_verb)
    app.command("restore")(restore_verb)


def copy_out_verb(folder: CopyFolder, platform: Whose = None, as_json: Json = False) -> None:
    """Copy the ledger into files, as far as it is signed; go on where the last copy stopped.

    Each record is checked against the signed log before it is kept. The files need nothing but this
    repository to be read. They hold what the ledger holds, so keep them as it is kept; keys are not
    among them. Run it daily: what is in no copy, nobody can put back.
    """
    settings = read_evidence_settings()
    told: dict[str, Any] = {}
    kafka = of_account(running_kafka(), "auditor")
    for each in [platform] if platform else Platform:
        if platform is None and Folder(settings.log_folder(each)).checkpoint() is None:
            continue
        with LogReader(kafka) as reader:
            topic = CheckpointsTopic(kafka, each, reader)
            # One reader at a time goes to one place, so the ledger has its own.
            with LogReader(kafka) as other:
                found = copy_out(settings, each, LedgerTopic(each, other), topic, folder, say)
        told[str(each)] = found._asdict()
        if not as_json:
            console.print(f"{each}: {found.records:,} records added, up to cut {found.cut:,}")
    if as_json:
        print_published(told)
    elif not told:
        say("nothing is signed yet; `credit-ledger worker` signs within seconds of the first event")


def restore_verb(
    folder: CopyFolder,
    platform: Whose = None,
    check: Annotated[
        bool, typer.Option("--check", help="Check the copy against its signed cuts; write nothing.")
    ] = False,
    replace_beginning: Annotated[
        bool,
        typer.Option(
            "--replace-beginning",
            help="A topic that lost its end, and holds nothing that is not in the copy, is deleted"
            " and filled anew.",
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Fill an empty ledger topic from a copy, with the broker's stamps of before.

    First the whole copy is checked: the log is derived from it anew, and must have the root that was
    signed, by a key of the policy. Then the topic is made and filled, and read back. Stop all
    workers before. Signer and read models go on from there; roots are those of before.
    """
    settings = read_evidence_settings()
    told: dict[str, Any] = {}
    for each in [platform] if platform else Platform:
        copied = CopiedLedger(folder, each)
        if platform is None and not copied.is_there:
            continue
        if check:
            last = check_copy(settings, copied, each, say)
            told[str(each)] = {"records": sum(last.cut.offsets), "cut": last.cut.number}
        else:
            kafka = running_kafka()
            with (
                LogReader(kafka) as reader,
                LedgerFilling(kafka, each, copied.partitions) as filled,
            ):
                topic = CheckpointsTopic(kafka, each, reader)
                found = restore(
                    *(settings, each, folder, filled, topic, say),
                    replace_beginning=replace_beginning,
                )
            told[str(each)] = found._asdict()
        if not as_json:
            done = "hold" if check else "restored"
            cut = told[str(each)]["cut"]
            console.print(
                f"{each}: {told[str(each)]['records']:,} records {done}, up to cut {cut:,}"
            )
    if as_json:
        print_published(told)
    if not told:
        raise typer.BadParameter(f"{folder}: nothing was exported there", param_hint="FOLDER")
