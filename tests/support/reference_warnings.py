"""The reference of warnings: each signal as pieces of evidence, each threshold step by step.

It shares no code with projections/. Left out are `responses_overdue`, which rests on measures, and
`related_red`, which rests on other subjects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple

from holidays.countries.china import China

from tests.support.reference import (
    FACTS,
    NO_END,
    OWED,
    Day,
    Record,
    countable,
    follows,
    in_force,
    list_status,
    months_later,
    next_day,
    notice_until,
    replaced,
    tier,
)

LEVELS = ("blue", "yellow", "orange", "red")
LEFT_OUT = ("responses_overdue", "related_red")
MARKET = ("market", "food_drug", "quality", "price")


class Piece(NamedTuple):
    """Something that counts from a day until another."""

    start: date
    key: str
    end: date
    weight: int
    department: str


def piece(
    record: Record, start: date, end: date = NO_END, weight: int = 1, key: str = ""
) -> list[Piece]:
    """Give a record's piece of evidence, cut by what ends the record."""
    end = min(end, record.effect["ends"])
    department = record.said.envelope.department
    return [Piece(start, key or record.key, end, weight, department)] if start < end else []


def counted(today: Day, *kinds: str) -> list[Record]:
    """Give the records that count: kept one by one, and not of the subject's own saying."""
    return [
        record
        for record in today.of(*kinds)
        if record.said.envelope.source != "self_declared" and not countable(record)
    ]


def decided(kind: str, which: Callable[[Record, Day], bool]) -> Callable[[Day], list[Piece]]:
    """Give the signal of records of a type that count from their own day on."""

    def find(today: Day) -> list[Piece]:
        return [p for r in counted(today, kind) if which(r, today) for p in piece(r, r.day)]

    return find


def final(which: Callable[[Record, Day], bool]) -> Callable[[Day], list[Piece]]:
    """Give the signal of penalties that count from when nobody can contest them any more."""

    def find(today: Day) -> list[Piece]:
        found = [r for r in counted(today, "PenaltyImposed") if which(r, today)]
        return [p for r in found for p in piece(r, final_from(r, today))]

    return find


def final_from(record: Record, today: Day) -> date:
    """Give the day from which a penalty is bad information."""
    rule, said = today.rule(today.rulebook.severity, record, today.on), record.said
    if rule.final_after_months == 0:
        return record.day
    if said.finality == "contested" or said.simple_procedure:
        return NO_END
    if said.final_on:
        return max(record.day, date.fromisoformat(str(said.final_on)))
    return months_later(record.day, rule.final_after_months)


def is_bad(record: Record, today: Day) -> bool:
    row = today.rulebook.category_of(record.category)
    return row is not None and row.polarity == "bad"


def serious_in(*domains: str) -> Callable[[Record, Day], bool]:
    """Give the test of a serious penalty, in some domains or in any."""
    return lambda record, today: (
        tier(record, today) == "serious" and (not domains or today.domain(record) in domains)
    )


def of_lists(which: Callable[[Any], bool], months: int = 0) -> Callable[[Day], list[Piece]]:
    """Give the signal of list entries that had effect, some months after they began."""

    def find(today: Day) -> list[Piece]:
        found = []
        for record in today.of("ListEntered"):
            status, until = list_status(record, today)
            start = months_later(record.day, months)
            if status != "no_effect" and which(record.said) and start < until:
                department = record.said.envelope.department
                found.append(Piece(start, record.key, until, 1, department))
        return found

    return find


def of_list(code: str, months: int = 0) -> Callable[[Day], list[Piece]]:
    return of_lists(lambda said: said.list == code, months)


def serious_lists(today: Day) -> list[Piece]:
    return of_lists(lambda said: today.rulebook.lists[said.list].serious)(today)


def fled(today: Day) -> list[Piece]:
    conduct = decided("ConductRecorded", lambda r, _: r.said.conduct == "fled")
    return of_lists(lambda said: said.ground == "fled")(today) + conduct(today)


def list_notices(today: Day) -> list[Piece]:
    return [
        Piece(n.day, n.key, notice_until(n, today), 1, n.said.envelope.department)
        for n in today.of("ListNoticeGiven")
        if n.day < notice_until(n, today)
    ]


