"""Of the catalogue: archives to which a profile can be narrowed, and its export as a dictionary."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.markup import escape

from events.envelope import Platform
from events.rules.rulebook import load_rulebook
from ops.cli.tables import names, table_of
from ops.cli.terminal import Json, console, print_json
from ops.terms.language import spoken


def add_to(catalogue: typer.Typer) -> None:
    """Add these verbs to the group `catalogue`."""
    catalogue.command("archives")(archives_verb)
    catalogue.command("export")(export_verb)


def export_verb(
    folder: Annotated[
        Path, typer.Argument(help="The folder to write into; it is made where it is missing.")
    ],
    as_json: Json = False,
) -> None:
    """Write the data dictionary (数据字典) and the schemas, versioned, as files for others.

    data-dictionary.json and .md: identifiers, every record and field with type, unit and meaning,
    code lists in Chinese and English, divisions, the mapping of the Yangtze delta and of the
    official 双公示 columns, the framework of evaluation, rules of service, the template of a
    report, and the security profile. Beside them: asyncapi.json (topics, AsyncAPI 3.1),
    divisions.tsv, schemas/, and manifest.json with the digest of each file. The same sources give
    the same bytes.
    """
    from ops.dictionary.artefacts import artefacts, export  # noqa: PLC0415 - it needs our terms

    written = export(folder)
    manifest = json.loads(artefacts()["manifest.json"].body)
    if as_json:
        print_json(manifest)
        return
    for name in (path.name for path in written if path.parent == folder):
        size = (folder / name).stat().st_size
        console.print(f"{size:>9,}  {folder / name}", highlight=False, markup=False, soft_wrap=True)
    schemas = len(written) - sum(path.parent == folder for path in written)
    below = spoken("schemas", "counted", count=f"{schemas:>9} ", folder=folder / "schemas")
    console.print(below, highlight=False, markup=False)
    told = spoken("version", "counted", version=manifest["version"], digest=manifest["digest"])
    console.print(told, highlight=False, soft_wrap=True)


def archives_verb(
    platform: Annotated[
        Platform | None, typer.Option(help="Only those of this platform's subjects.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show archives (信用档案): by field such as food and drugs, and by profession.

    `credit-ledger profile SUBJECT --archive CODE` shows one of a subject.
    """
    rows = [
        row
        for row in load_rulebook().archives.values()
        if platform is None or platform in row.platforms
    ]
    if as_json:
        print_json(msgspec.to_builtins(rows))
        return
    table = table_of("archive", "name", "holds", "only by", "reference")
    for row in rows:
        table.add_row(
            row.code,
            names(row),
            ", ".join((*row.domains, *row.categories)),
            ", ".join(row.departments),
            escape(f"{row.reference} ({row.note})" if row.note else row.reference),
        )
    console.print(table)
    console.print(spoken("archives", "counted", count=len(rows)))
