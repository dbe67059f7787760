"""The audit: everything derived anew from Kafka, on the auditor's own machine."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from events.envelope import Platform
from events.rules.rulebook import load_rulebook
from ops.anew.found import DiffersError, FoundDifference
from ops.cli.terminal import Json, console, errors, platform_and_id, print_json, say, unfit
from ops.clock import today
from ops.environment import running_kafka, running_stack
from ops.evidence.auditing import Auditor
from ops.evidence.keys import policy_of, read_key
from ops.evidence.settings import read_evidence_settings
from ops.evidence.witness import LogWitness
from ops.terms.language import spoken
from projections.calendar.rules import RuleCalendar

CosignKey = Annotated[
    Path | None,
    typer.Option(
        exists=True,
        dir_okay=False,
        help="Then cosign the newest cut with the key of this file (`keys new NAME --kind"
        " ed25519-cosignature`); what was cosigned is kept beside it, so that it never is two"
        " histories.",
    ),
]


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command("audit")(audit_verb)


def audit_verb(
    platform: Annotated[
        Platform | None, typer.Option(help="Whose ledger; default: both, one after the other.")
    ] = None,
    log_only: Annotated[
        bool, typer.Option("--log-only", help="The log alone: needs Kafka and nothing else.")
    ] = False,
    subject: Annotated[
        str | None, typer.Option(help="One subject only: its credit code, or a person's token.")
    ] = None,
    from_cut: Annotated[
        int,
        typer.Option(
            min=1,
            help="Compare roots and heads from this cut on. What came before is read all the same,"
            " since heads rest on it.",
        ),
    ] = 1,
    sample: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=1_000_000,
            help="Fold the read models of so many subjects anew, drawn by lot.",
        ),
    ] = None,
    cosign: CosignKey = None,
    as_json: Json = False,
) -> None:
    """Derive everything anew from Kafka, and compare.

    Every entry, cut, head and signature of the log; that every submission was answered, and each
    record stands under its subject; the read models, by a replay.

    The first difference is named by its place. What checks the log shares only the event types with
    what wrote it. Exit code 1 where anything differs.
    """
    if subject is not None and (platform or sample or from_cut > 1):
        raise unfit("subject_alone", hint="--subject")
    if log_only and sample:
        raise unfit("needs_read_models", hint="--sample")
    _check_whole(cosign, whole=subject is None and from_cut == 1)
    told: dict[str, Any] = {"ok": True, "events": 0, "cuts": 0, "first_difference": None}
    try:
        if subject is not None:
            _audit_subject(told, subject, log_only=log_only)
        else:
            with _witness(cosign) as witness:
                for each in [platform] if platform else Platform:
                    _audit(told, each, from_cut, sample, witness, log_only=log_only)
    except DiffersError as error:
        told |= {"ok": False, "first_difference": error.difference._asdict()}
        if not as_json:
            _tell(error.difference)
    if as_json:
        print_json(told)
    elif told["ok"]:
        for note in told.get("cosigned", {}).values():
            typer.echo(note, nl=False)
        events, cuts = f"{told['events']:,}", f"{told['cuts']:,}"
        console.print(spoken("equal", "evidenced", events=events, cuts=cuts))
    raise typer.Exit(0 if told["ok"] else 1)


def _tell(found: FoundDifference) -> None:
    code = found.where.replace(" ", "_")
    where = spoken(code, "differs_where")
    errors.print(f"[red]{spoken('differs', 'evidenced', where=where)}[/]")
    told = spoken(
        "difference",
        "evidenced",
        where=where,
        place=found.place(),
        field=found.field,
        expected=found.expected,
        found=found.found,
    )
    for line in (told, spoken(code, "differs_do")):
        errors.print(line, markup=False, highlight=False, soft_wrap=True)


def _check_whole(cosign: Path | None, *, whole: bool) -> None:
    if cosign is not None and not whole:
        raise unfit("cosign_whole", hint="--cosign")


@contextmanager
def _witness(key: Path | None) -> Iterator[LogWitness | None]:
    """Give who cosigns by a key, where one is named."""
    if key is None:
        yield None
        return
    trusted = policy_of(read_evidence_settings())
    witness = LogWitness(read_key(key), trusted, key.with_suffix(".cosigned"))
    try:
        yield witness
    finally:
        witness.close()


def _audit(
    told: dict[str, Any],
    platform: Platform,
    from_cut: int,
    sample: int | None,
    witness: LogWitness | None,
    *,
    log_only: bool,
) -> None:
    auditor = Auditor(running_kafka(), read_evidence_settings(), platform, say)
    found = auditor.check_log(from_cut)
    told["events"] += found.events
    told["cuts"] += found.cuts
    if found.unsigned:
        whose, count = spoken(platform, "platforms"), f"{found.unsigned:,}"
        say(spoken("unsigned", "evidenced", platform=whose, count=count))
    if not log_only:
        auditor.check_submissions()
        if found.events + found.unsigned:
            auditor.check_read_models(running_stack(), sample, secrets.token_hex(8))
    if witness is not None and found.cuts:
        note = auditor.cosign(witness, found.cuts, int(time.time()))
        told.setdefault("cosigned", {})[str(platform)] = note


def _audit_subject(told: dict[str, Any], subject: str, *, log_only: bool) -> None:
    platform, subject_id = platform_and_id(subject)
    auditor = Auditor(running_kafka(), read_evidence_settings(), platform, say)
    found = auditor.check_subject(subject_id, today(), RuleCalendar(load_rulebook()))
    told |= {"events": found.events, "cuts": found.cut}
    if not log_only:
        auditor.check_rows_of(running_stack(), subject_id)
