"""Contagion (关联预警): a subject is warned of where one that shares its controller is in the red.

Pure. Subjects are tied by who represents or controls them. What ties them and how each of them
stands is read at one cut for all. How that is concluded stands here, once: what is told at each
midnight (`projections.contagion.told`) and what is answered as of a day and a cut
(`projections.as_of.contagion`) both come from it.
"""

from __future__ import annotations

from datetime import date
from heapq import merge
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from events.rules.versions import Level

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from events.rules.rulebook import Rulebook
    from events.rules.versions import WarningRule, WarningVersion
    from projections.day.ties import Tie

SIGNAL: Final = "related_red"
"""The signal of the warning rule that is concluded here, across subjects."""


NAMED_MAX: Final = 20
"""Subjects in the red that a warning names as its evidence; of more, the first by their ids."""


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


def contagion_level(version: WarningVersion) -> Level:
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
        contagion_level(version),
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
