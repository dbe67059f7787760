"""The reference fold: what a history means, computed the slow and obvious way.

It shares no code with projections/: everything is worked out anew for a day, from plain events.
Events, their content and the rulebook's data are the only things it takes from the project. What
follows of warnings stands in `reference_warnings`; supervision, scores and measures are not said.
"""

from __future__ import annotations

import calendar
import json
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from events.event import AMENDMENTS, event_from_record, event_to_record, event_type, record_id
from events.identity import content

if TYPE_CHECKING:
    from collections.abc import Iterable

    from events.envelope import Envelope
    from events.rules.rulebook import Rulebook

NO_END = date.max
ABOUT_ANOTHER = {kind.__name__ for kind in AMENDMENTS}
OPEN_TO_ALL = {
    *("DefenceMade", "ObjectionRaised", "ObjectionAnswered", "StatementAdded"),
    *("RepairApplied", "RepairDecided", "MeasureAnswered"),
}
OWED = ("TaxArrearsAnnounced", "ObligationDefaulted", "EnforcementOpened")
NEEDS = {
    "TaxArrearsSettled": ("TaxArrearsAnnounced",),
    "ListRemoved": ("ListEntered",),
    "ObligationSettled": (*OWED, "PenaltyImposed", "CommitmentMade"),
    "RelationEnded": ("RelationRecorded",),
    "DefenceMade": ("ListNoticeGiven",),
    "MeasureAnswered": ("MeasureInitiated",),
    "MeasureLifted": ("MeasureInitiated",),
}
FACTS = ("SubjectRegistered", "SubjectChanged")


class Heard(NamedTuple):
    """An event as the ledger holds it."""

    event: Any
    offset: int
    recorded_on: date


def months_later(day: date, months: int) -> date:
    """Give the same day of a later month, or its last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def next_day(day: date) -> date:
    """Give the day after one."""
    return day + timedelta(days=1)


def own_day(event: Any, recorded_on: date) -> date:
    """Give the first known day of what was said."""
    e: Envelope = event.envelope
    return e.occurred_on or e.published_on or e.observed_on or recorded_on


def in_force(versions: Any, on: date) -> Any:
    """Give the version of a day, or None."""
    return ([None] + [v for v in versions if v.start <= on])[-1]


@dataclass(kw_only=True)
class Record:
    """A record, put together from its original and the amendments that stand."""

    said: Any
    offset: int
    kind: str
    day: date
    annulled: bool
    ended: date
    standing: list[tuple[date, Any]] = field(default_factory=list)
    effect: dict[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Give the id of its event."""
        return str(self.said.envelope.event_id)

    @property
    def category(self) -> str:
        """Give its category."""
        return str(self.said.envelope.category)

    def told(self, *kinds: str) -> list[tuple[date, Any]]:
        """Give the amendments of some types, in the order of their days."""
        return [(day, event) for day, event in self.standing if event_type(event) in kinds]

    def paid(self) -> list[tuple[date, int, bool, bool]]:
        """Give what was paid: the day, how much, whether nothing is left, whether broken."""
        found = []
        for day, event in self.told("TaxArrearsSettled", "ObligationSettled"):
            outcome = getattr(event, "outcome", "")
            cleared = getattr(event, "cleared", False) or outcome in ("performed", "waived")
            found.append((day, event.paid_fen or 0, cleared, outcome == "breached"))
        return found

    def amount(self) -> int | None:
        """Give what it is about, in fen; of a penalty fine and confiscation together."""
        if self.kind == "PenaltyImposed":
            kinds, said = self.said.kinds, self.said
            parts = [said.fine_fen if "fine" in kinds else said.fine_fen or 0]
            parts += [
                said.confiscated_fen if "confiscation" in kinds else said.confiscated_fen or 0
            ]
            return None if None in parts else sum(parts)
        names = {
            "TaxArrearsAnnounced": "balance_fen",
            "ObligationDefaulted": "amount_fen",
            "EnforcementOpened": "target_fen",
        }
        value: int | None = getattr(self.said, names.get(self.kind, ""), None)
        return value

    def left(self, on: date) -> int | None:
        """Give what is owed on a day if all of the amount is owed; None where that is unknown."""
        paid = [(fen, cleared) for day, fen, cleared, _ in self.paid() if day <= on]
        if any(cleared for _, cleared in paid):
            return 0
        amount = self.amount()
        return None if amount is None else max(0, amount - sum(fen for fen, _ in paid))

    def closed(self) -> date:
        """Give the first day on which nothing is owed any more."""
        days = sorted(day for day, *_ in self.paid())
        if self.kind == "TaxArrearsAnnounced" and self.amount() == 0:
            return self.day
        return next((day for day in days if self.left(day) == 0), NO_END)


