"""The credit profile (信用档案): what follows from a record on a day. Pure.

Records with who may see them, list memberships, warnings, supervision classes, the score and its
reasons, measures, and where departments differ; each with the rules used. Nothing here ranks
subjects, and an unknown value stays unknown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, final

from events.dates import FOREVER
from events.types.subject import SubjectKind
from projections.calendar.slots import Slot
from projections.conclusions.score import score_of
from projections.conclusions.standing import read_signals, standing_of
from projections.conclusions.supervision import supervise
from projections.day.discrepancies import discrepancies
from projections.day.lists import pending_notices
from projections.day.measures import measures_on, next_measure_change
from projections.profile.concluding import Concluding
from projections.profile.shapes import Profile
from projections.record.matters import Merger

if TYPE_CHECKING:
    from collections.abc import Sequence

    from projections.calendar.rules import RulesOfDay
    from projections.conclusions.conclusions import Score, Standing, Supervised
    from projections.day.record_on_day import RecordOnDay
    from projections.day.shapes import MeasureStatus
    from projections.profile.kept import KeptRecord
    from projections.record.credit_record import CreditRecord, Fact
    from projections.signals.signals import Signals


@final
class ConcludedWhole:
    """All that is concluded of a record on a day but what its tallies and names come to.

    Most events of a long record only add to a tally: then all of this stands.
    """

    def __init__(
        self, record: CreditRecord, rules: RulesOfDay, seen: Signals | None, kept: KeptRecord | None
    ) -> None:
        """Conclude it; `seen` and `kept` as `assess` has them."""
        signals = seen
        if signals is None:
            signals = read_signals(record, rules, None if kept is None else kept.signals)
        self.on_day = on_day = signals.on_day
        self.rules = rules
        self.names_said = None if kept is None else frozenset(record.names)
        self.work = work = Concluding(on_day, kept)
        self.standing = standing = standing_of(signals)
        self.records = work.records(standing.lists)
        facts = on_day.facts()
        self.kind = kind = _latest(facts, "kind")
        self.status = _latest(facts, "status")
        self.industry = _latest(facts, "industry")
        self.aliases = sorted({f"{a.scheme}:{a.value}" for f in facts for a in f.aliases})
        subject_kind = SubjectKind(kind) if kind is not None else None
        self.supervision, next_class = supervise(signals, subject_kind)
        self.score, next_score = score_of(signals, subject_kind)
        self.measures = measures_on(on_day, standing.lists)
        work.used.update(_rules_named(standing, self.supervision, self.score, self.measures))
        for day in (standing.next_change_on, next_class, next_score):
            work.changes_on(day)
        work.changes_on(next_measure_change(self.measures, rules.on))
        arrears = [r for r in self.records if r.type == "TaxArrearsAnnounced"]
        self.arrears_owed_fen = sum([r.owed_fen or 0 for r in arrears])
        self.arrears_unknown = sum([r.owed_fen is None for r in arrears])
        self.merged_into = _merged_into(on_day)
        self.discrepancies = discrepancies(on_day)
        self.notices = pending_notices(on_day)
        # It is kept there itself: what is let go of must not wait for the collector of cycles.
        work.kept = None

    def stands(self, record: CreditRecord, rules: RulesOfDay) -> bool:
        """Say whether it holds of a record of which but tallies and counts of names changed."""
        return self.rules is rules and self.names_said == record.names.keys()


CONCLUDED: Final = Slot[ConcludedWhole]()
"""Where it is kept of a long record."""


def assess(
    record: CreditRecord,
    rules: RulesOfDay,
    seen: Signals | None = None,
    kept: KeptRecord | None = None,
) -> Profile:
    """Conclude what holds for a subject on the day of the rules.

    `seen` is what was read of this very record on this very day, where it was. `kept` is what was
    concluded of this record before; it is brought up to date in place.
    """
    of = None if kept is None else CONCLUDED.get(kept.whole)
    if of is None or not of.stands(record, rules):
        of = ConcludedWhole(record, rules, seen, kept)
        if kept is not None:
            CONCLUDED.fill(kept.whole, of)
    on_day, standing = of.on_day, of.standing
    work = of.work if kept is None else of.work.further(kept)
    work.count_tallies()
    return Profile(
        name=current_name(on_day),
        names=dict(sorted(on_day.names().items())),
        kind=of.kind,
        status=of.status,
        industry=of.industry,
        aliases=of.aliases,
        merged_into=of.merged_into,
        categories=work.categories(),
        records=of.records,
        arrears_owed_fen=of.arrears_owed_fen,
        arrears_unknown=of.arrears_unknown,
        lists=standing.lists,
        notices=of.notices,
        warnings=standing.warnings,
        supervision=of.supervision,
        score=of.score,
        measures=of.measures,
        discrepancies=of.discrepancies,
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
