"""Contagion (关联预警): a subject is warned of where one that shares its controller is in the red.

Pure. Subjects are tied by who represents or controls them. What ties them and how each of them
stands is read at one cut for all: the midnight with which a day begins. So the answer of a day
follows from the ledger alone, whatever partition a subject is in and whenever it is worked out.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

import msgspec

from events.relation import RelationRecorded, RelationRole
from events.rule_versions import WarningKind, WarningRule, version_on
from projections.building import to_matter
from projections.conclusions import ActiveWarning
from projections.effects import effect_of
from projections.marks import day_after
from projections.rules import FOREVER
from projections.telling import tell_warning

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from events.rulebook import Rulebook
    from projections.entry import Entry, Known
    from projections.notice import Notice, Told
    from projections.rules import RulesOfDay

SIGNAL: Final = "related_red"
"""The signal of warning rules that are concluded here, across subjects."""

TYING: Final = (RelationRole.LEGAL_REPRESENTATIVE, RelationRole.ACTUAL_CONTROLLER)


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


class Red(NamedTuple):
    """That a warning of a subject reached a level, or left it, as known from a day's midnight."""

    known_from: date
    order: tuple[int, int]
    subject_id: str
    rule: str
    is_red: bool
    domain: str
    evidence: tuple[str, ...]


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


def known_from(on: date, *, by_time: bool) -> date:
    """Give the first day at whose midnight a notice was known.

    What time alone brought about on a day is known as that day begins; what an event brought
    about, on the next.
    """
    return on if by_time else on + timedelta(days=1)


N = TypeVar("N", Tie, Red)


class Web:
    """The ties of some subjects, and how those at the other ends stand."""

    def __init__(self, ties: Iterable[Tie], reds: Iterable[Red]) -> None:
        """Arrange ties by subject and by who is at their other end, changes in order."""
        self._of_subject: dict[str, dict[str, list[Tie]]] = {}
        self._of_other: dict[str, set[str]] = {}
        for tie in sorted(ties, key=lambda t: (t.known_from, t.offset)):
            self._of_subject.setdefault(tie.subject_id, {}).setdefault(tie.entry_id, []).append(tie)
            self._of_other.setdefault(tie.other, set()).add(tie.subject_id)
        self._reds: dict[str, dict[str, list[Red]]] = {}
        for red in sorted(reds, key=lambda r: (r.known_from, r.order)):
            self._reds.setdefault(red.subject_id, {}).setdefault(red.rule, []).append(red)

    def tell(
        self, subject_id: str, told: Told, first: date, last: date, rulebook: Rulebook
    ) -> list[Notice]:
        """Tell what changed for a subject on each day from the first to the last, in order.

        What was told is remembered in `told`, in place.
        """
        rule = next((each for each in rulebook.warnings if each.signal == SIGNAL), None)
        notices: list[Notice] = []
        if rule is None:
            return notices
        for on in self._change_days(subject_id, first, last, rule):
            warning = self._warning(subject_id, on, rule)
            offset = self._last_offset(subject_id, on)
            notice = tell_warning(told, rule.id, warning, subject_id, on, offset)
            if notice is not None:
                notices.append(msgspec.structs.replace(notice, by_time=True))
        return notices

    def _warning(self, subject_id: str, on: date, rule: WarningRule) -> ActiveWarning | None:
        """Conclude the warning of a day at its midnight; None where nothing red is tied."""
        version = version_on(rule.in_force, on)
        sources = [] if version is None else self._sources(subject_id, on)
        if version is None or not sources:
            return None
        own = min(self._ties(subject_id, on), key=lambda tie: (tie.since, tie.entry_id))
        evidence = sorted({event for _, red in sources for event in red.evidence})
        ties = sorted({tie.entry_id for tie, _ in sources})
        return ActiveWarning(
            rule=rule.id,
            rule_from=version.start,
            kind=WarningKind.WARNING,
            level=version.levels[0].level,
            since=on,
            region=own.region,
            domain=sources[0][1].domain,
            evidence=(*ties, *evidence),
            window_months=None,
            expires_on=None,
            acknowledged_by=(),
            escalated=False,
            recipients=rule.recipients,
            list=None,
        )

    def _last_offset(self, subject_id: str, on: date) -> int:
        """Give the last message of the subject's own that a day's answer rests on."""
        entries = self._of_subject.get(subject_id, {}).values()
        known = [tie.offset for ties in entries for tie in ties if tie.known_from <= on]
        return max(known, default=-1)

    def _change_days(
        self, subject_id: str, first: date, last: date, rule: WarningRule
    ) -> list[date]:
        """Give the days up to the last on which the answer for a subject may differ."""
        days = {version.start for version in rule.in_force}
        members = {subject_id}
        for entries in self._of_subject.get(subject_id, {}).values():
            members |= {m for tie in entries for m in self._of_other.get(tie.other, ())}
            members |= {tie.other for tie in entries}
        for member in members:
            for ties in self._of_subject.get(member, {}).values():
                for tie in ties:
                    days |= {tie.known_from, max(tie.known_from, tie.since), tie.until}
            for reds in self._reds.get(member, {}).values():
                days |= {red.known_from for red in reds}
        return sorted(day for day in days if first <= day <= last)

    def _sources(self, subject_id: str, on: date) -> list[tuple[Tie, Red]]:
        """Give the ties through which something red reaches a subject, with what is red."""
        found: list[tuple[Tie, Red]] = []
        for own in self._ties(subject_id, on):
            for member in sorted({own.other, *self._of_other.get(own.other, ())}):
                if member == subject_id:
                    continue
                reds = self._red(member, on)
                if not reds:
                    continue
                ties = [tie for tie in self._ties(member, on) if tie.other == own.other]
                if member == own.other:
                    found += [(own, red) for red in reds]
                elif ties:
                    found += [(tie, red) for tie in (own, *ties) for red in reds]
        return found

    def _ties(self, subject_id: str, on: date) -> list[Tie]:
        found: list[Tie] = []
        for versions in self._of_subject.get(subject_id, {}).values():
            newest = _newest(versions, on)
            if newest is not None and not newest.is_void and newest.since <= on < newest.until:
                found.append(newest)
        return found

    def _red(self, subject_id: str, on: date) -> list[Red]:
        found: list[Red] = []
        for changes in self._reds.get(subject_id, {}).values():
            newest = _newest(changes, on)
            if newest is not None and newest.is_red:
                found.append(newest)
        return found


def _newest(versions: Sequence[N], on: date) -> N | None:
    newest: N | None = None
    for version in versions:
        if version.known_from > on:
            break
        newest = version
    return newest