class Day(NamedTuple):
    """A day, the rules, and all records in effect by then, oldest first."""

    on: date
    rulebook: Rulebook
    records: list[Record]
    spans: list[tuple[date, date]]

    def of(self, *kinds: str) -> list[Record]:
        """Give the records of some types that were not deleted upon objection."""
        return [r for r in self.records if r.kind in kinds and not r.effect["void"]]

    def rule(self, rules: Any, record: Record, on: date) -> Any:
        """Give the version of the first rule that holds a record and has one on a day, or None."""
        row = self.rulebook.category_of(record.category)
        for rule in rules:
            scope = rule.scope
            fits = [
                not scope.event_types or record.kind in scope.event_types,
                record.kind not in scope.other_than,
                not scope.domains or (row is not None and row.domain in scope.domains),
                not scope.polarities or (row is not None and row.polarity in scope.polarities),
                not scope.regions or record.said.envelope.region.startswith(tuple(scope.regions)),
            ]
            if all(fits) and in_force(rule.in_force, on) is not None:
                return in_force(rule.in_force, on)
        return None

    def domain(self, record: Record) -> str:
        """Give the domain of a record."""
        row = self.rulebook.category_of(record.category)
        return "" if row is None else row.domain


def reference(history: list[Heard], on: date, rulebook: Rulebook) -> dict[str, Any]:
    """Say what holds on a day, given all that was heard of one subject."""
    from tests.support.reference_warnings import warn  # noqa: PLC0415 - it asks what is said here

    repeats = 0
    anomalies: dict[str, int] = {}
    records = []
    for about in sorted({record_id(h.event) for h in history}):
        heard = sorted((h for h in history if record_id(h.event) == about), key=lambda h: h.offset)
        notes: list[str] = []
        record = put_together(heard, notes)
        if record is not None and record.day > on:
            continue  # Nothing of it is in effect yet, not even what is odd about it.
        repeats += notes.count("repeat")
        for note in notes:
            if note != "repeat":
                anomalies[note] = anomalies.get(note, 0) + 1
        if record is not None and not record.annulled:
            records.append(record)
    records.sort(key=lambda r: (r.day, r.key))
    today = Day(on, rulebook, records, [])
    for record in records:
        record.effect = touched(record, today, {})
    for record in today.of("ListEntered"):
        record.effect = touched(record, today, unpaid(record, today))
    lists = {r.key: list_status(r, today) for r in today.of("ListEntered")}
    for record in today.of("ListEntered"):
        status, until = lists[record.key]
        if rulebook.lists[record.said.list].serious and status != "no_effect":
            today.spans.append((record.day, until))
    for record in records:
        record.effect = touched(record, today, flaws_in_record(record, today))
    shown: dict[str, Any] = {}
    counts: dict[str, list[int]] = {}
    for record in records:
        if record.kind in FACTS or record.effect["void"]:
            continue
        says = show(record, today)
        count = counts.setdefault(record.category, [0, 0, 0])
        count[0] += 1
        count[1] += says["public"]
        count[2] += says["shared"]
        if not tallied(record):
            shown[record.key] = says
    return {
        "name": name_of(today),
        "counts": counts,
        "shown": shown,
        "owed_fen": sum(r["owed"] or 0 for r in shown.values() if r["kind"] == OWED[0]),
        "lists": {key: status for key, (status, _) in lists.items()},
        "notices": pending(today),
        "warnings": warn(today),
        "anomalies": anomalies,
        "repeats": repeats,
    }


def name_of(today: Day) -> str | None:
    """Give the name last registered, else the one most often written."""
    facts = sorted(today.of(*FACTS), key=lambda r: (r.day, r.offset))
    names = [getattr(r.said, "name", r.said.envelope.subject_name) for r in facts]
    registered = [name for name in names if name is not None]
    if registered:
        return str(registered[-1])
    said = [r.said.envelope.subject_name for r in today.records if not r.effect["void"]]
    written = sorted(name for name in said if name is not None)
    return max(written, key=written.count) if written else None


