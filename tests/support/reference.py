"""The reference fold: what a history means, computed the slow and obvious way.

It shares no code with projections/: everything is worked out anew for a day, from plain dicts.
Events, their content and the rulebook's data are the only things it takes from the project.
"""

from __future__ import annotations

import calendar
import json
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from events.identity import content
from events.types import event_from_record, event_to_record, event_type, record_id

if TYPE_CHECKING:
    from events.envelope import Envelope
    from events.rulebook import Rulebook

NO_END = date.max
ABOUT_ANOTHER = ("TaxArrearsSettled", "ListRemoved", "RecordCorrected", "RecordRevoked")
NEEDS = {"TaxArrearsSettled": "TaxArrearsAnnounced", "ListRemoved": "ListEntered"}


class Heard(NamedTuple):
    """An event as the ledger holds it."""

    event: Any
    offset: int
    recorded_on: date


def months_later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def own_day(event: Any, recorded_on: date) -> date:
    e: Envelope = event.envelope
    return e.occurred_on or e.published_on or e.observed_on or recorded_on


def in_force(versions: Any, on: date) -> Any:
    return [v for v in versions if v.start <= on][-1]


def reference(history: list[Heard], on: date, rulebook: Rulebook) -> dict[str, Any]:
    """Say what holds on a day, given all that was heard of one subject."""
    result: dict[str, Any] = {
        "counts": {}, "public": {}, "penalties": {}, "owed": {}, "lists": {}, "warnings": {},
        "anomalies": {}, "repeats": 0,
    }  # fmt: skip
    records = []
    for about in sorted({record_id(h.event) for h in history}):
        heard = sorted((h for h in history if record_id(h.event) == about), key=lambda h: h.offset)
        notes: list[str] = []
        record = _record(heard, notes)
        if record is not None and record["day"] > on:
            continue  # Nothing of it is in effect yet, not even what is odd about it.
        for note in notes:
            if note == "repeat":
                result["repeats"] += 1
            else:
                result["anomalies"][note] = result["anomalies"].get(note, 0) + 1
        if record is not None and not record["annulled"]:
            records.append(record)
    for record in records:
        _show(record, on, rulebook, result)
    _warn(records, on, rulebook, result)
    result["owed_fen"] = sum(owed or 0 for owed in result["owed"].values())
    return result


def _record(heard: list[Heard], notes: list[str]) -> dict[str, Any] | None:
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
        wanted = getattr(h.event, "record_type", NEEDS.get(event_type(h.event), kind))
        if h.event.envelope.department != first.event.envelope.department:
            notes.append("department_not_of_record")
        elif wanted != kind:
            notes.append("type_not_of_record")
        else:
            fitting[key] = h
    standing = [h for key, h in fitting.items() if _stands(key, fitting)]
    standing.sort(key=lambda h: (own_day(h.event, h.recorded_on), h.offset))
    values = event_to_record(first.event)
    for h in standing:
        for change in getattr(h.event, "changes", []):
            holder, _, name = change.field.rpartition(".")
            (values["envelope"] if holder else values)[name] = json.loads(change.value)
    said = event_from_record(kind, values)
    whole = [h for h in standing if getattr(h.event, "amendment", "") is None]
    ends = [h.event.effective_on or own_day(h.event, h.recorded_on) for h in whole]
    ends += [
        own_day(h.event, h.recorded_on) for h in standing if event_type(h.event) == "ListRemoved"
    ]
    paid = [h for h in standing if event_type(h.event) == "TaxArrearsSettled"]
    return {
        "said": said,
        "kind": kind,
        "annulled": any(h.event.kind == "annulled" for h in whole),
        "day": own_day(said, first.recorded_on),
        "ended": min(ends, default=NO_END),
        "paid": [(own_day(h.event, h.recorded_on), h.event.paid_fen or 0, h.event.cleared) for h in paid],
    }  # fmt: skip


def _stands(key: str, all_of_them: dict[str, Heard]) -> bool:
    """Say whether an amendment holds: nobody whose own word holds has taken it back."""
    against = [k for k, h in all_of_them.items() if getattr(h.event, "amendment", None) == key]
    return not any(_stands(k, all_of_them) for k in against)


def _tier(said: Any, rulebook: Rulebook, on: date) -> str:
    rule = in_force(rulebook.severity, on)
    kinds = set(said.kinds)
    fine = said.fine_fen or 0
    if said.simple_procedure:
        return "minor"
    if kinds & set(rule.serious) or fine >= rule.fine_serious_fen:
        return "serious"
    if kinds & set(rule.general) or fine >= rule.fine_general_fen:
        return "general"
    return "minor"


def _owed(record: dict[str, Any], on: date) -> int | None:
    balance: int | None = record["said"].balance_fen
    paid = [(fen, cleared) for day, fen, cleared in record["paid"] if day <= on]
    if record["ended"] <= on or any(cleared for _, cleared in paid):
        return 0
    if balance is None:
        return None
    owed: int = balance - sum(fen for fen, _ in paid)
    return max(0, owed)


