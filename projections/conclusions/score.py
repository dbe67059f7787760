"""The benchmark evaluation (信用基准性评价): a score of 1000 points, explained by its events. Pure.

What is reported for an indicator is read on its line; where nothing is, it counts the points of the
unknown, as unknown is not bad. What the record holds against or for the subject is deducted or
gained. The score is the sum of all indicators, cut by a veto, and is never set beside another's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from events.dates import FOREVER
from events.envelope import Source
from events.rules.evaluation import ScoreVersion  # noqa: TC001 - mypyc needs it at run time
from events.types.subject import SubjectKind
from projections.calendar.slots import Slot
from projections.conclusions.conclusions import GroupTotal, Score, ScoreCap, ScoreItem, ScoreReason
from projections.conclusions.counting import count
from projections.record.matters import Reading

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from events.rules.code_lists import Indicator
    from events.rules.evaluation import ScoreGrade, ScoreIndicator, ScoreModel
    from projections.calendar.rules import RulesOfDay
    from projections.day.record_on_day import RecordOnDay
    from projections.signals.signals import Signals


_SELF_DECLARED: Final = Source.SELF_DECLARED


class _ScorePlan(NamedTuple):
    """A model arranged so that a subject meets only the indicators that ask what it has."""

    version: ScoreVersion
    by_signal: dict[str, frozenset[int]]
    by_reading: dict[str, frozenset[int]]
    unknown: dict[str, int]
    of_nothing_known: Score


_PLANS: Final = Slot[dict[SubjectKind, _ScorePlan]]()


def score_of(signals: Signals, kind: SubjectKind | None) -> tuple[Score | None, date]:
    """Give the score on the day, and the next day on which time may change it.

    There is none for a kind of subject that no model of the day evaluates. A change of the rules
    themselves is not foreseen here.
    """
    rules = signals.on_day.rules
    if kind is None or kind not in rules.scores:
        return None, FOREVER
    plans = _PLANS.get(rules.arranged) or {}
    plan = plans.get(kind) or _arrange(rules, kind)
    readings, next_change_on = newest_readings(signals.on_day)
    touched: set[int] = set()
    for signal in signals.possible:
        asking = plan.by_signal.get(signal)
        if asking is not None and signals.of(signal):
            touched |= asking
    for code in readings:
        touched |= plan.by_reading.get(code, frozenset())
    caps, next_cap = _caps(plan.version, signals)
    next_change_on = min(next_change_on, next_cap)
    items: list[ScoreItem] = []
    for place in sorted(touched):
        item, change_on = _item(plan.version.indicators[place], signals, readings)
        next_change_on = min(next_change_on, change_on)
        if item is not None:
            items.append(item)
    if not items and not caps:
        return plan.of_nothing_known, next_change_on
    return _score(plan, items, caps), next_change_on


def newest_readings(on_day: RecordOnDay) -> tuple[dict[str, Reading], date]:
    """Give the newest reading of each indicator by its period, and when the next one counts.

    What subjects say of themselves is trusted less, and counts for nothing.
    """
    newest: dict[str, Reading] = {}
    next_change_on = FOREVER
    on = on_day.rules.on
    for reading in on_day.of(Reading):
        counts_until = on_day.effect(reading).counts_until
        if reading.source is _SELF_DECLARED or counts_until <= on:
            continue
        if reading.day > on:
            next_change_on = min(next_change_on, reading.day)
            continue
        next_change_on = min(next_change_on, counts_until)
        known = newest.get(reading.indicator)
        if known is None or _newness(known) < _newness(reading):
            newest[reading.indicator] = reading
    return newest, next_change_on


def _newness(reading: Reading) -> tuple[str, date, str]:
    return reading.period, reading.day, reading.event_id


def points_on_line(value: int, worst: int, best: int, points: int) -> int:
    """Read a value on the line from `worst` (0 points) to `best` (all points), rounded down."""
    along = (value - worst) * (1 if best > worst else -1)
    length = abs(best - worst)
    return points * min(max(along, 0), length) // length


def _item(
    indicator: ScoreIndicator, signals: Signals, readings: Mapping[str, Reading]
) -> tuple[ScoreItem | None, date]:
    rules = signals.on_day.rules
    next_change_on = FOREVER
    events: dict[str, None] = {}
    why: list[ScoreReason] = []
    points, known = _reported(indicator, readings, rules.rulebook.indicators, why)
    events |= {readings[each.what].event_id: None for each in why}
    for deduction in indicator.deductions:
        if deduction.signal not in signals.possible:
            continue
        domains = deduction.domains or None
        evidence = signals.of(deduction.signal)
        counted = count(evidence, rules.on, deduction.window_months, domains)
        next_change_on = min(next_change_on, counted.next_change_on)
        if counted.events:
            moved = -deduction.points_each * len(counted.events)
            points += moved
            why.append(ScoreReason(deduction.signal, len(counted.events), moved))
            events |= dict.fromkeys(counted.events)
    if not why:
        return None, next_change_on
    held = min(max(points, 0), indicator.points)
    return ScoreItem(
        indicator.code, indicator.group, held, indicator.points, known, tuple(events), tuple(why)
    ), next_change_on


def _reported(
    indicator: ScoreIndicator,
    readings: Mapping[str, Reading],
    lines: Mapping[str, Indicator],
    why: list[ScoreReason],
) -> tuple[int, bool]:
    """Give the points before deductions, and whether they are known; say why in `why`.

    Of several reported codes each has an equal share, those unknown that of the unknown; the sum
    is rounded down once.
    """
    if not indicator.reported:
        return indicator.unknown, True
    among = len(indicator.reported)
    total = 0
    for code in indicator.reported:
        reading = readings.get(code)
        if reading is None:
            total += indicator.unknown
            continue
        line = lines[code]
        points = points_on_line(reading.value, line.worst, line.best, indicator.points)
        total += points
        why.append(ScoreReason(code, reading.value, points // among))
    return total // among, why != []


def _caps(version: ScoreVersion, signals: Signals) -> tuple[list[ScoreCap], date]:
    caps: list[ScoreCap] = []
    next_change_on = FOREVER
    for veto in version.vetoes:
        if veto.signal not in signals.possible:
            continue
        counted = count(signals.of(veto.signal), signals.on_day.rules.on)
        next_change_on = min(next_change_on, counted.next_change_on)
        if counted.events:
            caps.append(ScoreCap(veto.signal, veto.at_most, counted.events))
    return caps, next_change_on


def _score(plan: _ScorePlan, items: list[ScoreItem], caps: list[ScoreCap]) -> Score:
    version, default = plan.version, plan.of_nothing_known
    moved = dict.fromkeys((each.group for each in default.groups), 0)
    for item in items:
        moved[item.group] += item.points - plan.unknown[item.indicator]
    groups = tuple(
        GroupTotal(each.group, each.points + moved[each.group], each.of) for each in default.groups
    )
    points = min([sum(each.points for each in groups), *(cap.at_most for cap in caps)])
    grade = _grade(version, points, {cap.signal for cap in caps})
    return Score(
        default.model, default.model_from, points, grade, groups, tuple(items), tuple(caps)
    )


def _grade(version: ScoreVersion, points: int, capped_by: set[str]) -> str | None:
    """Give the grade: of a veto in effect the first that names one, or by the points."""
    for veto in version.vetoes:
        if veto.grade is not None and veto.signal in capped_by:
            return veto.grade
    return grade_at(version.grades, points)


def grade_at(grades: Sequence[ScoreGrade], points: int) -> str | None:
    """Give the best grade that so many points reach; None where there are no grades."""
    reached = (g.code for g in grades if g.at_least is not None and points >= g.at_least)
    return next(reached, None)


def _arrange(rules: RulesOfDay, kind: SubjectKind) -> _ScorePlan:
    model, version = rules.scores[kind]
    signals: dict[str, set[int]] = {}
    readings: dict[str, set[int]] = {}
    for place, indicator in enumerate(version.indicators):
        for deduction in indicator.deductions:
            signals.setdefault(deduction.signal, set()).add(place)
        for code in indicator.reported:
            readings.setdefault(code, set()).add(place)
    plan = _ScorePlan(
        version,
        {signal: frozenset(places) for signal, places in signals.items()},
        {code: frozenset(places) for code, places in readings.items()},
        {each.code: each.unknown for each in version.indicators},
        _of_nothing_known(model, version),
    )
    plans = _PLANS.get(rules.arranged)
    if plans is None:
        plans = _PLANS.fill(rules.arranged, {})
    plans[kind] = plan
    return plan


def _of_nothing_known(model: ScoreModel, version: ScoreVersion) -> Score:
    groups: dict[str, tuple[int, int]] = {}
    for indicator in version.indicators:
        points, of = groups.get(indicator.group, (0, 0))
        groups[indicator.group] = points + indicator.unknown, of + indicator.points
    totals = tuple(GroupTotal(group, *both) for group, both in groups.items())
    points = sum(total.points for total in totals)
    grade = _grade(version, points, set())
    return Score(model.id, version.start, points, grade, totals, (), ())