def put_together(heard: list[Heard], notes: list[str]) -> Record | None:
    """Put together one record from its original and all amendments; None where there is none."""
    originals = [h for h in heard if event_type(h.event) not in ABOUT_ANOTHER]
    others: dict[str, Heard] = {}
    for h in heard:
        if event_type(h.event) in ABOUT_ANOTHER:
            if h.event.envelope.event_id in others:
                notes.append("repeat")
            others.setdefault(h.event.envelope.event_id, h)
    if not originals:
        notes += ["waiting"] * len(others)
        return None
    first = originals[0]
    told = [content(first.event)]
    for h in originals[1:]:
        notes.append("repeat" if content(h.event) in told else "conflict")
        told.append(content(h.event))
    kind = event_type(first.event)
    fitting = {}
    for key, h in others.items():
        wanted = NEEDS.get(event_type(h.event), (kind,))
        if event_type(h.event) == "RecordCorrected":
            wanted = (h.event.record_type,)
        if not entitled(h.event, first.event, others):
            notes.append("department_not_of_record")
        elif kind not in wanted:
            notes.append("type_not_of_record")
        else:
            fitting[key] = h
    standing = [h for key, h in fitting.items() if stands(key, fitting)]
    standing.sort(key=lambda h: (own_day(h.event, h.recorded_on), h.offset))
    values = event_to_record(first.event)
    for h in standing:
        for change in getattr(h.event, "changes", []):
            holder, _, name = change.field.rpartition(".")
            (values["envelope"] if holder else values)[name] = json.loads(change.value)
    said = event_from_record(kind, values)
    whole = [h for h in standing if getattr(h.event, "amendment", "") is None]
    repeals = [h for h in whole if h.event.kind == "repealed"]
    ends = [h.event.effective_on or own_day(h.event, h.recorded_on) for h in repeals]
    ending = ("ListRemoved", "RelationEnded", "MeasureLifted")
    ends += [own_day(h.event, h.recorded_on) for h in standing if event_type(h.event) in ending]
    return Record(
        said=said,
        offset=first.offset,
        kind=kind,
        day=own_day(said, first.recorded_on),
        annulled=any(h.event.kind == "annulled" for h in whole),
        ended=min(ends, default=NO_END),
        standing=[(own_day(h.event, h.recorded_on), h.event) for h in standing],
    )


def entitled(event: Any, original: Any, others: dict[str, Heard]) -> bool:
    """Say whether a department may say this: of its own record, of its own word, or open to all."""
    if event_type(event) in OPEN_TO_ALL:
        return True
    by, owner = event.envelope.department, original.envelope.department
    target = others.get(getattr(event, "amendment", None) or "")
    return bool(by == (owner if target is None else target.event.envelope.department))


def stands(key: str, all_of_them: dict[str, Heard]) -> bool:
    """Say whether an amendment holds: nobody whose own word holds has taken it back."""
    against = [k for k, h in all_of_them.items() if getattr(h.event, "amendment", None) == key]
    return not any(stands(k, all_of_them) for k in against)


# Objections and repairs.


def touched(record: Record, today: Day, flaws: dict[str, str]) -> dict[str, Any]:
    """Say what objections and repairs make of a record on the day."""
    on = today.on
    effect: dict[str, Any] = {
        "void": False, "objected": False, "hidden": NO_END, "ends": record.ended,
        "repair": "", "note": "", "repaired": None,
    }  # fmt: skip
    for raised, objection in record.told("ObjectionRaised"):
        days = [day for day, _ in answers_to(record, objection)]
        effect["objected"] |= raised <= on < min(days, default=NO_END)
    for day, outcome in answers_that_hold(record, on):
        does = today.rule(today.rulebook.objections, record, day).effects.get(outcome, "none")
        effect["void"] |= does == "void"
        if does in ("hide", "stop"):
            effect["hidden"] = min(effect["hidden"], day)
        if does in ("end", "stop"):
            effect["ends"] = min(effect["ends"], day)
    happened = []
    from_days = []
    for day, decision in decisions(record):
        flaw = repair_flaw(record, day, decision, today) or flaws.get(decision.envelope.event_id)
        after = NO_END if decision.until is None else next_day(decision.until)
        if not decision.granted:
            happened.append((day, "refused", ""))
        elif flaw:
            happened.append((day, "no_effect", flaw))
        elif after <= on:
            happened.append((after, "lapsed", ""))
        else:
            from_days.append(day)
    now = [day for day in from_days if day <= on]
    first = min(now or from_days, default=NO_END)
    effect["hidden"], effect["ends"] = min(effect["hidden"], first), min(effect["ends"], first)
    decided = [day for day, _ in decisions(record) if day <= on]
    asked = [day for day, _ in record.told("RepairApplied") if day <= on]
    past = sorted((item for item in happened if item[0] <= on), key=lambda item: item[0])
    if now:
        effect |= {"repair": "granted", "repaired": min(now)}
    elif any(all(day > other for other in decided) for day in asked):
        effect["repair"] = "applied"
    elif past:
        _, effect["repair"], effect["note"] = past[-1]
    return effect


