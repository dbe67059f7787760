"""Put right what was reported: correct and revoke records by subject and document number."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from events.rules.access import Gives
from events.rules.rulebook import load_rulebook
from events.types.amendment import RevocationKind
from ops.cli.access.door import acting, asks
from ops.cli.reports.submit import WAIT_S, KeyFile, show_report, signing_by
from ops.cli.terminal import Json, unfit
from ops.clock import today
from ops.environment import running_stack
from ops.submission.amending import (
    DepartmentRecords,
    amendments,
    correction_row,
    one_row,
    opened,
    revoked,
)
from ops.submission.defaults import defaults_for
from ops.submission.files.row import FileRow
from ops.submission.window import HandedIn, hand_in
from ops.terms.language import language
from ops.terms.terms import Terms
from ops.vault.door import vault_door

ActingDepartment = Annotated[str, typer.Option(help="Code of the department whose record it is.")]
SubjectOption = Annotated[
    str | None, typer.Argument(help="Of whom the record is: a credit code or a token.")
]
NumberArgument = Annotated[str | None, typer.Argument(help="The number of its document (文书号).")]
Item = Annotated[int, typer.Option(min=1, help="Which item of the document.")]
TypeOption = Annotated[
    str | None,
    typer.Option("--event-type", help="Type of the record, where several bear the number."),
]
Files = Annotated[
    list[Path],
    typer.Option("--file", help="A file of such lines instead; may be given again.", exists=True),
]
NoWait = Annotated[bool, typer.Option("--no-wait", help="Do not wait for what becomes of it.")]


def add_to(app: typer.Typer) -> None:
    """Add these verbs."""
    app.command("correct")(correct_verb)
    app.command("revoke")(revoke_verb)


@asks(Gives.LOCAL_ACTS)
def correct_verb(
    department: ActingDepartment,
    subject: SubjectOption = None,
    document_no: NumberArgument = None,
    sets: Annotated[
        list[str],
        typer.Option(
            "--set",
            help="What is right, as COLUMN=VALUE: 罚款金额(元)=500; again for more. Without a value"
            " what is there is taken out.",
        ),
    ] = [],  # noqa: B006 - Typer's form of an option that may be given again
    item_no: Item = 1,
    event_type: TypeOption = None,
    file: Files = [],  # noqa: B006 - likewise
    no_wait: NoWait = False,
    key: KeyFile = None,
    as_json: Json = False,
) -> None:
    """Correct a record (更正): it says what is right as if it had always said so.

    The record is named as you know it, by subject and document number. `--file` takes the form that
    it was reported with, or only the columns that name it and those that were wrong; lines that say
    what stands already are left alone.

    Exit codes: those of `submit`.
    """
    said: dict[str, object] = {}
    for each in sets:
        column, mark, value = each.partition("=")
        if not mark:
            raise unfit("column_value", said=each)
        said[column.strip()] = value.strip()
    if not file and not said:
        raise unfit("say_what")
    named = _named(subject, document_no, item_no, file)
    amender = partial(correction_row, on=today())
    _amend(
        "correct",
        department,
        event_type,
        named | said,
        file,
        amender,
        key,
        no_wait=no_wait,
        as_json=as_json,
    )


@asks(Gives.LOCAL_ACTS)
def revoke_verb(
    department: ActingDepartment,
    subject: SubjectOption = None,
    document_no: NumberArgument = None,
    kind: Annotated[
        RevocationKind | None,
        typer.Option(
            help="annulled (撤销): as if it had never been; repealed (废止): from its day."
        ),
    ] = None,
    effective_on: Annotated[
        str | None, typer.Option(help="From which day a repeal holds, such as 2026-05-01.")
    ] = None,
    reason: Annotated[str | None, typer.Option(help="Why.")] = None,
    item_no: Item = 1,
    event_type: TypeOption = None,
    file: Files = [],  # noqa: B006 - Typer's form of an option that may be given again
    no_wait: NoWait = False,
    key: KeyFile = None,
    as_json: Json = False,
) -> None:
    """Revoke a record (撤销、废止), named by subject and document number.

    `--file` takes lines with the columns subject_id, document_no, kind, effective_on and reason.

    Exit codes: those of `submit`.
    """
    if not file and kind is None:
        raise unfit("say_kind")
    said = {"kind": kind and kind.value, "effective_on": effective_on, "reason": reason}
    named = _named(subject, document_no, item_no, file)
    given = {name: value for name, value in said.items() if value is not None}
    amender = partial(revoked, on=today())
    _amend(
        "revoke",
        department,
        event_type,
        named | given,
        file,
        amender,
        key,
        no_wait=no_wait,
        as_json=as_json,
    )


def _named(
    subject: str | None, document_no: str | None, item_no: int, files: list[Path]
) -> dict[str, object]:
    if files:
        if subject is not None:
            raise unfit("not_both")
        return {}
    if subject is None or document_no is None:
        raise unfit("name_record")
    return {"subject_id": subject, "document_no": document_no, "item_no": str(item_no)}


def _amend(
    verb: str,
    department: str,
    event_type: str | None,
    said: dict[str, object],
    files: list[Path],
    amender: Callable[..., FileRow | None],
    key: Path | None,
    *,
    no_wait: bool,
    as_json: bool,
) -> NoReturn:
    rulebook, stack = load_rulebook(), running_stack()
    naming = defaults_for(rulebook, department=department, event_type=event_type)
    with acting(verb, naming.department) as connection:
        records = DepartmentRecords(connection, naming)
        one = one_row(f"{said.get('subject_id')} {said.get('document_no')}", said)
        what = HandedIn(
            paths=files or [Path(one.name)],
            defaults=defaults_for(rulebook, department=department),
            rulebook=rulebook,
            now=datetime.now(UTC),
            wait_s=0.0 if no_wait else WAIT_S,
            door=vault_door(stack.postgres, stack.kafka, rulebook),
            signing=signing_by(key),
            opened=opened(records, amender)
            if files
            else lambda _: amendments(one, records, amender),
        )
        report = hand_in(what, stack)
    show_report(report, department, Terms(language()), as_json=as_json)
