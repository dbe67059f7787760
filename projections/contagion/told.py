"""Contagion as it is told: once a day, each day by what all partitions knew at its midnight. Pure.

So the answer of a day follows from the ledger alone, whatever partition a subject is in and
whenever it is worked out.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

import msgspec

from events.rules.dated import version_on
from events.rules.versions import WarningKind
from projections.conclusions.conclusions import ActiveWarning
from projections.contagion.contagion import (
    InTheRed,
    RelatedWarning,
    There,
    by_subject_and_rule,
    conclude,
    contagion_level,
    reaches,
    rule_of,
)
from projections.day.ties import Tie
from projections.notices.telling import tell_warning

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from events.rules.rulebook import Rulebook
    from events.rules.versions import Level, WarningRule
    from projections.contagion.contagion import Reach
    from projections.notices.notice import Notice, Told

_KEPT_MAX: Final = 100_000
"""What is red at an end on a day is kept for the next of its subjects, up to so many of these."""


class Red(NamedTuple):
    """That a warning of a subject reached a level, or left it, as known from a day's midnight."""

    known_from: date
    order: tuple[int, int]
    subject_id: str
    rule: str
    is_red: bool
    domain: str
    evidence: tuple[str, ...]


def known_from(on: date, *, by_time: bool) -> date:
    """Give the first day at whose midnight a notice was known.

    What time alone brought about on a day is known as that day begins; what an event brought
    about, on the next.
    """
    return on if by_time else on + timedelta(days=1)


N = TypeVar("N", Tie, Red)