def answers_to(record: Record, objection: Any) -> list[tuple[date, str]]:
    """Give day and outcome of each answer to an objection that was raised by then."""
    return [
        (day, e.outcome)
        for day, e in record.told("ObjectionAnswered")
        if e.objection == objection.envelope.event_id and e.outcome != "extended"
        if follows(record, objection, day)
    ]


def asked_again(record: Record, objection: Any) -> list[str]:
    """Give the objections before one that asks for a re-review: the first of them first."""
    days = {e.envelope.event_id: (day, e) for day, e in record.told("ObjectionRaised")}
    own_day, _ = days[objection.envelope.event_id]
    day, above = days.get(objection.review_of, (NO_END, None))
    if above is None or day > own_day:
        return []
    return [*asked_again(record, above), above.envelope.event_id]


def answers_that_hold(record: Record, on: date) -> list[tuple[date, str]]:
    """Give the answers that hold on a day or will: no better one of their course has come by then.

    Better is the answer to a later re-review, and of answers to one objection the later.
    """
    courses: dict[str, list[tuple[int, int, date, str]]] = {}
    for _, objection in record.told("ObjectionRaised"):
        before = asked_again(record, objection)
        first = [*before, objection.envelope.event_id][0]
        for place, (day, outcome) in enumerate(answers_to(record, objection)):
            courses.setdefault(first, []).append((len(before), place, day, outcome))
    found = []
    for course in courses.values():
        # Two re-reviews of one answer are looked at in the order in which they were asked for.
        course.sort(key=lambda answer: answer[0])
        for place, (_, _, day, outcome) in enumerate(course):
            better = [other[2] for other in course[place + 1 :]]
            if not any(other <= max(on, day) for other in better):
                found.append((day, outcome))
    return found


def follows(record: Record, objection: Any, day: date) -> bool:
    """Say whether the objection had been raised when it was answered."""
    place = [e.envelope.event_id for _, e in record.standing].index(objection.envelope.event_id)
    return record.standing[place][0] <= day


def repair_flaw(record: Record, day: date, decision: Any, today: Day) -> str:
    """Say why a granted repair has no effect by itself, by the rules of its day."""
    rulebook, said = today.rulebook, record.said
    rule = today.rule(rulebook.repairs, record, day)
    if not decision.granted:
        return ""
    if rule is None:
        return "no_rule"
    if set(getattr(said, "kinds", ())) & set(rule.never):
        return "never_repairable"
    if decision.until is not None:
        return ""
    months = rule.minimum_months.get(tier(record, today, day), rule.minimum_months["general"])
    if record.kind == "ListEntered":
        months = list_version(record, today).repair_after_months
    if months is None:
        return "never_repairable"
    if day < months_later(record.day, months):
        return "before_minimum"
    payable = (*OWED, "PenaltyImposed", "CommitmentMade")
    if "performed" in rule.needs and record.kind in payable and record.left(day) != 0:
        return "not_performed"
    promised = [e for at, e in record.told("RepairApplied") if e.committed and at <= day]
    return "not_committed" if "committed" in rule.needs and not promised else ""


