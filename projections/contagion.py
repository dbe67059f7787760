"""Contagion (关联预警): a subject is warned of where one that shares its controller is in the red.

Pure. Subjects are tied by who represents or controls them. What ties them and how each of them
stands is read at one cut for all. How that is concluded stands here, once: what is told at each
midnight (`projections.contagion_told`) and what is answered as of a day and a cut
(`projections.contagion_as_of`) both come from it.
"""

from __future__ import annotations

from datetime import date, timedelta
from heapq import merge
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from events.relation import RelationRecorded, RelationRole
from events.rule_versions import Level
from projections.building import to_matter
from projections.effects import effect_of
from projections.rules import FOREVER, day_after

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from events.rule_versions import WarningRule, WarningVersion
    from events.rulebook import Rulebook
    from projections.entry import Entry, Known
    from projections.rules import RulesOfDay

SIGNAL: Final = "related_red"
"""The signal of the warning rule that is concluded here, across subjects."""

TYING: Final = (RelationRole.LEGAL_REPRESENTATIVE, RelationRole.ACTUAL_CONTROLLER)

NAMED_MAX: Final = 20
"""Subjects in the red that a warning names as its evidence; of more, the first by their ids."""


class Tie(NamedTuple):
    """What the ledger says of one tie from a day on: `until` is the first day without it.

    `known_from` is the first day at whose midnight it was known; a later one of the same entry
    takes its place. `is_void` says that nothing of the entry is left.
    """

    known_from: date
    offset: int
    subject_id: str
    entry_id: str
    other: str
    since: date
    until: date
    region: str
    is_void: bool

    def holds(self, on: date) -> bool:
        """Say whether the tie is in effect on a day."""
        return not self.is_void and self.since <= on < self.until


class InTheRed(NamedTuple):
    """A warning of a subject at level red, by which rule, and what it rests on."""

    subject_id: str
    rule: str
    domain: str
    evidence: tuple[str, ...]


class There(NamedTuple):
    """What is red at the other end, and the ties of its own; none where it is that end itself."""

    red: InTheRed
    ties: tuple[Tie, ...]


class Reach(NamedTuple):
    """That something red reaches a subject through a tie of its own."""

    own: Tie
    there: There


class RelatedWarning(msgspec.Struct, frozen=True, gc=False):
    """A warning concluded across subjects: the ties and what is red there are its evidence."""

    rule: str
    rule_from: date
    level: Level
    region: str
    domain: str
    evidence: tuple[str, ...]
    recipients: tuple[str, ...]


def rule_of(rulebook: Rulebook) -> WarningRule | None:
    """Give the rule that is concluded here."""
    return next((rule for rule in rulebook.warnings if rule.signal == SIGNAL), None)


def tie_of(entry: Entry, known: Known, rules: RulesOfDay) -> Tie | None:
    """Give what an entry, as known with an event, says of a tie; None where it names no subject.

    The rules are those of the day on which it is known: they say what an answer to an objection,
    or a repair, does to it.
    """
    event = entry.event
    if not isinstance(event, RelationRecorded) or event.other is None:
        return None
    ends = [] if event.until is None else [day_after(event.until)]
    relation = to_matter(entry)
    effect = None if relation is None else effect_of(relation, rules)
    ends += [] if effect is None else [effect.counts_until]
    return Tie(
        known.recorded_on + timedelta(days=1),
        known.offset,
        event.envelope.subject_id,
        event.envelope.event_id,
        event.other,
        entry.clock.day,
        min(ends, default=FOREVER),
        event.envelope.region,
        entry.annulled or event.role not in TYING or (effect is not None and effect.voided),
    )


def tie_said(before: Entry | None, after: Entry, known: Known, rules: RulesOfDay) -> Tie | None:
    """Give what an event said of a tie; a correction that leaves nobody to be tied to voids it."""
    tie = tie_of(after, known, rules)
    if tie is None and before is not None:
        tie = tie_of(before, known, rules)
        return None if tie is None else tie._replace(is_void=True)
    return tie


def reaches(
    subject_id: str, own: Iterable[Tie], there: Callable[[str], Sequence[There]]
) -> Iterator[Reach]:
    """Give through which ties in effect something red reaches a subject, in order.

    `there` gives what is red at the other end of a tie, by subject and rule. As many share an end,
    no more is looked at than is asked for. Nobody is warned of itself.
    """
    return merge(*(_through(tie, there(tie.other), subject_id) for tie in own), key=_order)


def _through(tie: Tie, there: Sequence[There], subject_id: str) -> Iterator[Reach]:
    return (Reach(tie, each) for each in there if each.red.subject_id != subject_id)


def _order(reach: Reach) -> tuple[str, str, str]:
    return reach.there.red.subject_id, reach.there.red.rule, reach.own.entry_id


def by_subject_and_rule(there: There) -> tuple[str, str]:
    """Order what is red at one end."""
    return there.red.subject_id, there.red.rule


def level_of(version: WarningVersion) -> Level:
    """Give the level of the warning: one subject in the red is enough."""
    return version.levels[0].level


def conclude(
    rule: WarningRule, version: WarningVersion, own: Sequence[Tie], reached: Iterable[Reach]
) -> RelatedWarning | None:
    """Conclude the warning of a day from the ties in effect and what reaches through them.

    It is the business of the region of the first tie, and of the domain of the first red.
    """
    named = first_named(reached)
    if not named:
        return None
    ties = {tie.entry_id for reach in named for tie in (reach.own, *reach.there.ties)}
    events = {event for reach in named for event in reach.there.red.evidence}
    return RelatedWarning(
        rule.id,
        version.start,
        level_of(version),
        min(own, key=lambda tie: (tie.since, tie.entry_id)).region,
        named[0].there.red.domain,
        (*sorted(ties), *sorted(events - ties)),
        rule.recipients,
    )


def first_named(reached: Iterable[Reach]) -> list[Reach]:
    """Keep, of what reaches a subject in order, that of the first subjects in the red."""
    subjects: set[str] = set()
    kept: list[Reach] = []
    for reach in reached:
        subjects.add(reach.there.red.subject_id)
        if len(subjects) > NAMED_MAX:
            break
        kept.append(reach)
    return kept