def owing(
    kind: str, which: Callable[[Record], bool] = lambda _: True, *, late: str = "", months: int = 0
) -> Callable[[Day], list[Piece]]:
    """Give the signal of cases while something is owed, some only after a day or some months."""

    def find(today: Day) -> list[Piece]:
        found = []
        for record in counted(today, kind):
            start = months_later(record.day, months)
            if late and getattr(record.said, late):
                start = max(start, next_day(getattr(record.said, late)))
            if which(record) and not (late and not getattr(record.said, late)):
                found += piece(record, start, record.closed())
        return found

    return find


def owing_fen(
    kind: str, which: Callable[[Record], bool] = lambda _: True
) -> Callable[[Day], list[Piece]]:
    """Give the signal of what is owed, in fen: one piece for each balance."""

    def find(today: Day) -> list[Piece]:
        found = []
        for record in counted(today, kind):
            days = [record.day, *sorted({d for d, *_ in record.paid() if d > record.day}), NO_END]
            for start, end in pairwise(days):
                if which(record) and record.amount() is not None and record.left(start):
                    last = min(end, replaced(record, counted(today, OWED[0])))
                    found += piece(record, start, last, record.left(start) or 0)
        return found

    return find


def arrears_rising(today: Day) -> list[Piece]:
    """Find announcements of tax that rose twice in a row, by department and period."""
    found: list[Piece] = []
    for department in sorted({r.said.envelope.department for r in today.of(OWED[0])}):
        mine = [r for r in counted(today, OWED[0]) if r.said.envelope.department == department]
        periods = list(dict.fromkeys(r.said.period or r.day.isoformat() for r in mine))
        groups = [[r for r in mine if (r.said.period or r.day.isoformat()) == p] for p in periods]
        sums = [
            None if None in (amounts := [r.amount() for r in g]) else sum(n or 0 for n in amounts)
            for g in groups
        ]
        for place in range(2, len(groups)):
            one, two, three = sums[place - 2 : place + 1]
            if one is None or two is None or three is None or not one < two < three:
                continue
            end = groups[place + 1][0].day if place + 1 < len(groups) else NO_END
            start = groups[place][-1].day
            pieces = [
                p
                for r in groups[place]
                if r.amount()
                for p in piece(r, start, min(end, r.closed()))
            ]
            found += sorted(pieces, key=lambda p: (p.end, p.key))[-1:]
    return found


def renewed_on(licence: Record, today: Day) -> date:
    """Give the first day on which a licence is renewed."""
    said = licence.said
    return min(
        (
            other.day
            for other in counted(today, "LicenceGranted")
            if other.said.licence_no == said.licence_no
            and other.category == licence.category
            and other.day >= licence.day
            and (other.said.valid_until is None or other.said.valid_until > said.valid_until)
        ),
        default=NO_END,
    )


def licence_expiring(today: Day) -> list[Piece]:
    found = []
    for r in counted(today, "LicenceGranted"):
        last = r.said.valid_until
        if last is not None:
            start = max(last - timedelta(days=30), r.day)
            found += piece(r, start, min(next_day(last), renewed_on(r, today)))
    return found


def licence_expired(today: Day) -> list[Piece]:
    found = []
    for r in counted(today, "LicenceGranted"):
        if r.said.valid_until is not None:
            start = next_day(r.said.valid_until)
            found += piece(r, start, min(months_later(start, 12), renewed_on(r, today)))
    return found


def graded(which: Callable[[Day, Record, Record | None], bool]) -> Callable[[Day], list[Piece]]:
    """Give the signal of grades, while each holds, by itself and the one of the period before."""

    def find(today: Day) -> list[Piece]:
        found = []
        grades = counted(today, "GradeAssigned")
        grades.sort(key=lambda g: (g.said.period or g.day.year, g.day))
        for grade in grades:
            scheme = [g for g in grades if g.said.scheme == grade.said.scheme]
            place = scheme.index(grade)
            period = grade.said.period
            before = [g for g in scheme[:place] if period is None or g.said.period != period]
            ends = [next_day(grade.said.valid_until)] if grade.said.valid_until else []
            ends += [max(grade.day, g.day) for g in scheme[place + 1 : place + 2]]
            if which(today, grade, before[-1] if before else None):
                found += piece(grade, grade.day, min(ends, default=NO_END))
        return found

    return find