def unpaid(record: Record, today: Day) -> dict[str, str]:
    """Say which repairs of a list entry come too early after the debt behind it was paid."""
    if record.kind != "ListEntered":
        return {}
    version = list_version(record, today)
    debts = [
        debt
        for debt in today.of("ObligationDefaulted")
        if debt.category in version.repair_after_payment_of and debt.day <= record.day
        if debt.said.envelope.source != "self_declared"
    ]
    paid = max([record.day, *(min(debt.closed(), debt.ended) for debt in debts)])
    found = {}
    for day, decision in decisions(record):
        if not version.repair_after_payment_of or decision.until is not None:
            continue
        if day < paid:
            found[decision.envelope.event_id] = "not_performed"
        elif day < months_later(paid, version.repair_after_months):
            found[decision.envelope.event_id] = "before_minimum"
    return found


def decisions(record: Record) -> list[Any]:
    """Give what was decided on repair, each with its day; an extension decides nothing."""
    return [(day, said) for day, said in record.told("RepairDecided") if not said.extended]


def flaws_in_record(record: Record, today: Day) -> dict[str, str]:
    """Say of which repairs the rest of the record takes the effect."""
    found = unpaid(record, today)
    for day, decision in decisions(record):
        rule = today.rule(today.rulebook.repairs, record, day)
        again = [
            other
            for other in today.of(record.kind)
            if other.category == record.category
            and record.day < other.day <= day
            and tallied(other) == tallied(record)
        ]
        if rule is None or decision.until is not None:
            continue
        listed = [*today.spans, *times_on(rule.blocked_by, today)]
        if rule.blocked_while_listed and any(since <= day < until for since, until in listed):
            found[decision.envelope.event_id] = "while_listed"
        elif "no_new_same_kind" in rule.needs and again:
            found[decision.envelope.event_id] = "same_kind_again"
    return found


# Lists.


def times_on(lists: list[str], today: Day) -> list[tuple[date, date]]:
    """Give the times of entries on some lists that have effect."""
    entries = [entry for entry in today.of("ListEntered") if entry.said.list in lists]
    found = [(entry.day, *list_status(entry, today)) for entry in entries]
    return [(since, until) for since, status, until in found if status != "no_effect"]


def list_version(record: Record, today: Day) -> Any:
    """Give the version of a list that governs an entry or a notice."""
    versions = today.rulebook.lists[record.said.list].in_force
    return in_force(versions, record.day) or versions[0]


def defence_over(notice: Record, day: date, today: Day) -> bool:
    """Say whether the subject could answer a notice by a day, or did."""
    heard = min((at for at, _ in notice.told("DefenceMade")), default=NO_END)
    last = defence_last(notice, today)
    return (last or notice.day) < day or heard <= day


def defence_last(notice: Record, today: Day) -> date | None:
    """Give the last day of the defence, None where none is known."""
    if notice.said.defence_until is not None:
        named: date = notice.said.defence_until
        return named
    days = list_version(notice, today).defence_days
    return notice.day + timedelta(days=days) if days else None


def notices_behind(today: Day) -> dict[str, Record]:
    """Give the notice that each entry rests on; one notice serves one decision."""
    behind: dict[str, Record] = {}
    used: dict[str, str] = {}
    for entry in today.of("ListEntered"):
        said, number = entry.said, entry.said.envelope.document_no
        candidates = []
        for notice in today.of("ListNoticeGiven"):
            stood = notice.day <= entry.day < notice.effect["ends"]
            if notice.said.list != said.list or not stood:
                continue
            if said.notice_no is not None:
                fits = said.notice_no == notice.said.envelope.document_no
            else:
                fits = notice.said.ground == said.ground and entry.day < lapses(notice, today)
                fits = fits and used.get(notice.key, number) == number
            if fits:
                candidates.append(notice)
        answerable = [n for n in candidates if defence_over(n, entry.day, today)]
        if candidates:
            behind[entry.key] = (answerable or candidates)[-1]
        if answerable:
            used.setdefault(answerable[-1].key, number)
    return behind


def lapses(notice: Record, today: Day) -> date:
    """Give the first day on which a notice that nothing followed no longer stands."""
    months = list_version(notice, today).notice_stands_months
    return NO_END if months is None else months_later(notice.day, months)


def list_status(entry: Record, today: Day) -> tuple[str, date]:
    """Give where an entry stands, and the first day after it."""
    said, version = entry.said, list_version(entry, today)
    term = said.term_months or version.grounds.get(said.ground)
    until = months_later(entry.day, term) if isinstance(term, int) else NO_END
    until = min(until, entry.ended, entry.effect["ends"])
    notice = notices_behind(today).get(entry.key)
    if version.notice_required and not (
        version.imports_exempt and said.envelope.source == "imported"
    ):
        if notice is not None:
            told = defence_over(notice, entry.day, today)
        else:
            told = said.notified_on is not None and said.notified_on < entry.day
        if not told:
            return "no_effect", until
    return ("ended" if until <= today.on else "in_effect"), until