def _list_status(record: dict[str, Any], on: date, rulebook: Rulebook) -> str:
    said = record["said"]
    rule = in_force(rulebook.lists[said.list].in_force, on)
    term = said.term_months or rule.grounds.get(said.ground)
    until = months_later(record["day"], term) if isinstance(term, int) else NO_END
    if rule.notice_required and not (said.notified_on and said.notified_on <= record["day"]):
        return "no_effect"
    return "ended" if min(until, record["ended"]) <= on else "in_effect"


def _is_public(record: dict[str, Any], on: date, rulebook: Rulebook) -> bool:
    """Say whether the public may see a record on the day."""
    said, kind, day = record["said"], record["kind"], record["day"]
    if said.envelope.disclosure != "public":
        return False
    if kind == "ListEntered":
        return _list_status(record, on, rulebook) == "in_effect"
    if kind == "TaxArrearsAnnounced":
        return _owed(record, on) != 0
    rule = next(r for r in rulebook.disclosure if kind in r.event_types)
    tier = _tier(said, rulebook, on) if kind == "PenaltyImposed" else "general"
    ends = [months_later(day, in_force(rule.in_force, on).public[tier]), record["ended"]]
    ends += [d for d in (getattr(said, "publish_until", None), getattr(said, "valid_until", None)) if d]  # fmt: skip
    return bool(on < min(ends))


def _show(record: dict[str, Any], on: date, rulebook: Rulebook, result: dict[str, Any]) -> None:
    said, kind = record["said"], record["kind"]
    key, category = said.envelope.event_id, said.envelope.category
    if kind in ("SubjectRegistered", "SubjectChanged"):
        return
    result["counts"][category] = result["counts"].get(category, 0) + 1
    public = result["public"].get(category, 0)
    result["public"][category] = public + _is_public(record, on, rulebook)
    if kind == "PenaltyImposed":
        tier = _tier(said, rulebook, on)
        result["penalties"][key] = (record["day"], said.fine_fen, said.confiscated_fen, tier)
    if kind == "TaxArrearsAnnounced":
        result["owed"][key] = _owed(record, on)
    if kind == "ListEntered":
        result["lists"][key] = _list_status(record, on, rulebook)


def _evidence(
    records: list[dict[str, Any]], measure: str, on: date, rulebook: Rulebook
) -> list[tuple[date, str, int, str]]:
    found = []
    for record in records:
        said, kind = record["said"], record["kind"]
        weight = 0
        if measure == "penalties" and kind == "PenaltyImposed":
            weight = int(record["ended"] > on and not said.simple_procedure)
        elif measure == "arrears_fen" and kind == "TaxArrearsAnnounced":
            weight = _owed(record, on) or 0
        elif measure == "serious_lists" and kind == "ListEntered":
            serious = rulebook.lists[said.list].serious
            weight = int(serious and _list_status(record, on, rulebook) == "in_effect")
        if weight:
            found.append((record["day"], said.envelope.event_id, weight, said.envelope.department))
    return sorted(found)


def _warn(
    records: list[dict[str, Any]], on: date, rulebook: Rulebook, result: dict[str, Any]
) -> None:
    for rule in rulebook.warnings:
        evidence = _evidence(records, rule.measure, on, rulebook)
        for threshold in in_force(rule.in_force, on).levels:
            months = threshold.window_months
            window = [e for e in evidence if months is None or months_later(e[0], months) > on]
            enough = sum(e[2] for e in window) >= threshold.at_least
            several = len({e[3] for e in window}) >= threshold.departments
            higher = result["warnings"].get(rule.id, ("", ()))[0]
            if enough and several and threshold.level.height > _height(higher):
                ids = tuple(e[1] for e in window)
                result["warnings"][rule.id] = (threshold.level.value, ids)


def _height(level: str) -> int:
    return ("", "blue", "yellow", "orange", "red").index(level)


def summary(profile: Any) -> dict[str, Any]:
    """Give a profile's conclusions in the shape of the reference."""
    plain = msgspec.structs.asdict(profile)
    return {
        "counts": {k: c.count for k, c in plain["categories"].items()},
        "public": {k: c.public for k, c in plain["categories"].items()},
        "penalties": {
            p.event_id: (p.day, p.fine_fen, p.confiscated_fen, p.tier) for p in profile.penalties
        },
        "owed": {a.event_id: a.owed_fen for a in profile.arrears},
        "lists": {m.entry_id: m.status.value for m in profile.lists},
        "warnings": {w.rule: (w.level.value, w.evidence) for w in profile.warnings},
        "anomalies": profile.anomalies,
        "repeats": profile.repeats,
        "owed_fen": profile.arrears_owed_fen,
    }