def grades_of(today: Day, grade: Record) -> Any:
    return in_force(today.rulebook.grades[grade.said.scheme].in_force, grade.day).grades


def is_lower(today: Day, grade: Record, before: Record | None) -> bool:
    codes = [row.code for row in grades_of(today, grade)]
    return before is not None and codes.index(grade.said.grade) > codes.index(before.said.grade)


def is_worst(today: Day, grade: Record, _: Record | None) -> bool:
    return any(
        row.code == grade.said.grade and row.standing == "bad" for row in grades_of(today, grade)
    )


def breaches(today: Day) -> list[Piece]:
    found = []
    for record in counted(today, "CommitmentMade"):
        broken = [day for day, _, _, is_broken in record.paid() if is_broken]
        if broken:
            found += piece(record, min(broken))
    return found


@cache
def _announced(year: int) -> Any:
    make: Any = China
    return make(years=year)


@cache
def is_worked(day: date) -> bool:
    """Say whether a day is worked in China: by law, and by what is announced."""
    return bool(_announced(day.year).is_working_day(day))


def after_working_days(day: date, count: int) -> date:
    while count:
        day = next_day(day)
        count -= is_worked(day)
    return day


def marked(today: Day) -> list[Record]:
    return [r for r in today.records if not r.effect["void"]]


def undone(record: Record, key: str, due: date, done: date, by: str = "") -> list[Piece]:
    """Give what was not done by its last day, until it was; what ends the record does not end it."""
    start = next_day(due)
    department = by or record.said.envelope.department
    return [Piece(start, key, done, 1, department)] if start < done else []


def objections_overdue(today: Day) -> list[Piece]:
    found = []
    for record in marked(today):
        for raised, objection in record.told("ObjectionRaised"):
            key = objection.envelope.event_id
            answers = [
                (day, e.outcome)
                for day, e in record.told("ObjectionAnswered")
                if e.objection == key and follows(record, objection, day)
            ]
            rule = today.rule(today.rulebook.objections, record, raised)
            due = after_working_days(raised, rule.decide_working_days)
            if any(outcome == "extended" and day <= due for day, outcome in answers):
                due = after_working_days(raised, rule.extended_working_days)
            done = [day for day, outcome in answers if outcome != "extended"]
            found += undone(
                record,
                key,
                due,
                done[0] if done else NO_END,
                by=rule.review_by if objection.review_of else rule.answered_by,
            )
    return found


def repairs_overdue(today: Day) -> list[Piece]:
    found = []
    for record in marked(today):
        if record.kind in FACTS:
            continue
        for asked, application in record.told("RepairApplied"):
            rule = today.rule(today.rulebook.repairs, record, asked)
            told = record.told("RepairDecided")
            done = [day for day, said in told if day >= asked and not said.extended]
            due = after_working_days(asked, rule.decide_working_days)
            if rule.extended_working_days is not None and any(
                said.extended and asked <= day <= due for day, said in told
            ):
                due = after_working_days(asked, rule.extended_working_days)
            found += undone(record, application.envelope.event_id, due, min(done, default=NO_END))
    return found


BEARING_NAMES = (
    *("PenaltyImposed", "ListEntered", "ListNoticeGiven", "LicenceGranted", "GradeAssigned"),
    *("InspectionReported", "RecallOrdered", "ConductRecorded", "CommitmentMade"),
    *("JudgmentRendered", "CommendationAwarded", "RelationRecorded", "MeasureInitiated", *OWED),
    "ItemsReported",
)


def newest_by_department(sayings: Iterable[tuple[date, int, str, str, Any]]) -> list[Piece]:
    """Give the newest word of each department on a field, where they differ."""
    newest: dict[str, tuple[date, str, Any]] = {}
    for day, _, key, department, value in sorted(sayings, key=lambda s: (s[0], s[1])):
        newest[department] = (day, key, value)
    if len({str(value) for _, _, value in newest.values()}) < 2:
        return []
    in_order = sorted((day, key, by, value) for by, (day, key, value) in newest.items())
    since = min(day for day, _, _, value in in_order if str(value) != str(in_order[0][3]))
    return [Piece(since, key, NO_END, 1, by) for _, key, by, _ in in_order]