def notice_until(notice: Record, today: Day) -> date:
    """Give the first day on which a notice is no longer pending."""
    entries = [
        entry.day
        for entry in today.of("ListEntered")
        if notices_behind(today).get(entry.key) is notice and defence_over(notice, entry.day, today)
    ]
    withdrawn: date = notice.effect["ends"]
    return min([*entries, withdrawn, lapses(notice, today)])


def pending(today: Day) -> dict[str, str]:
    """Give the notices that a decision may still follow, and how far the defence is."""
    found = {}
    for notice in today.of("ListNoticeGiven"):
        if today.on < notice_until(notice, today):
            heard = any(day <= today.on for day, _ in notice.told("DefenceMade"))
            if defence_last(notice, today) is None and not heard:
                stage = "notified"
            elif defence_over(notice, today.on, today):
                stage = "defence_over"
            else:
                stage = "defence_open"
            found[notice.key] = stage
    return found


# Who may see it.


def countable(record: Record) -> bool:
    """Say whether records of this kind are only counted: cases, civil judgments, checks passed."""
    passed = record.kind == "InspectionReported" and record.said.result == "passed"
    civil = record.kind == "JudgmentRendered" and record.category != "judgment.criminal"
    return passed or civil or record.kind in ("CaseFiled", "ProductCertified")


def tallied(record: Record) -> bool:
    """Say whether a record is only counted, as nothing is said beside it."""
    beside = ("ObjectionRaised", "StatementAdded", "RepairApplied", "RepairDecided")
    return countable(record) and not record.told(*beside)


def tier(record: Record, today: Day, on: date | None = None) -> str:
    """Give the severity of a record."""
    said = record.said
    if record.kind == "ConductRecorded":
        return str(said.seriousness)
    if record.kind == "InspectionReported" and said.result != "passed":
        return str(said.risk or "general")
    if record.kind != "PenaltyImposed":
        return "general"
    rule = today.rule(today.rulebook.severity, record, on or today.on)
    fine, kinds = said.fine_fen or 0, set(said.kinds)
    if not said.simple_procedure:
        if kinds & set(rule.serious) or fine >= rule.fine_serious_fen:
            return "serious"
        if kinds & set(rule.general) or fine >= rule.fine_general_fen:
            return "general"
    elif rule.simple != "minor":
        return str(rule.simple)
    return "unpublished" if kinds <= set(rule.unpublished) else "minor"


def show(record: Record, today: Day) -> dict[str, Any]:
    """Say what is shown of a record, and to whom."""
    on, said, effect = today.on, record.said, record.effect
    rule = today.rule(today.rulebook.disclosure, record, on)
    open_ends = [effect["ends"]]
    if record.kind in (*OWED, "CommitmentMade"):
        open_ends.append(record.closed())
    if record.kind in ("LicenceGranted", "RelationRecorded", "MeasureInitiated"):
        open_ends += last_day_of(record)
    if record.kind == "ListEntered":
        status, until = list_status(record, today)
        open_ends = [until if status != "no_effect" else on]
    public_ends = [] if record.kind == "ListEntered" else [effect["ends"]]
    if record.kind in ("LicenceGranted", "CommendationAwarded"):
        public_ends += last_day_of(record)
    if getattr(said, "publish_until", None):
        public_ends.append(next_day(said.publish_until))
    ends = []
    for periods in (rule.public, rule.shared, rule.agency):
        # What agencies keep runs out on a list too.
        is_extended = rule.extended_while_listed and periods is not rule.agency
        spans = today.spans if is_extended else []
        ends.append(period_end(record, periods, today, min(open_ends), spans))
    public, shared, agency = (on < min(end, effect["hidden"]) for end in ends)
    openness = said.envelope.disclosure
    owed: int | None = 0
    if record.kind in OWED:
        owed = 0 if record.ended <= on else record.left(on)
        is_over = effect["repaired"] is None and effect["ends"] <= on
        owed = 0 if is_over and effect["ends"] != effect["hidden"] else owed
        owed = 0 if replaced(record, today.of(OWED[0])) <= on else owed
    return {
        "kind": record.kind,
        "day": record.day,
        "public": openness == "public" and public and on < min([*public_ends, NO_END]),
        "shared": openness != "authorised" and shared,
        "agency": openness != "shared" and agency,
        "tier": tier(record, today),
        "owed": owed,
        "objected": effect["objected"],
        "objections": [
            (day, e.review_of, [answer for answer in answers_to(record, e) if answer[0] <= on])
            for day, e in record.told("ObjectionRaised")
            if day <= on
        ],
        "repair": (effect["repair"], effect["note"], effect["repaired"]),
        "statements": [e.text for day, e in record.told("StatementAdded") if day <= on],
    }


