"""Copies of the ledger in files: `export FOLDER`, `restore FOLDER`; and what may be shown, as a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from events.envelope import Platform
from ops.cli.evidence.public_file import write_public
from ops.cli.terminal import Json, console, print_published, say, unfit
from ops.environment import running_kafka
from ops.evidence.copies.exporting import copy_out
from ops.evidence.copies.files import CopiedLedger
from ops.evidence.copies.filling import LedgerFilling
from ops.evidence.copies.restoring import check_copy, restore
from ops.evidence.settings import read_evidence_settings
from ops.terms.language import spoken
from projections.exports.exported import ExportFormat
from streams.broker import of_account
from streams.reading.reader import LogReader
from streams.signing.checkpoints import CheckpointsTopic
from streams.signing.folder import Folder
from streams.signing.ledger import LedgerTopic

CopyFolder = Annotated[Path, typer.Argument(help="Where the files of the copy are.")]
Whose = Annotated[Platform | None, typer.Option(help="Whose ledger; default: each that there is.")]


def add_to(app: typer.Typer) -> None:
    """Add these verbs."""
    app.command("export")(copy_or_file_verb)
    app.command("restore")(restore_verb)


def copy_or_file_verb(
    what: Annotated[
        str,
        typer.Argument(
            metavar="FOLDER|ftm|cloudevents|csv",
            help="A folder for a copy of the ledger; or the format of a file of what is public."
            " A folder of such a name is written ./csv.",
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="With a format: the file to write; default: standard output."
        ),
    ] = None,
    region: Annotated[
        str | None,
        typer.Option(help="With a format: only firms with their seat in this division."),
    ] = None,
    platform: Whose = None,
    as_json: Json = False,
) -> None:
    """Copy the ledger into a folder of files; or write what is public of all firms as one file.

    export FOLDER copies the ledger as far as it is signed, and goes on where the last copy stopped.
    Each record is checked against the signed log before it is kept. The files need nothing but this
    repository to be read. They hold what the ledger holds, so keep them as it is kept; keys are not
    among them. Run it daily: what is in no copy, nobody can put back.

    export ftm -o FILE writes FollowTheMoney entities (penalties and entries of lists as Sanction),
    export cloudevents CloudEvents 1.0, each as lines of JSON, export csv a table of records. Only
    what anybody may see today is in it; who may see more asks the service, with a key:
    GET /v1/organisation/exports/ftm.
    """
    if what in set(ExportFormat):
        if platform is not None:
            raise typer.BadParameter(
                "a file of what is public is of organisations", param_hint="--platform"
            )
        write_public(ExportFormat(what), output, region, as_json=as_json)
        return
    for given, named in ((output, "--output"), (region, "--region")):
        if given is not None:
            raise typer.BadParameter(
                f"only with one of {', '.join(ExportFormat)}", param_hint=named
            )
    _copy_out(Path(what), platform, as_json=as_json)


def _copy_out(folder: Path, platform: Platform | None, *, as_json: bool) -> None:
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
            console.print(_said("copied", each, found.records, found.cut))
    if as_json:
        print_published(told)
    elif not told:
        say(spoken("nothing_signed", "evidenced"))


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
            became = told[str(each)]
            done = "hold" if check else "restored"
            console.print(_said(done, each, became["records"], became["cut"]))
    if as_json:
        print_published(told)
    if not told:
        raise unfit("nothing_exported", hint="FOLDER", folder=folder)


def _said(code: str, platform: Platform, records: int, cut: int) -> str:
    whose, count = spoken(platform, "platforms"), f"{records:,}"
    return spoken(code, "evidenced", platform=whose, records=count, cut=f"{cut:,}")
