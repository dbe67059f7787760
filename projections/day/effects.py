"""What objections (异议) and repairs (信用修复) do to a record on a day. Pure.

An answer or a decision counts from its own day, an answer until a later one of its course. Only
deletion is as if the record had never been, so it holds on any day, as an annulment does. A repair
is judged by the rules of the day of its decision; one that they do not allow has no effect, and the
effect says why.
"""

from __future__ import annotations

from datetime import date  # noqa: TC003 - mypyc needs it at run time
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from events.dates import FOREVER, add_months
from projections.calendar.rules import list_version, place_of
from projections.day.objections import is_pending, standing_answers
from projections.day.shapes import RepairFlaw, RepairState
from projections.day.weight import GENERAL, tier_of
from projections.record.matters import (
    AnyMatter,
    Listing,
    Penalty,
)
from projections.record.traits import TRAITS, left_fen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from events.rules.versions import RepairVersion
    from projections.calendar.rules import RulesOfDay
    from projections.record.marks import Marks, Repair


class Effect(NamedTuple):
    """What objections and repairs make of a record on a day.

    `counts_until` is the first day on which it no longer counts, by its own end too, `hidden_from`
    the first on which only the subject and auditors see it. `repair_note` says why a repair that
    was granted has no effect.
    """

    counts_until: date
    hidden_from: date
    voided: bool
    objected: bool
    repaired_on: date | None
    repair: RepairState
    repair_note: RepairFlaw
    next_change_on: date
    rules: tuple[str, ...]


_UNTOUCHED: Final = Effect(
    counts_until=FOREVER,
    hidden_from=FOREVER,
    voided=False,
    objected=False,
    repaired_on=None,
    repair=RepairState.NONE,
    repair_note=RepairFlaw.NONE,
    next_change_on=FOREVER,
    rules=(),
)
_NO_FLAWS: Final[Mapping[str, RepairFlaw]] = MappingProxyType({})
_NOT_REPAIRED: Final = RepairState.NONE, RepairFlaw.NONE


def effect_of(
    matter: AnyMatter, rules: RulesOfDay, flaws: Mapping[str, RepairFlaw] = _NO_FLAWS
) -> Effect:
    """Give what is done to a matter; `flaws` says by repair what in the record takes its effect.

    Who asks what holds on a day asks `RecordOnDay.effect`, which knows of these.
    """
    marks = matter.marks
    ends = matter.ended_on or FOREVER
    if marks is None or not (marks.objections or marks.repairs or marks.applications):
        if matter.ended_on is None:
            return _UNTOUCHED
        next_change_on = ends if ends > rules.on else FOREVER
        return Effect(ends, FOREVER, False, False, None, *_NOT_REPAIRED, next_change_on, ())  # noqa: FBT003 - in the order of its fields
    work = _Working(matter, marks, rules)
    work.take_objections()
    work.take_repairs(flaws)
    return work.effect()


def repair_flaw(matter: AnyMatter, repair: Repair, rules: RulesOfDay) -> RepairFlaw:
    """Say why a granted repair has no effect, by the rules of its own day.

    A temporary one is not held to months and needs: who is reorganised owes.
    """
    cited = rules.repair(place_of(matter), repair.day)
    if cited is None:
        return RepairFlaw.NO_RULE
    version = cited[1]
    if type(matter) is Penalty and any(kind in version.never for kind in matter.kinds):
        return RepairFlaw.NEVER_REPAIRABLE
    if repair.until is not None:
        return RepairFlaw.NONE
    months = _minimum_months(matter, repair.day, version, rules)
    if months is None:
        return RepairFlaw.NEVER_REPAIRABLE
    if repair.day < add_months(matter.day, months):
        return RepairFlaw.BEFORE_MINIMUM
    if "performed" in version.needs and not _is_performed(matter, repair.day):
        return RepairFlaw.NOT_PERFORMED
    if "committed" in version.needs and not _is_committed(matter, repair.day):
        return RepairFlaw.NOT_COMMITTED
    return RepairFlaw.NONE