def replaced(record: Record, arrears: list[Record]) -> date:
    """Give the day on which a department announced the balance of the period after a record's."""
    by = record.said.envelope.department
    if record.kind != "TaxArrearsAnnounced" or record.said.period is None:
        return NO_END
    same = [r for r in arrears if r.said.envelope.department == by and r.said.period is not None]
    periods = list(dict.fromkeys(r.said.period for r in same))
    if record.said.period not in periods:
        return NO_END
    following = periods[periods.index(record.said.period) + 1 :]
    days = [r.day for r in same if following and r.said.period == following[0]]
    return max(record.day, days[0]) if days else NO_END


def last_day_of(record: Record) -> list[date]:
    """Give the first day after the last day that a record names for itself."""
    last = getattr(record.said, "valid_until", None) or getattr(record.said, "until", None)
    return [] if last is None else [next_day(last)]


def period_end(
    record: Record, periods: Any, today: Day, open_until: date, spans: Iterable[tuple[date, date]]
) -> date:
    """Give the first day on which a class of reader may no longer see a record."""
    if tier(record, today) == "outside":
        return date.min
    by_tier = getattr(periods, tier(record, today), None)
    period = periods.general if by_tier is None else by_tier
    if period in ("always", "open"):
        return NO_END if period == "always" else open_until
    start = clock(record, periods.clock)
    if period == 0 or start == NO_END:
        return NO_END if period != 0 else date.min
    end = months_later(start, 36 if period == "term" else period)
    if period == "term" and record.said.effective_until:
        end = max(end, next_day(record.said.effective_until))
    for since, until in spans:
        end = until if since <= end < until else end
    return end


def clock(record: Record, name: str) -> date:
    """Give the day from which a period runs; a day not known gives way to the record's own."""
    said = record.said
    if name == "published" and said.envelope.published_on:
        return date.fromisoformat(str(said.envelope.published_on))
    if name == "served" and getattr(said, "sentence_served_on", None):
        return date.fromisoformat(str(said.sentence_served_on))
    if name == "ended" and getattr(said, "conduct_ended_on", None):
        return date.fromisoformat(str(said.conduct_ended_on))
    if name == "ended" and record.kind in OWED:
        return min(record.closed(), record.ended)
    return record.day


def summary(profile: Any) -> dict[str, Any]:
    """Give a profile's conclusions in the shape of the reference."""
    return {
        "name": profile.name,
        "counts": {k: [c.count, c.public, c.shared] for k, c in profile.categories.items()},
        "shown": {
            r.event_id: {
                "kind": r.type,
                "day": r.day,
                "public": r.shown.public,
                "shared": r.shown.shared,
                "agency": r.shown.agency,
                "tier": r.tier,
                "owed": r.owed_fen,
                "objected": r.objected,
                "objections": [
                    (o.raised_on, o.review_of, [(a.day, a.outcome) for a in o.answers])
                    for o in r.objections
                ],
                "repair": (r.repair, r.repair_note, r.repaired_on),
                "statements": [s.text for s in r.statements],
            }
            for r in profile.records
        },
        "owed_fen": profile.arrears_owed_fen,
        "lists": {m.entry_id: m.status.value for m in profile.lists},
        "notices": {n.event_id: n.stage.value for n in profile.notices},
        "warnings": {
            w.rule: (w.level.value, w.since, w.evidence, w.acknowledged_by)
            for w in profile.warnings
            if w.rule != "alarm.responses_overdue"
        },
        "anomalies": profile.anomalies,
        "repeats": profile.repeats,
    }
