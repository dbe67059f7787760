"""The verb `inquiries`: who asked of a subject, when, as what, and why."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
import typer

from ops.cli.terminal import (
    Json,
    SubjectArgument,
    console,
    database,
    platform_and_id,
    print_json,
)
from ops.doors.reading import read_inquiries
from ops.environment import running_kafka
from projections.store.control.inquiries import inquiries_of

_LIMIT_MAX = 1_000


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command("inquiries")(inquiries_verb)


def inquiries_verb(
    subject: SubjectArgument,
    limit: Annotated[int, typer.Option(min=1, max=_LIMIT_MAX, help="How many at most.")] = 100,
    as_json: Json = False,
) -> None:
    """Tell who asked of a subject, the newest first: for whom, as what, why, and what came of it.

    Read to the end of its topic first, so that nothing asked before is missing.
    """
    platform, subject_id = platform_and_id(subject)
    with database() as connection:
        read_inquiries(connection, running_kafka(), platform)
        bodies = inquiries_of(connection, platform, subject_id, limit=limit)
    found: list[dict[str, Any]] = [msgspec.json.decode(each) for each in bodies]
    if as_json:
        print_json(found)
        return
    if not found:
        console.print("Nobody has asked of this subject by a key.")
    for each in found:
        whose = each["organisation"] or "-"
        console.print(
            f"{each['at']}  {each['role']} {whose} {each['person'] or ''}  "
            f"{each['purpose'] or '-'}  {each['question']}: {each['outcome']} ({each['rule']})",
            highlight=False,
            markup=False,
        )
