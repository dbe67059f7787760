"""Classified supervision (分类监管): in which class each department has a subject on a day. Pure.

Each department has its own conditions in its own domain. A class is tried from the worst to the
best; who meets none is in the rule's `otherwise` class: of whom nothing is known, nothing bad is
concluded. Only rules that have something to say of the subject are listed; `classes_in` gives all.
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - mypyc needs it at run time
from itertools import chain
from typing import TYPE_CHECKING, Final, NamedTuple

from events.dates import FOREVER
from events.rules.evaluation import Condition, SupervisionRule, SupervisionVersion  # noqa: TC001 - mypyc needs it at run time
from projections.calendar.slots import Slot
from projections.conclusions.conclusions import ConditionHeld, Supervised
from projections.conclusions.counting import count

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from events.rules.evaluation import SupervisionClass
    from events.types.subject import SubjectKind
    from projections.calendar.rules import RulesOfDay
    from projections.signals.signals import Signals


class _Condition(NamedTuple):
    """A condition, the domains in which it is asked (None for all), and whether it bars a class."""

    condition: Condition
    domains: tuple[str, ...] | None
    bars: bool


class _Rule(NamedTuple):
    """A rule and the version of the day, with each class's code and conditions."""

    rule: SupervisionRule
    version: SupervisionVersion
    classes: tuple[tuple[str, tuple[_Condition, ...]], ...]


class _Asked(NamedTuple):
    """The places of the rules that ask a signal: by domain, and of all domains."""

    by_domain: Mapping[str, frozenset[int]]
    everywhere: frozenset[int]


class _Plan(NamedTuple):
    """A day's rules arranged so that a subject meets only those that ask what it has."""

    rules: tuple[_Rule, ...]
    asked: dict[str, _Asked]


_PLAN: Final = Slot[_Plan]()


def supervise(signals: Signals, kind: SubjectKind | None = None) -> tuple[list[Supervised], date]:
    """Give the classes of a subject on the day, and the next day on which time may change one.

    Listed, in the order of the rules, is a class other than `otherwise`, and `otherwise` where
    something counts in the domain. A change of the rules themselves is not foreseen here.
    """
    rules = signals.on_day.rules
    plan = _PLAN.get(rules.arranged) or _arrange(rules)
    touched: set[int] = set()
    for signal in signals.possible:
        asked = plan.asked.get(signal)
        if asked is None:
            continue
        evidence = signals.of(signal)
        if evidence:
            touched |= asked.everywhere
        for each in evidence:
            touched |= asked.by_domain.get(each.domain, _NOWHERE)
    classes: list[Supervised] = []
    next_change_on = FOREVER
    for place in sorted(touched):
        ruled = plan.rules[place]
        if ruled.rule.kinds and kind not in ruled.rule.kinds:
            continue
        supervised, change_on = _class_by(ruled, signals)
        next_change_on = min(next_change_on, change_on)
        if supervised is not None:
            classes.append(supervised)
    return classes, next_change_on


_NOWHERE: Final[frozenset[int]] = frozenset()


def classes_in(domain: str, supervised: Sequence[Supervised], rules: RulesOfDay) -> dict[str, str]:
    """Give the class of a subject by each rule of a domain, also by those that list nothing."""
    listed = {each.rule: each.class_code for each in supervised}
    return {
        rule.id: listed.get(rule.id, version.otherwise)
        for rule, version in rules.supervision.get(domain, ())
    }


def _class_by(ruled: _Rule, signals: Signals) -> tuple[Supervised | None, date]:
    on = signals.on_day.rules.on
    possible = signals.possible
    next_change_on = FOREVER
    something_counts = False
    for code, conditions in ruled.classes:
        why: list[ConditionHeld] = []
        events: dict[str, None] = {}
        barred = False
        for condition, domains, bars in conditions:
            if condition.signal not in possible:
                continue
            evidence = signals.of(condition.signal)
            counted = count(evidence, on, condition.window_months, domains)
            next_change_on = min(next_change_on, counted.next_change_on)
            if not counted.events:
                continue
            something_counts = something_counts or domains is not None
            if counted.weight < condition.at_least:
                continue
            if bars:
                barred = True
            else:
                why.append(_held(condition, counted.weight))
                events |= dict.fromkeys(counted.events)
        if why and not barred:
            return _supervised(ruled, code, tuple(why), tuple(events)), next_change_on
    if something_counts:
        return _supervised(ruled, ruled.version.otherwise, (), ()), next_change_on
    return None, next_change_on


def _conditions(each: SupervisionClass, rule: SupervisionRule) -> tuple[_Condition, ...]:
    return tuple(
        _Condition(c, None if c.everywhere else c.domains or (rule.domain,), bars)
        for conditions, bars in ((each.any_of, False), (each.none_of, True))
        for c in conditions
    )


def _held(condition: Condition, amount: int) -> ConditionHeld:
    return ConditionHeld(condition.signal, amount, condition.at_least, condition.window_months)


def _supervised(
    ruled: _Rule, code: str, why: tuple[ConditionHeld, ...], events: tuple[str, ...]
) -> Supervised:
    rule, version, _ = ruled
    sampling = version.sampling_per_mille[code]
    return Supervised(
        rule.id, rule.department, rule.domain, code, sampling, events, why, version.start
    )


def _arrange(rules: RulesOfDay) -> _Plan:
    ruled = tuple(
        _Rule(
            rule, version, tuple((each.code, _conditions(each, rule)) for each in version.classes)
        )
        for rule, version in _in_order(rules)
    )
    by_domain: dict[str, dict[str, set[int]]] = {}
    everywhere: dict[str, set[int]] = {}
    for place, each in enumerate(ruled):
        for condition, domains, _ in chain.from_iterable(
            conditions for _, conditions in each.classes
        ):
            places = by_domain.setdefault(condition.signal, {})
            if domains is None:
                everywhere.setdefault(condition.signal, set()).add(place)
            for domain in domains or ():
                places.setdefault(domain, set()).add(place)
    plan = _Plan(
        ruled,
        {
            signal: _Asked(
                {domain: frozenset(conditions) for domain, conditions in places.items()},
                frozenset(everywhere.get(signal, ())),
            )
            for signal, places in by_domain.items()
        },
    )
    return _PLAN.fill(rules.arranged, plan)


def _in_order(rules: RulesOfDay) -> Iterable[tuple[SupervisionRule, SupervisionVersion]]:
    """Give the day's rules in the order of the rulebook."""
    places = {rule.id: place for place, rule in enumerate(rules.rulebook.supervision)}
    in_order = (each for ruled in rules.supervision.values() for each in ruled)
    return sorted(in_order, key=lambda each: places[each[0].id])