class Web:
    """The ties of some subjects, and how those at the other ends stand.

    Of those at an end only the ones that were ever in the red are looked at, once a day for all
    that share it; so a representative of thousands costs no more than each of them alone.
    """

    def __init__(self, ties: Iterable[Tie], reds: Iterable[Red]) -> None:
        """Arrange ties and reds by subject, changes in order, and who was red at which end."""
        self._ties: dict[str, dict[str, list[Tie]]] = {}
        for tie in sorted(ties, key=lambda t: (t.known_from, t.offset)):
            self._ties.setdefault(tie.subject_id, {}).setdefault(tie.entry_id, []).append(tie)
        self._reds: dict[str, dict[str, list[Red]]] = {}
        for red in sorted(reds, key=lambda r: (r.known_from, r.order)):
            self._reds.setdefault(red.subject_id, {}).setdefault(red.rule, []).append(red)
        self._ever_red: dict[str, set[str]] = {subject: {subject} for subject in self._reds}
        for subject_id in self._reds:
            for other in self._others(subject_id):
                self._ever_red.setdefault(other, set()).add(subject_id)
        self._days_of: dict[str, set[date]] = {}
        self._there: dict[tuple[str, date], list[There]] = {}

    def tell(
        self, subject_id: str, told: Told, first: date, last: date, rulebook: Rulebook
    ) -> list[Notice]:
        """Tell what changed for a subject on each day from the first to the last, in order.

        What was told is remembered in `told`, in place.
        """
        rule = rule_of(rulebook)
        notices: list[Notice] = []
        if rule is None:
            return notices
        for on in self._change_days(subject_id, first, last, rule):
            last_told = told.warnings.get(rule.id)
            level = None if last_told is None else last_told.level
            if self._level(subject_id, on, rule) is level:
                continue
            concluded = self.warning(subject_id, on, rule)
            warning = None if concluded is None else _active(concluded, on)
            offset = self._last_offset(subject_id, on)
            notice = tell_warning(told, rule.id, warning, subject_id, on, offset)
            if notice is not None:
                notices.append(msgspec.structs.replace(notice, by_time=True))
        return notices

    def warning(self, subject_id: str, on: date, rule: WarningRule) -> RelatedWarning | None:
        """Conclude the warning of a day at its midnight; None where nothing red is tied."""
        version = version_on(rule.in_force, on)
        if version is None:
            return None
        own, reached = self._reached(subject_id, on)
        return conclude(rule, version, own, reached)

    def _level(self, subject_id: str, on: date, rule: WarningRule) -> Level | None:
        """Give the level of the warning of a day, None without one; most days nothing changes."""
        version = version_on(rule.in_force, on)
        _, reached = self._reached(subject_id, on)
        if version is None or next(reached, None) is None:
            return None
        return contagion_level(version)

    def _reached(self, subject_id: str, on: date) -> tuple[list[Tie], Iterator[Reach]]:
        own = self._own(subject_id, on)
        return own, reaches(subject_id, own, lambda other: self._red_there(other, on))

    def _last_offset(self, subject_id: str, on: date) -> int:
        """Give the last message of the subject's own that a day's answer rests on."""
        entries = self._ties.get(subject_id, {}).values()
        known = [tie.offset for ties in entries for tie in ties if tie.known_from <= on]
        return max(known, default=-1)

    def _change_days(
        self, subject_id: str, first: date, last: date, rule: WarningRule
    ) -> list[date]:
        """Give the days up to the last on which the answer for a subject may differ.

        The first is one of them: what waited behind a parked message is told of a day that has
        passed.
        """
        days = {first, *(version.start for version in rule.in_force)}
        days |= self._tie_days(subject_id)
        for other in self._others(subject_id):
            days |= self._days_at(other)
        return sorted(day for day in days if first <= day <= last)

    def _days_at(self, other: str) -> set[date]:
        """Give the days on which what is red at an end may change."""
        days = self._days_of.get(other)
        if days is None:
            days = self._days_of[other] = set()
            for member in self._ever_red.get(other, ()):
                days |= self._tie_days(member)
                for reds in self._reds[member].values():
                    days |= {red.known_from for red in reds}
        return days

    def _tie_days(self, subject_id: str) -> set[date]:
        days: set[date] = set()
        for ties in self._ties.get(subject_id, {}).values():
            for tie in ties:
                days |= {tie.known_from, max(tie.known_from, tie.since), tie.until}
        return days

    def _others(self, subject_id: str) -> set[str]:
        entries = self._ties.get(subject_id, {}).values()
        return {tie.other for ties in entries for tie in ties}

    def _red_there(self, other: str, on: date) -> list[There]:
        """Give what is red at an end on a day: those tied to it, and it itself."""
        sisters_red = self._there.get((other, on))
        if sisters_red is None:
            if len(self._there) >= _KEPT_MAX:
                self._there.clear()
            sisters_red = self._there[other, on] = []
            for member in self._ever_red.get(other, ()):
                reds = self._red(member, on)
                ties = [tie for tie in self._own(member, on) if tie.other == other] if reds else []
                if ties or member == other:
                    sisters_red += [There(red, tuple(ties)) for red in reds]
            sisters_red.sort(key=by_subject_and_rule)
        return sisters_red

    def _own(self, subject_id: str, on: date) -> list[Tie]:
        ties: list[Tie] = []
        for versions in self._ties.get(subject_id, {}).values():
            newest = _newest(versions, on)
            if newest is not None and newest.holds(on):
                ties.append(newest)
        return ties

    def _red(self, subject_id: str, on: date) -> list[InTheRed]:
        reds: list[InTheRed] = []
        for changes in self._reds[subject_id].values():
            newest = _newest(changes, on)
            if newest is not None and newest.is_red:
                reds.append(InTheRed(subject_id, newest.rule, newest.domain, newest.evidence))
        return reds


def _active(warning: RelatedWarning, on: date) -> ActiveWarning:
    return ActiveWarning(
        rule=warning.rule,
        rule_from=warning.rule_from,
        kind=WarningKind.WARNING,
        level=warning.level,
        since=on,
        region=warning.region,
        domain=warning.domain,
        evidence=warning.evidence,
        window_months=None,
        expires_on=None,
        acknowledged_by=(),
        escalated=False,
        recipients=warning.recipients,
        list=None,
    )


def _newest(versions: Sequence[N], on: date) -> N | None:
    newest: N | None = None
    for version in versions:
        if version.known_from > on:
            break
        newest = version
    return newest
