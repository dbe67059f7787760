"""Signals (信号): what conclusions ask of a record, by name, as intervals of evidence. Pure.

Warnings, classes and scores read a record through these alone, so that one record means the same
to all of them. Windows are applied by whoever asks.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from events.errors import LedgerError
from events.types.subject import SubjectChanged, SubjectRegistered
from projections.day.discrepancies import may_differ
from projections.record.kinds import EVENT_TYPES_OF_MATTERS, KINDS
from projections.record.matters import (
    Arrears,
    Commitment,
    Conduct,
    Conviction,
    Default,
    Enforcement,
    Grade,
    Honour,
    Inspection,
    Licence,
    Listing,
    Measure,
    NoticeGiven,
    Penalty,
    Recall,
    Relation,
)
from projections.signals import grades as graded
from projections.signals import licences, overdue, owing, said
from projections.signals.evidence import Evidence
from projections.signals.of_matters import OfMatters, part_of
from projections.signals.rising import arrears_rising
from projections.signals.series import NO_EVIDENCE, Series

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from projections.day.record_on_day import RecordOnDay
    from projections.day.shapes import Membership
    from projections.signals.kept import KeptSignals
    from projections.signals.said import Signal

__all__ = ["SIGNALS", "Evidence", "Signals", "UnknownSignalError"]


class UnknownSignalError(LedgerError):
    """A rule asks for a signal that does not exist."""


_SERIOUS: Final = OfMatters(Penalty, said.serious_penalties)

_OF_MATTERS: Final[Mapping[type, Mapping[str, Signal]]] = {
    Penalty: {
        "penalties": OfMatters(Penalty, said.penalties),
        "serious_penalties": _SERIOUS,
        "licence_revoked": OfMatters(Penalty, said.licence_revoked),
        "penalties_decided": OfMatters(Penalty, said.penalties_decided),
        "serious_penalties_decided": OfMatters(Penalty, said.serious_penalties_decided),
        "licence_revoked_decided": OfMatters(Penalty, said.licence_revoked_decided),
    },
    Arrears: {
        "arrears_fen": OfMatters(Arrears, owing.arrears_fen),
        "arrears_rising": OfMatters(Arrears, arrears_rising),
    },
    Listing: {
        "serious_lists": said.serious_lists,
        "listed": said.listed,
        "red_lists": said.red_lists,
        "judgment_defaulter": said.judgment_defaulter,
        "abnormal_operation": said.abnormal_operation,
        "abnormal_operation_old": said.abnormal_operation_old,
        "fled": said.fled,
    },
    NoticeGiven: {"list_notices": said.list_notices},
    Licence: {
        "licence_expiring": OfMatters(Licence, licences.licence_expiring),
        "licence_expired": OfMatters(Licence, licences.licence_expired),
    },
    Grade: {
        "grade_fell": OfMatters(Grade, graded.grade_fell),
        "grade_good": OfMatters(Grade, graded.grade_good),
        "grade_poor": OfMatters(Grade, graded.grade_poor),
        "grade_bad": OfMatters(Grade, graded.grade_bad),
    },
    Inspection: {"failed_inspections": OfMatters(Inspection, said.failed_inspections)},
    Recall: {"recalls": OfMatters(Recall, said.recalls)},
    Conduct: {
        "misconduct": OfMatters(Conduct, said.misconduct),
        "serious_misconduct": OfMatters(Conduct, said.serious_misconduct),
        "fled": said.fled,
    },
    Default: {
        "wage_arrears": OfMatters(Default, owing.wage_arrears),
        "wage_orders": OfMatters(Default, owing.wage_orders),
        "wage_arrears_fen": OfMatters(Default, owing.wage_arrears_fen),
        "wage_arrears_overdue": OfMatters(Default, owing.wage_arrears_overdue),
        "defaults": OfMatters(Default, owing.defaults),
        "default_fen": OfMatters(Default, owing.default_fen),
    },
    Enforcement: {
        "enforcements": OfMatters(Enforcement, owing.enforcements),
        "enforcements_old": OfMatters(Enforcement, owing.enforcements_old),
        "enforcement_fen": OfMatters(Enforcement, owing.enforcement_fen),
    },
    Commitment: {"breaches": OfMatters(Commitment, owing.breaches)},
    Conviction: {"convictions": OfMatters(Conviction, said.convictions)},
    Honour: {"honours": OfMatters(Honour, said.honours)},
    Measure: {"responses_overdue": overdue.responses_overdue},
    Relation: {"discrepancies": overdue.departments_differ},
}
_OF_MARKS: Final[Mapping[str, Signal]] = {
    "objections_overdue": overdue.objections_overdue,
    "repairs_overdue": overdue.repairs_overdue,
}
_OF_FACTS: Final[Mapping[str, Signal]] = {"discrepancies": overdue.departments_differ}

_PARTS: Final[Mapping[str, tuple[str, frozenset[str]]]] = {
    "serious_market_penalties": (
        "serious_penalties",
        frozenset({"market", "food_drug", "quality", "price"}),
    ),
    "serious_safety_penalties": ("serious_penalties", frozenset({"safety"})),
}
"""Signals that are the part of another in some domains."""


SIGNALS: Final[Mapping[str, Signal]] = MappingProxyType(
    {
        **{name: signal for of_kind in _OF_MATTERS.values() for name, signal in of_kind.items()},
        **_OF_MARKS,
        **_OF_FACTS,
        **{name: part_of(_SERIOUS, domains) for name, (_, domains) in _PARTS.items()},
    }
)
"""Every signal by its name; each gives its evidence in any order."""

_NAMES: Final = {
    kind: frozenset(of_kind) | {name for name, (whole, _) in _PARTS.items() if whole in of_kind}
    for kind, of_kind in _OF_MATTERS.items()
}
_NAMES_BY_TAG: Final = {KINDS[kind]: names for kind, names in _NAMES.items()}
_NONE: Final[frozenset[str]] = frozenset()


def signals_reading(event_type: str) -> frozenset[str]:
    """Give the signals that a record opened by this type of event can change."""
    return _BY_EVENT_TYPE.get(event_type, _OF_ANY)


_OF_ANY: Final = frozenset(_OF_MARKS) | {"responses_overdue"}
"""Any record may have marks, and a measure may rest on any."""

_OF_READ: Final = _OF_ANY | frozenset(_OF_FACTS)
"""What is read also bears a name, which may be another than that of others."""


_BY_EVENT_TYPE: Final[Mapping[str, frozenset[str]]] = {
    EVENT_TYPES_OF_MATTERS[kind]: names | _OF_READ for kind, names in _NAMES.items()
} | {
    kind.__name__: frozenset(_OF_FACTS) | frozenset(_OF_MARKS)
    for kind in (SubjectRegistered, SubjectChanged)
}


READ_TYPES: Final = frozenset(_BY_EVENT_TYPE)
"""The types of event that open a record which a signal reads."""


_POSSIBLE: Final[dict[int, frozenset[str]]] = {}
"""The signals of each combination of kinds, marks and facts met so far: few serve many subjects."""


def _possible(on_day: RecordOnDay) -> frozenset[str]:
    """Give the signals that a record can have by the kinds of its matters."""
    names: set[str] = set()
    for tag in on_day.record.kinds:
        names |= _NAMES_BY_TAG.get(tag, _NONE)
    if on_day.has_marks:
        names.update(_OF_MARKS)
    if may_differ(on_day):
        names.update(_OF_FACTS)
    return frozenset(names)


_NOTHING_GIVEN: Final[Mapping[str, Sequence[Evidence]]] = {}


class Signals:
    """The signals of a record on a day; what nobody asks for is not worked out."""

    def __init__(
        self,
        on_day: RecordOnDay,
        lists: list[Membership],
        given: Mapping[str, Sequence[Evidence]] = _NOTHING_GIVEN,
        kept: KeptSignals | None = None,
    ) -> None:
        """Note which signals the record can have at all, by the kinds of its matters.

        What is `given` is the evidence of some signals, whatever the record says; what is `kept`
        was read of this record before.
        """
        self.on_day: RecordOnDay = on_day
        self.lists: list[Membership] = lists
        self._kept = kept
        self._series: dict[str, Series] = {}
        if given:
            self._series |= {name: Series(list(pieces)) for name, pieces in given.items()}
        kinds = (1 if on_day.has_marks else 0) + (2 if may_differ(on_day) else 0)
        for tag in on_day.record.kinds:
            kinds |= 4 << tag
        possible = _POSSIBLE.get(kinds)
        if possible is None:
            possible = _POSSIBLE[kinds] = _possible(on_day)
        self.possible: frozenset[str] = possible.union(given) if given else possible
        """The signals that may have evidence; all others have none."""

    def of(self, name: str) -> Sequence[Evidence]:
        """Give the evidence of a signal, sorted. Raises `UnknownSignalError` naming it."""
        return self.series(name).pieces

    def series(self, name: str) -> Series:
        """Give the evidence of a signal as a whole. Raises `UnknownSignalError` naming it."""
        series = self._series.get(name)
        if series is None:
            series = self._series[name] = self._read(name)
        return series

    def _read(self, name: str) -> Series:
        signal = SIGNALS.get(name)
        if signal is None:
            raise UnknownSignalError(f"a rule asks for a signal that does not exist: {name}")
        if name not in self.possible:
            return NO_EVIDENCE
        if self._kept is not None:
            kept = self._kept.series(name, signal, self.on_day, self.lists)
            if kept is not None:
                return kept
        if name in _PARTS:
            # What the whole is made of is worked out once, for it and for its parts.
            whole, domains = _PARTS[name]
            pieces = [piece for piece in self.of(whole) if piece.domain in domains]
        else:
            pieces = signal(self.on_day, self.lists)
        return Series(pieces) if pieces else NO_EVIDENCE
