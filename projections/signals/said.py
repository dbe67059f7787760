"""Signals from what is said of a subject: penalties, lists, licences, grades, findings. Pure.

Each gives its evidence in any order; what a signal means stands in its docstring.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from events.dates import FOREVER, day_after
from events.rules.catalogue import Polarity
from events.types.finding import InspectionResult, Seriousness
from events.types.penalty import PenaltyKind
from projections.calendar.slots import Slot
from projections.day.shapes import ListStatus
from projections.record.matters import (
    Conduct,
    Conviction,
    Honour,
    Inspection,
    Penalty,
    Recall,
)
from projections.signals.evidence import Evidence, months_after, put
from projections.signals.kept import Either
from projections.signals.of_conclusions import OfConclusions, of_entries, of_notices
from projections.signals.of_matters import OfMatters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from projections.day.record_on_day import RecordOnDay
    from projections.day.shapes import Membership, PendingNotice
    from projections.record.matter import Matter

    Signal = Callable[[RecordOnDay, Sequence[Membership]], list[Evidence]]

_NO_EFFECT: Final = ListStatus.NO_EFFECT
_OF_SERIOUS_TIER: Final = Slot[list[Penalty]]()
"""Several signals ask for them, and each penalty has to be weighed for it."""

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
    of_all = on_day.are_all_counting(Penalty, matters)
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


def _while_listed(member: Membership) -> list[Evidence]:
    """Let a list entry that has or had effect count from its first day to its end."""
    end = member.until or FOREVER
    if member.status is _NO_EFFECT or member.since >= end:
        return []
    of = member.department, member.region, member.domain
    return [Evidence(member.since, member.entry_id, end, 1, *of)]


def _of_lists(counts: Callable[[Membership], bool]) -> OfConclusions:
    return of_entries(lambda member: _while_listed(member) if counts(member) else [])


serious_lists: Final[OfConclusions] = _of_lists(lambda m: m.serious)
"""Entries on lists of serious dishonesty."""

listed: Final[OfConclusions] = _of_lists(lambda m: not m.honours)
"""Entries on any list of dishonesty, serious or not."""

red_lists: Final[OfConclusions] = _of_lists(lambda m: m.honours)
"""Entries on red lists (守信红名单)."""

judgment_defaulter: Final[OfConclusions] = _of_lists(lambda m: m.list == "judgment_defaulter")
"""Entries on the list of judgment defaulters (失信被执行人)."""

abnormal_operation: Final[OfConclusions] = _of_lists(lambda m: m.list == "abnormal_operation")
"""Entries on the list of abnormal operations (经营异常名录)."""


def _long_abnormal(member: Membership) -> list[Evidence]:
    pieces = _while_listed(member) if member.list == "abnormal_operation" else []
    late = [each._replace(start=months_after(each.start, OLD_ABNORMAL_MONTHS)) for each in pieces]
    return [each for each in late if each.start < each.end]


abnormal_operation_old: Final[OfConclusions] = of_entries(_long_abnormal)
"""Those that were not mended within three years, from the day on which that is so."""


def _fled(on_day: RecordOnDay, matters: Sequence[Conduct]) -> list[Evidence]:
    return _since_decided([c for c in matters if c.conduct == FLED], on_day)


fled: Final[Either] = Either(
    OfMatters(Conduct, _fled), _of_lists(lambda member: member.ground == FLED)
)
"""That the subject has fled, as a list entry's ground or as recorded conduct."""


def _while_pending(notice: PendingNotice) -> list[Evidence]:
    end = notice.until or FOREVER
    of = notice.department, notice.region, notice.domain
    return [Evidence(notice.day, notice.event_id, end, 1, *of)] if notice.day < end else []


list_notices: Final[OfConclusions] = of_notices(_while_pending)
"""Notices of an entry to come (列入告知), while they are pending."""
