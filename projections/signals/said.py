"""Signals from what is said of a subject: penalties, lists, licences, grades, findings. Pure.

Each gives its evidence in any order; what a signal means stands in its docstring.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

from events.dates import FOREVER, day_after
from events.numbers import number_key
from events.rules.catalogue import Polarity
from events.types.finding import InspectionResult, Seriousness
from events.types.penalty import PenaltyKind
from projections.calendar.slots import Slot
from projections.day.lists import notices_given
from projections.day.shapes import ListStatus
from projections.record.matters import (
    Conduct,
    Conviction,
    Honour,
    Inspection,
    Licence,
    Penalty,
    Recall,
)
from projections.signals.evidence import Evidence, months_after, put

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from projections.day.record_on_day import RecordOnDay
    from projections.day.shapes import Membership
    from projections.record.matter import Matter

    Signal = Callable[[RecordOnDay, Sequence[Membership]], list[Evidence]]

_NO_EFFECT: Final = ListStatus.NO_EFFECT
_OF_SERIOUS_TIER: Final = Slot[list[Penalty]]()
"""Several signals ask for them, and each penalty has to be weighed for it."""

EXPIRY_DAYS: Final = 30
"""How long before its last day a licence counts as expiring (行政许可法 art. 50)."""

EXPIRED_MONTHS: Final = 12
"""For how long an expired licence counts; who has not renewed by then has given it up."""

OLD_ABNORMAL_MONTHS: Final = 36
"""After so long, abnormal operations lead to the serious list (企业信息公示暂行条例 art. 17)."""

FLED: Final = "fled"
"""The ground of a list, or the conduct, of one who has fled (走逃)."""


def _since_decided(matters: Iterable[Matter], on_day: RecordOnDay) -> list[Evidence]:
    """Let matters count from their own day on."""
    evidence: list[Evidence] = []
    for matter in matters:
        put(evidence, on_day, matter, matter.day)
    return evidence


def _since_final(matters: Iterable[Penalty], on_day: RecordOnDay) -> list[Evidence]:
    """Let penalties count from when they are bad information (不良信息)."""
    evidence: list[Evidence] = []
    for penalty in matters:
        put(evidence, on_day, penalty, on_day.rules.bad_from(penalty))
    return evidence


def _ordinary(matters: Iterable[Penalty]) -> list[Penalty]:
    return [p for p in matters if not p.simple_procedure]


def _serious(matters: Sequence[Penalty], on_day: RecordOnDay) -> list[Penalty]:
    of_all = matters is on_day.counting(Penalty)
    serious = _OF_SERIOUS_TIER.get(on_day.slots) if of_all else None
    if serious is None:
        tier = on_day.rules.tier
        serious = [p for p in matters if tier(p)[0] == "serious"]
        if of_all:
            _OF_SERIOUS_TIER.fill(on_day.slots, serious)
    return serious


def _revoking(matters: Iterable[Penalty]) -> list[Penalty]:
    return [p for p in matters if PenaltyKind.LICENCE_REVOKED in p.kinds]


def penalties(on_day: RecordOnDay, matters: Sequence[Penalty]) -> list[Evidence]:
    """Find penalties that are final, but for those by simple procedure (简易程序)."""
    return _since_final(_ordinary(matters), on_day)


def penalties_decided(on_day: RecordOnDay, matters: Sequence[Penalty]) -> list[Evidence]:
    """Find the same from their decision on, whether or not they can still be contested."""
    return _since_decided(_ordinary(matters), on_day)


def serious_penalties(on_day: RecordOnDay, matters: Sequence[Penalty]) -> list[Evidence]:
    """Find penalties of the serious tier that are final."""
    return _since_final(_serious(matters, on_day), on_day)


def serious_penalties_decided(on_day: RecordOnDay, matters: Sequence[Penalty]) -> list[Evidence]:
    """Find the same from their decision on."""
    return _since_decided(_serious(matters, on_day), on_day)


def licence_revoked(on_day: RecordOnDay, matters: Sequence[Penalty]) -> list[Evidence]:
    """Find final penalties by which a licence was revoked (吊销许可证件)."""
    return _since_final(_revoking(matters), on_day)


def licence_revoked_decided(on_day: RecordOnDay, matters: Sequence[Penalty]) -> list[Evidence]:
    """Find the same from their decision on."""
    return _since_decided(_revoking(matters), on_day)


def convictions(on_day: RecordOnDay, matters: Sequence[Conviction]) -> list[Evidence]:
    """Find criminal convictions."""
    return _since_decided(matters, on_day)


def failed_inspections(on_day: RecordOnDay, matters: Sequence[Inspection]) -> list[Evidence]:
    """Find inspections failed, refused, or not possible as nobody was found.

    One that only asks for something to be put right is not failed.
    """
    asked = InspectionResult.RECTIFY
    failed = [i for i in matters if i.result is not asked]
    return _since_decided(failed, on_day)


def recalls(on_day: RecordOnDay, matters: Sequence[Recall]) -> list[Evidence]:
    """Find recalls of products."""
    return _since_decided(matters, on_day)


def _bad(on_day: RecordOnDay, matters: Sequence[Conduct]) -> list[Conduct]:
    category_of = on_day.rules.category
    conduct = [(c, category_of(c.category)) for c in matters]
    return [
        c
        for c, conduct_row in conduct
        if conduct_row is not None and conduct_row.polarity is Polarity.BAD
    ]


def misconduct(on_day: RecordOnDay, matters: Sequence[Conduct]) -> list[Evidence]:
    """Find bad conduct recorded without a penalty."""
    return _since_decided(_bad(on_day, matters), on_day)


def serious_misconduct(on_day: RecordOnDay, matters: Sequence[Conduct]) -> list[Evidence]:
    """Find bad conduct that the department reports as serious."""
    serious = [c for c in _bad(on_day, matters) if c.seriousness is Seriousness.SERIOUS]
    return _since_decided(serious, on_day)


def honours(on_day: RecordOnDay, matters: Sequence[Honour]) -> list[Evidence]:
    """Find commendations, each up to its last day."""
    evidence: list[Evidence] = []
    for honour in matters:
        last = honour.valid_until
        put(evidence, on_day, honour, honour.day, FOREVER if last is None else day_after(last))
    return evidence


def _of_lists(lists: Iterable[Membership], counts: Callable[[Membership], bool]) -> list[Evidence]:
    """Let list entries that have or had effect count from their first day to their end."""
    evidence: list[Evidence] = []
    for m in lists:
        end = m.until or FOREVER
        if m.status is not _NO_EFFECT and m.since < end and counts(m):
            evidence.append(Evidence(m.since, m.entry_id, end, 1, m.department, m.region, m.domain))
    return evidence


def serious_lists(_: RecordOnDay, lists: Sequence[Membership]) -> list[Evidence]:
    """Find entries on lists of serious dishonesty."""
    return _of_lists(lists, lambda m: m.serious)


def listed(_: RecordOnDay, lists: Sequence[Membership]) -> list[Evidence]:
    """Find entries on any list of dishonesty, serious or not."""
    return _of_lists(lists, lambda m: not m.honours)


def red_lists(_: RecordOnDay, lists: Sequence[Membership]) -> list[Evidence]:
    """Find entries on red lists (守信红名单)."""
    return _of_lists(lists, lambda m: m.honours)


def judgment_defaulter(_: RecordOnDay, lists: Sequence[Membership]) -> list[Evidence]:
    """Find entries on the list of judgment defaulters (失信被执行人)."""
    return _of_lists(lists, lambda m: m.list == "judgment_defaulter")


def abnormal_operation(_: RecordOnDay, lists: Sequence[Membership]) -> list[Evidence]:
    """Find entries on the list of abnormal operations (经营异常名录)."""
    return _of_lists(lists, lambda m: m.list == "abnormal_operation")


def abnormal_operation_old(_: RecordOnDay, lists: Sequence[Membership]) -> list[Evidence]:
    """Find those that were not mended within three years, from the day on which that is so."""
    evidence: list[Evidence] = []
    for each in _of_lists(lists, lambda m: m.list == "abnormal_operation"):
        start = months_after(each.start, OLD_ABNORMAL_MONTHS)
        if start < each.end:
            evidence.append(each._replace(start=start))
    return evidence


def fled(on_day: RecordOnDay, lists: Sequence[Membership]) -> list[Evidence]:
    """Find that the subject has fled, as a list entry's ground or as recorded conduct."""
    conduct = [c for c in on_day.counting(Conduct) if c.conduct == FLED]
    return _of_lists(lists, lambda m: m.ground == FLED) + _since_decided(conduct, on_day)


