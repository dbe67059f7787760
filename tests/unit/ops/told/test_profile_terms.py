"""Every code that a profile can hold has its term in both languages."""

from __future__ import annotations

from enum import StrEnum
from string import Formatter

import pytest

from events.envelope import Source
from events.event import AMENDMENTS, ORIGINALS
from events.rules.rulebook import load_rulebook
from events.rules.versions import Level, WarningKind
from events.types.court import CourtRole
from events.types.finding import InspectionResult, Seriousness
from events.types.measure import MeasureAnswer
from events.types.objection import ObjectionOutcome
from events.types.penalty import PenaltyKind
from events.types.relation import MergerKind, RelationRole
from events.types.subject import SubjectKind, SubjectStatus
from ops.terms.terms import all_terms
from ops.told.record import STATUS_STYLES
from ops.told.standing import LEVEL_STYLES
from projections.calendar.rules import TIERS
from projections.day.shapes import ListingStage, ListStatus, MeasureStanding
from projections.profile.shapes import RecordStatus
from projections.profile.shown_record import details_of
from projections.record.kinds import KINDS
from projections.signals.signals import SIGNALS

CONCLUDED_ONLY = {"SubjectRegistered", "SubjectChanged"}
"""Types that the head of a profile tells of."""


ENUMS: dict[str, type[StrEnum]] = {
    "subject_kind": SubjectKind,
    "subject_status": SubjectStatus,
    "source": Source,
    "kinds": PenaltyKind,
    "result": InspectionResult,
    "seriousness": Seriousness,
    "risk": Seriousness,
    "role": RelationRole,
    "kind": MergerKind,
    "record_status": RecordStatus,
    "list_status": ListStatus,
    "stage": ListingStage,
    "warning_level": Level,
    "warning_kind": WarningKind,
    "measure_status": MeasureStanding,
    "answer": MeasureAnswer,
    "court_role": CourtRole,
    "objection_outcome": ObjectionOutcome,
}


@pytest.mark.parametrize("group", ENUMS)
def test_every_code_of_the_field_has_its_term(group: str) -> None:
    # An extension answers nothing yet.
    told_of = {str(code) for code in ENUMS[group]} - {"extended"}
    assert told_of - set(all_terms()[group]) == set()


def test_whatever_the_rules_name_by_code_has_its_term() -> None:
    rulebook, terms = load_rulebook(), all_terms()
    grounds = {g for rule in rulebook.lists.values() for v in rule.in_force for g in v.grounds}
    groups = {i.group for m in rulebook.scores for v in m.in_force for i in v.indicators}
    punishers = {measure.punisher for measure in rulebook.measures.values()}
    asked = {rule.signal for rule in rulebook.warnings} | set(SIGNALS)
    assert (
        grounds - set(terms["ground"]),
        groups - set(terms["score_group"]),
        punishers - set(terms["punisher"]),
        asked - set(terms["signal"]),
        set(TIERS) - set(terms["severity"]),
    ) == (set(), set(), set(), set(), set())


def test_every_type_that_opens_a_record_and_every_field_of_it_has_its_term() -> None:
    kinds = {kind.__name__ for kind in ORIGINALS} - CONCLUDED_ONLY
    assert kinds == set(all_terms()["event_type"])
    fields = {name for kind in KINDS for name in details_of(kind)}
    assert fields - {"event_type"} <= set(all_terms()["detail"])
    assert len(AMENDMENTS) > 0
    assert set(STATUS_STYLES) == set(RecordStatus)
    assert set(LEVEL_STYLES) == set(Level)


def test_a_term_has_both_languages_with_the_same_places() -> None:
    for group, terms in all_terms().items():
        for code, texts in terms.items():
            zh, en = texts
            assert zh, f"{group}.{code}"
            assert en, f"{group}.{code}"
            assert places(zh) == places(en), f"{group}.{code}"


def places(text: str) -> set[str | None]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}
