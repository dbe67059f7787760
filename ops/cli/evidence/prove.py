"""Proofs for whoever holds them: `prove EVENT_ID`, `consistency OLD NEW`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from events.envelope import Platform
from events.errors import LedgerError
from events.rules.access import Gives
from ops.cli.access.door import asks, door
from ops.cli.terminal import Json, platform_and_id, print_published, say
from ops.evidence.proving import prove, prove_consistency
from ops.evidence.settings import read_evidence_settings
from ops.terms.language import spoken
from projections.access.asker import Wanted
from projections.proof.entries import hashes_told, record_bytes, to_base64
from projections.queries.event_place import EventPlace, place_of_event
from projections.store.database import ProjectionMissingError

if TYPE_CHECKING:
    from psycopg import Connection

    from ops.evidence.proving import EventProof
    from projections.access.asker import AccessPermit

OutputFile = Annotated[
    Path | None, typer.Option("-o", "--output", help="Write it here; default: print it.")
]


class EventUnknownError(LedgerError):
    """No event was recorded under this id: `history` and `receipt` give ids."""

    exit_code = 1


class _Found(NamedTuple):
    platform: Platform
    place: EventPlace


def add_to(app: typer.Typer) -> None:
    """Add these verbs."""
    app.command("prove")(prove_verb)
    app.command("consistency")(consistency_verb)


@asks(Gives.HISTORY)
def prove_verb(
    event_id: Annotated[str, typer.Argument(help="The event, as `history` or a receipt names it.")],
    subject: Annotated[
        str | None,
        typer.Option(help="Whose it is, where that is known: then it is found in an instant."),
    ] = None,
    output: OutputFile = None,
    as_json: Json = False,
) -> None:
    """Prove that an event stands in the signed log: at which place, since when, and unaltered since.

    The proof is a C2SP tlog-proof, which any program of that format checks; its `extra` is the entry:
    partition, offset, time and digest of the record. No later rewriting can take it back.
    """
    platform, subject_id = (None, None) if subject is None else platform_and_id(subject)

    def answer(_: AccessPermit) -> tuple[_Found, EventProof]:
        found = _found(through.connection, event_id.strip(), subject_id)
        at = found.place
        record = record_bytes(at.subject_id.encode(), at.value)
        settings = read_evidence_settings()
        return found, prove(settings, found.platform, at.partition, at.offset, record)

    with door("prove") as through:
        (platform, place), proof = through.ask(
            Wanted(gives=Gives.HISTORY, platform=platform, subject=subject_id),
            answer,
            names=lambda given: [given[0].place.subject_id],
            stays_sealed=True,
        )
    if output is not None:
        output.write_text(proof.told, "utf-8")
        count, entry = f"{len(proof.told):,}", proof.entry.strip()
        say(spoken("proof", "evidenced", file=output, bytes=count, entry=entry, cut=proof.cut))
    if as_json:
        told: dict[str, Any] = {
            "event_id": event_id.strip(),
            "platform": str(platform),
            "subject_id": place.subject_id,
            "partition": place.partition,
            "offset": place.offset,
            "cut": proof.cut,
            "entry": proof.entry,
            "proof": proof.told,
        }
        print_published(told)
    elif output is None:
        typer.echo(proof.told, nl=False)


def consistency_verb(
    old: Annotated[int, typer.Argument(min=1, help="The number of a cut.")],
    new: Annotated[int, typer.Argument(min=1, help="The number of a later cut.")],
    platform: Annotated[Platform, typer.Option(help="Whose log.")] = Platform.ORGANISATION,
    output: OutputFile = None,
    as_json: Json = False,
) -> None:
    """Prove that the log of one cut is the beginning of that of another: nothing was rewritten between.

    Base64 hashes, one a line, as RFC 6962 has them (2.1.2); none where the cuts are the same. Both
    are also proved to be beginnings of the newest signed one.
    """
    path = prove_consistency(read_evidence_settings(), platform, old, new)
    if output is not None:
        output.write_text(hashes_told(path), "utf-8")
        say(spoken("hashes", "evidenced", file=output, count=len(path)))
    if as_json:
        told = {"platform": str(platform), "old": old, "new": new}
        print_published({**told, "proof": [to_base64(each) for each in path]})
    elif output is None:
        typer.echo(hashes_told(path), nl=False)


def _found(connection: Connection[Any], event_id: str, subject: str | None) -> _Found:
    for platform in Platform:
        try:
            place = place_of_event(connection, platform, event_id, subject)
        except ProjectionMissingError:
            continue
        if place is not None:
            return _Found(platform, place)
    raise EventUnknownError(f"{event_id[:60]}: {EventUnknownError.__doc__}", event=event_id[:60])