def names_said(today: Day) -> list[Piece]:
    """Give the names registered, and those on records that no register ever had."""
    known: set[str] = set()
    sayings = []
    for r in sorted(today.of(*FACTS), key=lambda r: (r.day, r.offset)):
        name = getattr(r.said, "name", r.said.envelope.subject_name)
        known |= {name, r.said.envelope.subject_name}
        if name is not None:
            sayings.append((r.day, r.offset, r.key, r.said.envelope.department, name))
    first = min((day for day, *_ in sayings), default=date.min)
    for place, r in enumerate(counted(today, *BEARING_NAMES)):
        name = r.said.envelope.subject_name
        if name is not None and name not in known and r.day >= first:
            by = f"written by {r.said.envelope.department}"
            sayings.append((r.day, place, r.key, by, name))
    return [
        piece._replace(department=piece.department.removeprefix("written by "))
        for piece in newest_by_department(sayings)
    ]


def discrepancies(today: Day) -> list[Piece]:
    found = names_said(today)
    facts = today.of(*FACTS)
    for field in ("kind", "status", "industry"):
        sayings = []
        for r in facts:
            value = getattr(r.said, field, None)
            if r.kind == "SubjectRegistered" and field == "status":
                value = "active"
            if value is not None:
                sayings.append((r.day, r.offset, r.key, r.said.envelope.department, value))
        found += newest_by_department(sayings)
    represented = [
        (r.day, place, r.key, r.said.envelope.department, r.said.other)
        for place, r in enumerate(today.of("RelationRecorded"))
        if r.said.role == "legal_representative"
        and r.said.other is not None
        and today.on < min(r.effect["ends"], next_day(r.said.until) if r.said.until else NO_END)
    ]
    return found + newest_by_department(represented)


def is_wage(record: Record) -> bool:
    return record.category == "default.wage"


def is_other(record: Record) -> bool:
    return not is_wage(record)


FAILED = ("failed", "refused", "not_found")
SIGNALS: dict[str, Callable[[Day], list[Piece]]] = {
    "penalties_decided": decided("PenaltyImposed", lambda r, _: not r.said.simple_procedure),
    "serious_penalties_decided": decided("PenaltyImposed", serious_in()),
    "serious_market_penalties": final(serious_in(*MARKET)),
    "serious_safety_penalties": final(serious_in("safety")),
    "licence_revoked_decided": decided(
        "PenaltyImposed", lambda r, _: "licence_revoked" in r.said.kinds
    ),
    "convictions": decided("JudgmentRendered", lambda *_: True),
    "failed_inspections": decided("InspectionReported", lambda r, _: r.said.result in FAILED),
    "recalls": decided("RecallOrdered", lambda *_: True),
    "misconduct": decided("ConductRecorded", is_bad),
    "serious_misconduct": decided(
        "ConductRecorded", lambda r, t: is_bad(r, t) and r.said.seriousness == "serious"
    ),
    "serious_lists": serious_lists,
    "judgment_defaulter": of_list("judgment_defaulter"),
    "abnormal_operation": of_list("abnormal_operation"),
    "abnormal_operation_old": of_list("abnormal_operation", 36),
    "fled": fled,
    "list_notices": list_notices,
    "licence_expiring": licence_expiring,
    "licence_expired": licence_expired,
    "grade_fell": graded(is_lower),
    "grade_bad": graded(is_worst),
    "arrears_fen": owing_fen(OWED[0]),
    "arrears_rising": arrears_rising,
    "wage_arrears": owing("ObligationDefaulted", is_wage),
    "wage_orders": owing(
        "ObligationDefaulted", lambda r: is_wage(r) and r.said.ordered_by is not None
    ),
    "wage_arrears_overdue": owing("ObligationDefaulted", is_wage, late="ordered_by"),
    "wage_arrears_fen": owing_fen("ObligationDefaulted", is_wage),
    "defaults": owing("ObligationDefaulted", is_other),
    "enforcements": owing("EnforcementOpened"),
    "enforcements_old": owing("EnforcementOpened", months=6),
    "breaches": breaches,
    "objections_overdue": objections_overdue,
    "repairs_overdue": repairs_overdue,
    "discrepancies": discrepancies,
}