class _Working:
    """The working of one `effect_of`: a matter with marks, on the day of the rules."""

    def __init__(self, matter: AnyMatter, marks: Marks, rules: RulesOfDay) -> None:
        self.matter = matter
        self.marks = marks
        self.rules = rules
        self.place = place_of(matter)
        self.counts_until = matter.ended_on or FOREVER
        self.hidden_from = FOREVER
        self.voided = self.objected = False
        self.repaired_on: date | None = None
        self.repair, self.note = _NOT_REPAIRED
        self.days = [self.counts_until]
        self.used: dict[str, None] = {}

    def take_objections(self) -> None:
        """Take the objections: what is pending, and what the answers do that hold."""
        on = self.rules.on
        for objection in self.marks.objections:
            self.objected = self.objected or is_pending(objection, on)
            self.days.append(objection.raised_on)
            self.days += [answer.day for answer in objection.answers]
        for answer in standing_answers(self.marks.objections, on):
            cited = self.rules.objection(self.place, answer.day)
            if cited is None:
                continue
            name, version = cited
            done = version.effects.get(answer.outcome, "none")
            if done == "void":
                self.voided = True
            if done in ("hide", "stop"):
                self.hidden_from = min(self.hidden_from, answer.day)
            if done in ("end", "stop"):
                self.counts_until = min(self.counts_until, answer.day)
            if done != "none":
                self.used[name] = None

    def take_repairs(self, flaws: Mapping[str, RepairFlaw]) -> None:
        """Take applications and decisions: the repair that holds, or else how far it has come."""
        on = self.rules.on
        told: list[tuple[date, RepairState, RepairFlaw]] = []
        standing: list[date] = []
        coming: list[date] = []
        self.days += [application.day for application in self.marks.applications]
        for repair in self.marks.repairs:
            self.days.append(repair.day)
            if not repair.granted:
                told.append((repair.day, RepairState.REFUSED, RepairFlaw.NONE))
                continue
            cited = self.rules.repair(self.place, repair.day)
            if cited is not None and repair.day <= on:
                self.used[cited[0]] = None
            flaw = repair_flaw(self.matter, repair, self.rules) or flaws.get(repair.event_id)
            until = repair.until or FOREVER
            if flaw:
                told.append((repair.day, RepairState.NO_EFFECT, flaw))
            elif until <= on:
                told.append((max(until, repair.day), RepairState.LAPSED, RepairFlaw.NONE))
            elif repair.day < until:
                (standing if repair.day <= on else coming).append(repair.day)
                self.days.append(until)
        if standing:
            self.repaired_on, self.repair = min(standing), RepairState.GRANTED
        else:
            self.repair, self.note = self._how_far(told)
        repaired_from = min(standing or coming, default=FOREVER)
        self.counts_until = min(self.counts_until, repaired_from)
        self.hidden_from = min(self.hidden_from, repaired_from)

    def _how_far(
        self, told: list[tuple[date, RepairState, RepairFlaw]]
    ) -> tuple[RepairState, RepairFlaw]:
        """Give the state and note of what is not repaired: the last that happened by the day."""
        on = self.rules.on
        decided = [repair.day for repair in self.marks.repairs if repair.day <= on]
        for application in self.marks.applications:
            is_open = not any(application.day <= day for day in decided)
            if application.day <= on and is_open:
                return RepairState.APPLIED, RepairFlaw.NONE
        happened = sorted((item for item in told if item[0] <= on), key=lambda item: item[0])
        return happened[-1][1:] if happened else _NOT_REPAIRED

    def effect(self) -> Effect:
        """Put together what was found."""
        return Effect(
            self.counts_until,
            self.hidden_from,
            self.voided,
            self.objected,
            self.repaired_on,
            self.repair,
            self.note,
            min((day for day in self.days if day > self.rules.on), default=FOREVER),
            tuple(self.used),
        )


def _minimum_months(
    matter: AnyMatter, day: date, version: RepairVersion, rules: RulesOfDay
) -> int | None:
    """Give how long after its day a matter may be repaired; None is never."""
    if type(matter) is Listing:
        return list_version(rules.rulebook.lists[matter.list], matter.day).repair_after_months
    tier = tier_of(matter, rules, day)[0]
    return version.minimum_months.get(tier, version.minimum_months[GENERAL])


def _is_performed(matter: AnyMatter, day: date) -> bool:
    """Say whether nothing is owed of a matter by a day, as far as payments tell.

    Of a matter that nothing is paid on, whoever decides has judged that.
    """
    return not TRAITS[type(matter)].is_paid or left_fen(matter, day) == 0


def _is_committed(matter: AnyMatter, day: date) -> bool:
    applications = () if matter.marks is None else matter.marks.applications
    return any(each.committed and each.day <= day for each in applications)
