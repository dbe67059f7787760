"""The credit profile (信用档案): what follows from a record on a day. Pure.

Records with who may see them, list memberships, warnings, supervision classes, the score and its
reasons, measures, and where departments differ; each with the rules used. Nothing here ranks
subjects, and an unknown value stays unknown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from events.subject import SubjectKind
from projections.category_count import CategoryCount
from projections.conclusions import (
    ListStatus,
    MeasureStatus,
    Membership,
    Score,
    Standing,
    Supervised,
)
from projections.disclosure import Span, conclude_tally, serious_spans, shown
from projections.discrepancies import discrepancies
from projections.joint_measures import measures_on, next_measure_change
from projections.matters import Arrears, Default, Listing, Merger
from projections.objections import shown_objections
from projections.rules import FOREVER, place_of
from projections.score import score_of
from projections.shown import Profile, Shown, ShownRecord
from projections.shown_record import has_ended, own_days, shown_record
from projections.standing import read_signals, standing_of
from projections.supervision import supervise
from projections.weight import amounts_fen, replaced_on, tier_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from projections.credit_record import CreditRecord, Fact
    from projections.matters import AnyMatter
    from projections.record_on_day import RecordOnDay
    from projections.rules import RulesOfDay
    from projections.signals import Signals


class _Assessment:
    """The working of one `assess`: counts, rules used and the nearest day of change."""

    def __init__(self, on_day: RecordOnDay) -> None:
        self.on_day = on_day
        self.rules = on_day.rules
        self.next_change_on = self.rules.next_change_on
        self.used: set[str] = set()
        self.categories: dict[str, CategoryCount] = {}
        self.replaced: dict[str, date] = {}

    def of_category(self, category: str) -> CategoryCount:
        """Give the counts of a category."""
        counts = self.categories.get(category)
        if counts is None:
            counts = self.categories[category] = CategoryCount()
        return counts

    def changes_on(self, day: date | None) -> None:
        """Note a day on which time alone changes what is concluded."""
        if day is not None and self.rules.on < day < self.next_change_on:
            self.next_change_on = day

    def count_tallies(self) -> None:
        """Count what is tallied; the hot loop of the projector."""
        for kind, (count, fen, unknown) in self.on_day.record.tallies.items():
            found = conclude_tally(kind, self.rules)
            self.used.add(found.rule)
            self.changes_on(found.changes_on)
            self.of_category(found.category).add(
                count, fen, unknown, public=found.public, shared=found.shared
            )

    def records(self, lists: Sequence[Membership]) -> list[ShownRecord]:
        """Conclude who may see each matter, and count it."""
        spans = serious_spans(lists)
        listed = {member.entry_id: member for member in lists}
        self.replaced = replaced_on(self.on_day.of(Arrears))
        for day in self.replaced.values():
            self.changes_on(day)
        return [
            self._record(matter, spans, listed.get(matter.event_id))
            for matter in self.on_day.matters()
        ]

    def _record(
        self, matter: AnyMatter, spans: Sequence[Span], member: Membership | None
    ) -> ShownRecord:
        effect = self.on_day.effect(matter)
        tier, weighed_by = tier_of(matter, self.rules)
        until = None
        if isinstance(matter, Listing) and member is not None:
            until = member.until or FOREVER
            if member.status is ListStatus.NO_EFFECT:
                until = self.rules.on  # What has no effect is not published as if it had.
        who = shown(matter, effect, tier, spans, self.rules, listed_until=until)
        self._use(who, weighed_by, effect.rules)
        self.changes_on(effect.next_change_on)
        for day in own_days(matter):
            self.changes_on(day)
        amount, owed = amounts_fen(matter, self.rules.on)
        is_replaced = self.replaced.get(matter.event_id, FOREVER) <= self.rules.on
        if is_replaced:
            owed = 0
        if has_ended(effect, self.rules.on):
            owed = 0  # A repair, or a stop, ends the use against the subject, not the debt.
        # Of what may still be owed, what is owed counts; of all else, what the record says.
        fen = owed if isinstance(matter, (Arrears, Default)) else amount
        self.of_category(matter.category).add(
            1, fen or 0, int(fen is None), public=who.public, shared=who.shared
        )
        told = (
            ()
            if matter.marks is None
            else shown_objections(place_of(matter), matter.marks, self.rules)
        )
        record = shown_record(matter, effect, tier, amount, owed, told, who, self.rules.on)
        if is_replaced and record.status == "settled":
            return msgspec.structs.replace(record, status="replaced")
        if member is None or member.status is ListStatus.IN_EFFECT:
            return record
        return msgspec.structs.replace(record, status=member.status.value)

    def _use(self, who: Shown, weighed_by: str, effects: Sequence[str]) -> None:
        self.used.add(who.rule)
        self.used.update(effects)
        if weighed_by:
            self.used.add(weighed_by)
        for end in (who.public_until, who.shared_until, who.agency_until):
            self.changes_on(end)


def assess(record: CreditRecord, rules: RulesOfDay, seen: Signals | None = None) -> Profile:
    """Conclude what holds for a subject on the day of the rules.

    `seen` is what was read of this very record on this very day, where it was.
    """
    signals = read_signals(record, rules) if seen is None else seen
    on_day = signals.on_day
    work = _Assessment(on_day)
    work.count_tallies()
    standing = standing_of(signals)
    records = work.records(standing.lists)
    facts = on_day.facts()
    kind = _latest(facts, "kind")
    subject_kind = SubjectKind(kind) if kind is not None else None
    supervision, next_class = supervise(signals, subject_kind)
    score, next_score = score_of(signals, subject_kind)
    measures = measures_on(on_day, standing.lists)
    work.used.update(_rules_named(standing, supervision, score, measures))
    for day in (standing.next_change_on, next_class, next_score):
        work.changes_on(day)
    work.changes_on(next_measure_change(measures, rules.on))
    arrears = [r for r in records if r.type == "TaxArrearsAnnounced"]
    return Profile(
        name=current_name(on_day),
        names=dict(sorted(on_day.names().items())),
        kind=kind,
        status=_latest(facts, "status"),
        industry=_latest(facts, "industry"),
        aliases=sorted({f"{a.scheme}:{a.value}" for f in facts for a in f.aliases}),
        merged_into=_merged_into(on_day),
        categories=dict(sorted(work.categories.items())),
        records=records,
        arrears_owed_fen=sum(r.owed_fen or 0 for r in arrears),
        arrears_unknown=sum(r.owed_fen is None for r in arrears),
        lists=standing.lists,
        notices=standing.notices,
        warnings=standing.warnings,
        supervision=supervision,
        score=score,
        measures=measures,
        discrepancies=discrepancies(on_day),
        repeats=record.repeats,
        anomalies=dict(sorted(record.anomalies.items())),
        rules=sorted(work.used),
        assessed_on=rules.on,
        next_change_on=None if work.next_change_on == FOREVER else work.next_change_on,
    )


def _rules_named(
    standing: Standing,
    supervision: Sequence[Supervised],
    score: Score | None,
    measures: Sequence[MeasureStatus],
) -> set[str]:
    used = {member.rule for member in standing.lists}
    used |= {f"{warning.rule}@{warning.rule_from}" for warning in standing.warnings}
    used |= {f"{supervised.rule}@{supervised.rule_from}" for supervised in supervision}
    used |= {measure.rule for measure in measures if measure.rule}
    if score is not None:
        used.add(f"{score.model}@{score.model_from}")
    return used


def _merged_into(on_day: RecordOnDay) -> str | None:
    merged = [merger for merger in on_day.of(Merger) if merger.day <= on_day.rules.on]
    return merged[-1].into if merged else None


def _latest(facts: Sequence[Fact], field: str) -> str | None:
    for fact in reversed(facts):
        value: Any = getattr(fact, field)
        if value is not None:
            return str(value)
    return None


def current_name(on_day: RecordOnDay) -> str | None:
    """Give the name last registered, else the one written on most records.

    Of equals the first in the order of the alphabet, so that no order of arrival matters.
    """
    registered = _latest(on_day.facts(), "name") if on_day.record.facts else None
    names = on_day.names()
    if registered is not None or not names:
        return registered
    return min(names, key=lambda name: (-names[name], name))