class Course(NamedTuple):
    """A threshold, its evidence, and whether it is on from each of some days until the next."""

    threshold: Any
    pieces: list[Piece]
    steps: list[tuple[date, bool]]

    def on(self, day: date) -> bool:
        """Say whether the threshold is on."""
        return ([False] + [is_on for start, is_on in self.steps if start <= day])[-1]


def walk(threshold: Any, pieces: list[Piece], hold_days: int) -> Course:
    """Step through the days on which anything can change, remembering since when too little is."""
    months = threshold.window_months
    if months is not None:
        pieces = [p._replace(end=min(p.end, months_later(p.start, months))) for p in pieces]
    hold = timedelta(days=hold_days)
    days = {p.start for p in pieces} | {p.end for p in pieces if p.end != NO_END}
    days |= {p.end + hold for p in pieces if p.end != NO_END} | {p.start + hold for p in pieces}
    lift_below = threshold.at_least if threshold.lift_below is None else threshold.lift_below
    steps: list[tuple[date, bool]] = []
    is_on, low_since = False, None
    for day in sorted(days):
        present = [p for p in pieces if p.start <= day < p.end]
        several = len({p.department for p in present}) >= threshold.departments
        weight = sum(p.weight for p in present)
        low_since = None if several and weight >= lift_below else (low_since or day)
        if several and weight >= threshold.at_least:
            is_on = True
        elif low_since is not None and low_since + hold <= day:
            is_on = False
        steps.append((day, is_on))
    return Course(threshold, pieces, steps)


def warn(today: Day) -> dict[str, Any]:
    """Say which warnings hold: their level, since when, on what, and who took note."""
    found = {}
    for rule in today.rulebook.warnings:
        version = in_force(rule.in_force, today.on)
        if version is None or rule.signal in LEFT_OUT:
            continue
        pieces = sorted(SIGNALS[rule.signal](today))
        courses = [walk(threshold, pieces, version.hold_days) for threshold in version.levels]
        warning = _warning(rule, version, courses, today)
        if warning is not None:
            found[rule.id] = warning
    return found


def _warning(rule: Any, version: Any, courses: list[Course], today: Day) -> Any:
    bars = of_list(rule.list)(today) if rule.kind == "candidate" else []
    days = sorted(
        {day for c in courses for day, _ in c.steps} | {d for b in bars for d in b[0:3:2]}
    )

    def holds(day: date, height: int) -> bool:
        barred = any(bar.start <= day < bar.end for bar in bars)
        high = [c for c in courses if LEVELS.index(c.threshold.level) >= height]
        return not barred and any(c.on(day) for c in high)

    def since(height: int) -> date:
        first = today.on
        for day in reversed([day for day in days if day <= today.on]):
            if not holds(day, height):
                break
            first = day
        return first

    height = max((h for h in range(len(LEVELS)) if holds(today.on, h)), default=None)
    if height is None:
        return None
    ruling = next(
        c for c in courses if c.on(today.on) and LEVELS.index(c.threshold.level) == height
    )
    present = [p for p in ruling.pieces if p.start <= today.on < p.end]
    if not present:  # It is only held, and rests on what counted last.
        last = max(p.end for p in ruling.pieces if p.end <= today.on)
        present = [p for p in ruling.pieces if p.end == last]
    noted = [
        r.said.envelope.department
        for r in today.of("WarningAcknowledged")
        if r.said.rule == rule.id and since(height) <= r.day and today.on < r.ended
    ]
    waits = version.escalates_after_days
    if waits is not None and not noted and since(height) + timedelta(days=waits) <= today.on:
        level = LEVELS[min(height + 1, len(LEVELS) - 1)]
    else:
        level = LEVELS[height]
    evidence = tuple(dict.fromkeys(p.key for p in present))
    return level, since(0), evidence, tuple(dict.fromkeys(noted))
