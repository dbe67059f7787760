"""The tables of contagion: ties as the ledger gave them, what is red, and what was told.

Only SQL here, no rules. Ties and warnings are read of all partitions: a controller's firms lie in
many.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

import msgspec

from events.rules.dated import version_on
from events.rules.versions import Level
from projections.contagion.contagion import rule_of
from projections.contagion.told import Red, Web, known_from
from projections.day.ties import Tie
from projections.notices.notice import Told
from projections.store.statements import comma_separated, statements

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from psycopg import Cursor

    from events.rules.rulebook import Rulebook
    from projections.store.store import Store

_SQL: Final = statements(__name__, tie_columns=comma_separated(Tie._fields))


class StandingWarning(msgspec.Struct, frozen=True):
    """A warning of contagion as it was told when it came to its level, on `since`."""

    rule: str
    rule_from: date
    level: Level
    since: date
    region: str
    domain: str
    evidence: tuple[str, ...]


class StandingContagion(msgspec.Struct, frozen=True):
    """What was last told of contagion: each day by what all knew at its midnight.

    Told up to the midnight with which `concluded_on` began, None where it never was; `warning` is
    what stands since.
    """

    concluded_on: date | None
    warning: StandingWarning | None


_encoder: Final = msgspec.msgpack.Encoder()
_decoder: Final = msgspec.msgpack.Decoder(Told)


def add_ties(cursor: Cursor[Any], store: Store, ties: Mapping[int, Sequence[Tie]]) -> None:
    """Add what a transaction said of ties, by partition."""
    if not any(ties.values()):
        return
    with cursor.copy(store.statement(_SQL["copy_ties"])) as copy:
        for partition, own in ties.items():
            for tie in own:
                copy.write_row((*tie, partition))


def load_web(cursor: Cursor[Any], store: Store, partition: int) -> tuple[Web, list[str]]:
    """Load the ties that a partition's subjects share with any other's, and what of them is red.

    All that was ever said of such a tie, also that it is to somebody else. Gives the partition's
    own subjects among them too, sorted.
    """
    cursor.execute(
        store.statement(_SQL["shared_ties"]),
        (partition,),
    )
    rows = cursor.fetchall()
    ties = [Tie(*row[:-1]) for row in rows]
    own = sorted({row[2] for row in rows if row[-1] == partition})
    members = {tie.subject_id for tie in ties} | {tie.other for tie in ties}
    return Web(ties, _load_reds(cursor, store, members)), own


def _load_reds(cursor: Cursor[Any], store: Store, members: Collection[str]) -> list[Red]:
    """Load how the warnings that were ever red stood with each notice told of them."""
    cursor.execute(
        store.statement(_SQL["reds"]),
        {"members": sorted(members)},
    )
    return [
        Red(
            known_from(on, by_time=by_time),
            (generation, n),
            subject_id,
            rule,
            level == "red",
            domain,
            tuple(evidence),
        )
        for on, by_time, generation, n, subject_id, rule, level, domain, evidence in cursor
    ]


def load_told(cursor: Cursor[Any], store: Store, partition: int) -> dict[str, Told]:
    """Load what was told of contagion in a partition, by subject."""
    cursor.execute(
        store.statement(_SQL["load_told"]),
        (partition,),
    )
    return {row[0]: _decoder.decode(row[1]) for row in cursor}


def write_told(cursor: Cursor[Any], store: Store, partition: int, told: Mapping[str, Told]) -> None:
    """Write what was told of these subjects."""
    if not told:
        return
    cursor.execute(
        store.statement(_SQL["write_told"]),
        (partition, list(told), [_encoder.encode(each) for each in told.values()]),
    )


def standing_contagion(
    related_on: date, packed: bytes | None, rulebook: Rulebook
) -> StandingContagion:
    """Give what stands of what was told of contagion, from a subject's row and its partition's."""
    concluded_on = None if related_on == date.min else related_on
    rule = rule_of(rulebook)
    if packed is None or rule is None:
        return StandingContagion(concluded_on, None)
    told = _decoder.decode(packed).warnings.get(rule.id)
    if told is None or told.level is None or told.since is None:
        return StandingContagion(concluded_on, None)
    version = version_on(rule.in_force, told.since)
    return StandingContagion(
        concluded_on,
        StandingWarning(
            rule.id,
            told.since if version is None else version.start,
            told.level,
            told.since,
            told.region,
            told.domain,
            told.evidence,
        ),
    )
