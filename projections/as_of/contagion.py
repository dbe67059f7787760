"""Contagion as of a day and a cut: what reached a subject through its ties, as then known. Pure.

Every subject that shares a representative or controller is folded up to the one cut, and its
warnings are concluded on the day, by the same rules. Nothing rests on what was told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from events.dates import FOREVER
from events.rules.versions import Level
from events.types.relation import RelationRecorded
from projections.as_of.known_history import known_history, record_on
from projections.conclusions.standing import read_signals, standing_of
from projections.contagion.contagion import (
    SIGNAL,
    InTheRed,
    Reach,
    RelatedWarning,
    There,
    by_subject_and_rule,
    conclude,
    first_named,
    reaches,
)
from projections.day.ties import Tie, tie_of
from projections.record.chain import fold_chain

if TYPE_CHECKING:
    from projections.calendar.rules import RuleCalendar, RulesOfDay
    from projections.conclusions.conclusions import ActiveWarning
    from projections.ledger.message import Known, Read


class Relative(NamedTuple):
    """A subject that may be at the other end of a tie, with its messages before the cut."""

    subject_id: str
    partition: int
    items: Sequence[Read]


class Relatives(NamedTuple):
    """Who may share a representative or controller with a subject, as known at a cut.

    The cut is that of all partitions, as text. Of those in `silent` it names no offset; then nobody
    is looked for, as a relative may be in any partition.
    """

    cut: str
    silent: Sequence[int]
    members: Iterable[Relative]


Look = Callable[[Sequence[str]], Relatives]
"""Finds all who were ever tied to one of those named, and these themselves."""


class ContagionAsked(StrEnum):
    """Whether it was asked what reaches the subject from others, and why not."""

    CONCLUDED = "concluded"
    NOBODY_TIED = "nobody_tied"
    NO_RULE = "no_rule"
    CUT_SILENT = "cut_silent"
    NOT_LOOKED = "not_looked"


class OwnTie(msgspec.Struct, frozen=True, gc=False):
    """A tie of the subject in effect on the day; `until` is the first day without it."""

    entry_id: str
    other: str
    since: date
    until: date | None


class RedRelative(msgspec.Struct, frozen=True, gc=False):
    """A warning at level red of one at the other end, and the ties that it comes through."""

    subject_id: str
    partition: int
    rule: str
    rule_from: date
    since: date
    domain: str
    evidence: tuple[str, ...]
    through: tuple[str, ...]
    ties: tuple[str, ...]


class Contagion(msgspec.Struct, frozen=True, gc=False):
    """What reaches a subject through its ties on a day, as known at a cut of all partitions.

    `relatives` counts the subjects at the other ends, `parked` names those whose later messages
    wait, `red_relatives` counts those in the red; of these the first are named. `cut` is None where
    no other partition was needed, and in `silent` are those it should have named.
    """

    asked: ContagionAsked
    ties: list[OwnTie]
    cut: str | None = None
    silent: list[int] = []
    relatives: int = 0
    parked: list[str] = []
    red_relatives: int = 0
    red: list[RedRelative] = []
    warning: RelatedWarning | None = None


def contagion_as_of(
    chains: Mapping[str, Sequence[Known]],
    subject_id: str,
    rules: RulesOfDay,
    calendar: RuleCalendar,
    look: Look | None,
) -> Contagion:
    """Conclude what reaches a subject on the day of the rules; `chains` are its own entries."""
    own = ties_on(chains, rules)
    ties = [_own_tie(tie) for tie in own]
    rule = next((each for each in rules.warnings if each[0].signal == SIGNAL), None)
    if not own:
        return Contagion(ContagionAsked.NOBODY_TIED, ties)
    if rule is None:
        return Contagion(ContagionAsked.NO_RULE, ties)
    if look is None:
        return Contagion(ContagionAsked.NOT_LOOKED, ties)
    relatives = look(sorted({tie.other for tie in own}))
    if relatives.silent:
        return Contagion(ContagionAsked.CUT_SILENT, ties, silent=sorted(relatives.silent))
    around = _Around(subject_id, own, rules, calendar)
    for relative in relatives.members:
        around.meet(relative)
    reached = list(reaches(subject_id, own, around.red_there))
    return Contagion(
        ContagionAsked.CONCLUDED,
        ties,
        relatives.cut,
        relatives=around.relatives,
        parked=sorted(around.parked),
        red_relatives=len({reach.there.red.subject_id for reach in reached}),
        red=around.named(first_named(reached)),
        warning=conclude(*rule, own, reached),
    )


def ties_on(chains: Mapping[str, Sequence[Known]], rules: RulesOfDay) -> list[Tie]:
    """Give the ties among the entries in effect on the day of the rules, the oldest first."""
    ties: list[Tie] = []
    for known in chains.values():
        if any(type(each.event) is RelationRecorded for each in known):
            entry = fold_chain(known).entry
            tie = None if entry is None else tie_of(entry, known[-1], rules)
            if tie is not None and tie.holds(rules.on):
                ties.append(tie)
    return sorted(ties, key=lambda tie: (tie.since, tie.entry_id))


def _own_tie(tie: Tie) -> OwnTie:
    return OwnTie(tie.entry_id, tie.other, tie.since, None if tie.until == FOREVER else tie.until)


class _Around:
    """The working of one conclusion: who is at the other ends, and what of them is red.

    Each is folded and let go; only what is red is kept.
    """

    def __init__(
        self, subject_id: str, own: Sequence[Tie], rules: RulesOfDay, calendar: RuleCalendar
    ) -> None:
        self._subject_id = subject_id
        self._others = {tie.other for tie in own}
        self._rules = rules
        self._calendar = calendar
        self._warnings: dict[tuple[str, str], tuple[int, ActiveWarning]] = {}
        self.relatives = 0
        self.parked: list[str] = []
        self._there: dict[str, list[There]] = {}

    def meet(self, relative: Relative) -> None:
        """Fold one who may be at an other end; if it is, conclude what of it is red."""
        subject_id = relative.subject_id
        if subject_id == self._subject_id or not relative.items:
            return
        history = known_history(relative.items, self._calendar)
        ties = [t for t in ties_on(history.chains, self._rules) if t.other in self._others]
        if not ties and subject_id not in self._others:
            return
        self.relatives += 1
        if history.parked is not None:
            self.parked.append(subject_id)
        record, _ = record_on(history.chains, self._rules.on)
        for warning in standing_of(read_signals(record, self._rules)).warnings:
            if warning.level is Level.RED:
                self._warnings[subject_id, warning.rule] = relative.partition, warning
                red = InTheRed(subject_id, warning.rule, warning.domain, warning.evidence)
                self._put(red, ties)

    def _put(self, red: InTheRed, ties: Sequence[Tie]) -> None:
        if red.subject_id in self._others:
            self._there.setdefault(red.subject_id, []).append(There(red, ()))
        for other in {tie.other for tie in ties}:
            through = tuple(tie for tie in ties if tie.other == other)
            self._there.setdefault(other, []).append(There(red, through))

    def red_there(self, other: str) -> list[There]:
        """Give what is red at an end, in order."""
        return sorted(self._there.get(other, ()), key=by_subject_and_rule)

    def named(self, reached: Sequence[Reach]) -> list[RedRelative]:
        """Give each red that reaches the subject once, with all the ties that it comes through."""
        by_red: dict[tuple[str, str], list[Reach]] = {}
        for reach in reached:
            red = reach.there.red
            by_red.setdefault((red.subject_id, red.rule), []).append(reach)
        return [self._named(key, same) for key, same in by_red.items()]

    def _named(self, key: tuple[str, str], same: Sequence[Reach]) -> RedRelative:
        partition, warning = self._warnings[key]
        ties = {tie.entry_id for reach in same for tie in (reach.own, *reach.there.ties)}
        return RedRelative(
            key[0],
            partition,
            warning.rule,
            warning.rule_from,
            warning.since,
            warning.domain,
            warning.evidence,
            tuple(sorted({reach.own.other for reach in same})),
            tuple(sorted(ties)),
        )