def list_notices(on_day: RecordOnDay, _: Sequence[Membership]) -> list[Evidence]:
    """Find notices of an entry to come (列入告知), while they are pending."""
    return [
        Evidence(n.day, n.event_id, n.until or FOREVER, 1, n.department, n.region, n.domain)
        for n in notices_given(on_day)
        if n.until is None or n.day < n.until
    ]


def licence_series(licence: Licence) -> tuple[str, str]:
    """Give what the grants of one licence have in common, first and renewed."""
    return number_key(licence.licence_no), licence.category


def _last_days(matters: Sequence[Licence]) -> list[tuple[Licence, date, date]]:
    """Give the licences that end, the last day of each, and the first day on which it is renewed.

    A renewal is a further grant of the same number in the same category that lasts longer.
    """
    last_days: list[tuple[Licence, date, date]] = []
    grants: dict[tuple[str, str], list[Licence]] = {}
    for licence in matters:
        grants.setdefault(licence_series(licence), []).append(licence)
    for of_number in grants.values():
        for licence in of_number:
            last = licence.valid_until
            if last is not None:
                last_days.append((licence, last, _renewed_on(licence, last, of_number)))
    return last_days


def _renewed_on(licence: Licence, last: date, grants: Sequence[Licence]) -> date:
    for other in grants:
        if other.day >= licence.day and (other.valid_until is None or other.valid_until > last):
            return other.day  # They stand in order, so this is the first.
    return FOREVER


def licence_expiring(on_day: RecordOnDay, matters: Sequence[Licence]) -> list[Evidence]:
    """Find licences within 30 days of their last day, that day included, and not renewed."""
    evidence: list[Evidence] = []
    for licence, last, renewed in _last_days(matters):
        first = date.fromordinal(max(last.toordinal() - EXPIRY_DAYS, 1))
        put(evidence, on_day, licence, max(first, licence.day), min(day_after(last), renewed))
    return evidence


def licence_expired(on_day: RecordOnDay, matters: Sequence[Licence]) -> list[Evidence]:
    """Find licences that ran out within a year and were not renewed."""
    evidence: list[Evidence] = []
    for licence, last, renewed in _last_days(matters):
        start = day_after(last)
        put(evidence, on_day, licence, start, min(months_after(start, EXPIRED_MONTHS), renewed))
    return evidence
