"""Across all verbs: which come through the door with a right, which touch nobody's records, which go past it, and why.

Written by hand. A verb that is new stands in no list, and fails: say there what it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import typer

from ops.cli import app
from ops.cli.access.door import asked_by

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TOUCHES_NONE: Final = frozenset(
    {
        *(
            "up",
            "down",
            "status",
            "topics",
            "worker",
            "serve",
            "catalogue",
            "bench",
            "demo",
            "keys",
        ),
        *(
            "access explain",
            "access kafka",
            "access key",
            "access contract",
            "consistency",
            "witness",
        ),
        *("webhook list", "webhook failures", "webhook renew", "webhook remove", "parked list"),
        *("parked submissions", "parked unpublished"),
    }
)
"""No record of a subject is read to anybody or written: servers, rules, rights, signed heads, places and counts."""

PAST_THE_DOOR: Final[Mapping[str, str]] = {
    "generate": "appends made-up records",
    "verify": "reads a file that somebody has, offline",
    "audit": "derives all anew; tells of one field that differs",
    "replay": "likewise",
    "evaluation freeze": "writes a year; shows regions alone",
    "evaluation verify": "derives a year anew; tells of rows that differ",
    "export": "copies the ledger as it stands, sealed; as a file what is public",
    "restore": "puts such a copy back",
    "webhook add": "warnings go to whom the key that it shows may be told",
    "webhook replay": "sends again what was sent",
    "parked retry": "lets what waits be applied, unread",
    "parked dismiss": "likewise, or gives it up, by an event of its own",
    "parked publish": "likewise",
    "parked readmit": "likewise",
    "parked step-over": "likewise",
}
"""Whoever may run these has the password of the database or an account of the broker, and needs no key."""


def verbs(command: object, path: tuple[str, ...] = ()) -> Iterator[tuple[str, object]]:
    inner: Mapping[str, object] | None = getattr(command, "commands", None)
    if inner is None:
        yield " ".join(path), command
    else:
        for name in inner:
            yield from verbs(inner[name], (*path, name))


def named(verb: str, among: Iterator[str] | frozenset[str]) -> list[str]:
    """Give the lines that name a verb: itself, or the group that it is in."""
    return [each for each in among if f"{verb} ".startswith(f"{each} ")]


def test_each_verb_has_a_right_touches_nobody_s_records_or_is_said_to_go_past_the_door() -> None:
    lines = frozenset({*TOUCHES_NONE, *PAST_THE_DOOR})
    seen: set[str] = set()
    for verb, command in verbs(typer.main.get_command(app)):
        said = named(verb, lines)
        assert bool(asked_by(command)) + len(said) == 1, (verb, said)
        seen.update(said)
    assert seen == lines
