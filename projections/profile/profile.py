"""The credit profile (信用档案): what follows from a record on a day. Pure.

Records with who may see them, list memberships, warnings, supervision classes, the score and its
reasons, measures, and where departments differ; each with the rules used. Nothing here ranks
subjects, and an unknown value stays unknown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from events.dates import FOREVER
from events.types.subject import SubjectKind
from projections.calendar.rules import place_of
from projections.conclusions.score import score_of
from projections.conclusions.standing import read_signals, standing_of
from projections.conclusions.supervision import supervise
from projections.day.discrepancies import discrepancies
from projections.day.measures import measures_on, next_measure_change
from projections.day.shapes import ListStatus, MeasureStatus, Membership
from projections.day.weight import amounts_fen, replaced_on, tier_of
from projections.profile.category_count import CategoryCount
from projections.profile.disclosure import (
    ShownSpan,
    conclude_tally,
    serious_spans,
    shown,
    tallies_of,
)
from projections.profile.shapes import ConcludedRecord, Profile, RecordStatus, Shown, ShownRecord
from projections.profile.shown_record import has_ended, own_days, shown_objections, shown_record
from projections.record.matters import Arrears, Listing, Merger
from projections.record.traits import TRAITS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from projections.calendar.rules import RulesOfDay
    from projections.conclusions.conclusions import Score, Standing, Supervised
    from projections.day.record_on_day import RecordOnDay
    from projections.record.credit_record import CreditRecord, Fact
    from projections.record.matters import AnyMatter
    from projections.signals.signals import Signals


_NO_EFFECT: Final = ListStatus.NO_EFFECT
_IN_EFFECT: Final = ListStatus.IN_EFFECT


class _Assessment:
    """The working of one `assess`: counts, rules used and the nearest day of change."""

    def __init__(self, on_day: RecordOnDay, kept: dict[str, ConcludedRecord] | None) -> None:
        self.on_day = on_day
        self.kept = kept
        self.rules = on_day.rules
        self.next_change_on = self.rules.next_change_on
        self.used: set[str] = set()
        self._counts: dict[str, list[int]] = {}
        self.replaced: dict[str, date] = {}

    def _count(
        self, category: str, count: int, fen: int, unknown: int, *, public: bool, shared: bool
    ) -> None:
        """Add records of a category that are alike."""
        counts = self._counts.get(category)
        if counts is None:
            counts = self._counts[category] = [0, 0, 0, 0, 0]
        counts[0] += count
        counts[1] += fen
        counts[2] += unknown
        if public:
            counts[3] += count
        if shared:
            counts[4] += count

    def categories(self) -> dict[str, CategoryCount]:
        """Give the counts by category, in the order of codes."""
        return {code: CategoryCount(*counts) for code, counts in sorted(self._counts.items())}

    def changes_on(self, day: date | None) -> None:
        """Note a day on which time alone changes what is concluded."""
        if day is not None and self.rules.on < day < self.next_change_on:
            self.next_change_on = day

    def count_tallies(self) -> None:
        """Count what is tallied; the hot loop of the projector."""
        tallies = self.on_day.record.tallies
        known = tallies_of(self.rules)
        rule = ""
        for kind, (count, fen, unknown) in tallies.items():
            tally = known.get(kind)
            if tally is None:
                tally = conclude_tally(kind, self.rules)
            if tally.rule is not rule:
                rule = tally.rule
                self.used.add(rule)
            if tally.changes_on != FOREVER:
                self.changes_on(tally.changes_on)
            self._count(
                tally.category, count, fen, unknown, public=tally.public, shared=tally.shared
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
        self, matter: AnyMatter, spans: Sequence[ShownSpan], member: Membership | None
    ) -> ShownRecord:
        """Conclude a matter, or take what was concluded of it where nothing else touches that."""
        kept = self.kept
        # A list, a mark or a later balance may reach a matter from outside; of all others what was
        # concluded stands until their own day.
        alone = kept is not None and not spans and matter.marks is None and _stands_alone(matter)
        concluded = kept.get(matter.event_id) if kept is not None and alone else None
        rules = self.rules
        if (
            concluded is None
            or concluded.matter is not matter
            or concluded.arranged is not rules.arranged
            or not concluded.since <= rules.on < concluded.until
        ):
            concluded = self._conclude(matter, spans, member)
            if kept is not None and alone:
                kept[matter.event_id] = concluded
        record = concluded.record
        self.used.update(concluded.used)
        self.changes_on(concluded.until)
        who, fen = record.shown, concluded.fen
        unknown = 1 if fen is None else 0
        self._count(matter.category, 1, fen or 0, unknown, public=who.public, shared=who.shared)
        return record

    def _conclude(
        self, matter: AnyMatter, spans: Sequence[ShownSpan], member: Membership | None
    ) -> ConcludedRecord:
        on = self.rules.on
        effect = self.on_day.effect(matter)
        tier, weighed_by = tier_of(matter, self.rules)
        until = None
        if member is not None and type(matter) is Listing:
            until = member.until or FOREVER
            if member.status is _NO_EFFECT:
                until = on  # What has no effect is not published as if it had.
        who = shown(matter, effect, tier, spans, self.rules, listed_until=until)
        amount, owed = amounts_fen(matter, on)
        is_replaced = self.replaced.get(matter.event_id, FOREVER) <= on
        if is_replaced:
            owed = 0
        if has_ended(effect, on):
            owed = 0  # A repair, or a stop, ends the use against the subject, not the debt.
        told = (
            ()
            if matter.marks is None
            else shown_objections(place_of(matter), matter.marks, self.rules)
        )
        record = shown_record(matter, effect, tier, amount, owed, told, who, on)
        if is_replaced and record.status is RecordStatus.SETTLED:
            record = msgspec.structs.replace(record, status=RecordStatus.REPLACED)
        elif member is not None and member.status is not _IN_EFFECT:
            record = msgspec.structs.replace(record, status=RecordStatus(member.status.value))
        return ConcludedRecord(
            matter,
            self.rules.arranged,
            on,
            _next_of((effect.next_change_on, *_ends(who), *own_days(matter)), on),
            record,
            (who.rule, *effect.rules, weighed_by) if weighed_by else (who.rule, *effect.rules),
            # Of what may still be owed, what is owed counts; of all else, what the record says.
            owed if TRAITS[type(matter)].is_owed else amount,
        )


def _stands_alone(matter: AnyMatter) -> bool:
    """Say whether a matter without marks is concluded by itself, off any list of dishonesty."""
    return type(matter) is not Listing and type(matter) is not Arrears


def _ends(who: Shown) -> tuple[date, ...]:
    ends = (who.public_until, who.shared_until, who.agency_until)
    return tuple([end for end in ends if end is not None])


def _next_of(days: Sequence[date], on: date) -> date:
    """Give the nearest of some days after a day, or `FOREVER`."""
    nearest = FOREVER
    for day in days:
        if on < day < nearest:
            nearest = day
    return nearest


def assess(
    record: CreditRecord,
    rules: RulesOfDay,
    seen: Signals | None = None,
    kept: dict[str, ConcludedRecord] | None = None,
) -> Profile:
    """Conclude what holds for a subject on the day of the rules.

    `seen` is what was read of this very record on this very day, where it was. `kept` is what was
    concluded of its matters before, by event id; it is brought up to date in place.
    """
    signals = read_signals(record, rules) if seen is None else seen
    on_day = signals.on_day
    work = _Assessment(on_day, kept)
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
        categories=work.categories(),
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
        repeats=record.repeats + on_day.written_anew,
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
    used.update([f"{warning.rule}@{warning.rule_from}" for warning in standing.warnings])
    used.update([f"{supervised.rule}@{supervised.rule_from}" for supervised in supervision])
    used.update([measure.rule for measure in measures if measure.rule])
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
