"""The credit profile (信用档案): what follows from a record on a day. Pure.

What may be shown and until when, counts, sums, list memberships, warnings, each with the rules
used. Nothing here ranks subjects, and an unknown value stays unknown.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

import msgspec

from events.envelope import Disclosure
from events.penalty import PenaltyKind
from projections.blacklist import ListStatus, Membership, memberships, next_list_change
from projections.rules import FOREVER, add_months
from projections.warnings import ActiveWarning, owed_fen, warnings_on

if TYPE_CHECKING:
    from collections.abc import Iterable

    from events.rulebook import Period
    from projections.credit_record import Arrears, CreditRecord, Fact, Kind, Matter, Penalty
    from projections.rules import RulesOfDay

    M = TypeVar("M", bound=Matter)


TALLIES_KEPT_MAX: Final = 100_000

ConcludedTally: TypeAlias = tuple[str, bool, bool, date, str]
"""Of a kind of tally: category, public, shared, the first day that changes it, the rule."""


class Shown(msgspec.Struct, frozen=True, gc=False):
    """Until when something is shown: the first day without; None is not at all or no end."""

    public: bool
    public_until: date | None
    shared: bool
    shared_until: date | None
    rule: str


class ShownPenalty(msgspec.Struct, frozen=True, gc=False):
    """A penalty in the profile; amounts are fen, None unknown."""

    event_id: str
    category: str
    department: str
    region: str
    document_no: str
    name: str | None
    day: date
    day_basis: str
    verified: bool | None
    corrected: int
    ended_on: date | None
    kinds: tuple[str, ...]
    fine_fen: int | None
    confiscated_fen: int | None
    tier: str
    shown: Shown


class ShownArrears(msgspec.Struct, frozen=True, gc=False):
    """Tax arrears in the profile; amounts are fen, None unknown."""

    event_id: str
    category: str
    department: str
    region: str
    document_no: str
    name: str | None
    day: date
    day_basis: str
    verified: bool | None
    corrected: int
    ended_on: date | None
    balance_fen: int | None
    owed_fen: int | None
    shown: Shown


class CategoryCount(msgspec.Struct, gc=False):
    """Records of one category: how many, what they sum to, how many are shown."""

    count: int = 0
    amount_fen: int = 0
    amounts_unknown: int = 0
    public: int = 0
    shared: int = 0


class Profile(msgspec.Struct, frozen=True, gc=False):
    """What follows from a record on a day. `next_change_on`: when time alone changes it."""

    name: str | None
    names: dict[str, int]
    kind: str | None
    status: str | None
    industry: str | None
    aliases: list[str]
    categories: dict[str, CategoryCount]
    penalties: list[ShownPenalty]
    arrears: list[ShownArrears]
    arrears_owed_fen: int
    arrears_unknown: int
    lists: list[Membership]
    warnings: list[ActiveWarning]
    repeats: int
    anomalies: dict[str, int]
    rules: list[str]
    assessed_on: date
    next_change_on: date | None


class Standing(msgspec.Struct, frozen=True, gc=False):
    """The part of an assessment that subscribers are told of, and when time changes it next."""

    lists: list[Membership]
    warnings: list[ActiveWarning]
    next_change_on: date


def assess_standing(record: CreditRecord, rules: RulesOfDay) -> Standing:
    """Conclude the list memberships and warnings of a subject on the day of the rules."""
    found = memberships(record, rules)
    active, next_warning = warnings_on(record, found, rules)
    ends = (
        matter.ended_on
        for kept in (record.penalties, record.arrears, record.listings)
        for matter in kept.values()
        if matter.ended_on is not None and matter.ended_on > rules.on
    )
    # In the past of an as-of answer a payment that is known may still lie ahead.
    paid = (p.on for a in record.arrears.values() for p in a.payments if p.on > rules.on)
    next_change = min(
        next_warning,
        next_list_change(found, rules.on),
        min(ends, default=FOREVER),
        min(paid, default=FOREVER),
    )
    return Standing(found, active, min(next_change, rules.next_change_on))


class _Assessment:
    """The working of one `assess`: counts, rules used and the nearest day of change."""

    def __init__(self, rules: RulesOfDay) -> None:
        self.rules = rules
        self.on = rules.on
        self.next_change_on = rules.next_change_on
        self.used: set[str] = set()
        self.categories: dict[str, CategoryCount] = {}

    def shown(
        self,
        event_type: str,
        tier: str,
        disclosure: Disclosure,
        day: date,
        *,
        open_until: date | None,
        latest: date | None = None,
    ) -> Shown:
        """Conclude until when a record is shown; `open_until` ends an "open" period."""
        public, shared, rule = self.rules.periods(event_type, tier)
        for_public = self._end(public, day, open_until, latest)
        for_shared = self._end(shared, day, open_until, None)
        is_public = disclosure is Disclosure.PUBLIC and self.on < for_public
        is_shared = disclosure is not Disclosure.AUTHORISED and self.on < for_shared
        shown = Shown(
            is_public,
            for_public if is_public and for_public != FOREVER else None,
            is_shared,
            for_shared if is_shared and for_shared != FOREVER else None,
            rule,
        )
        self.use(shown)
        return shown

    def use(self, shown: Shown) -> None:
        """Note the rule used, and the day on which what is shown changes by itself."""
        self.used.add(shown.rule)
        for end in (shown.public_until, shown.shared_until):
            if end is not None and end < self.next_change_on:
                self.next_change_on = end

    def _end(self, period: Period, day: date, open_until: date | None, latest: date | None) -> date:
        if isinstance(period, int):
            end = add_months(day, period)
        else:
            end = FOREVER if period == "always" or open_until is None else open_until
        return end if latest is None else min(end, latest)

    def count(self, category: str, shown: Shown, count: int, fen: int, unknown: int) -> None:
        """Add records to their category."""
        counts = self.categories.get(category)
        if counts is None:
            counts = self.categories[category] = CategoryCount()
        counts.count += count
        counts.amount_fen += fen
        counts.amounts_unknown += unknown
        counts.public += count * shown.public
        counts.shared += count * shown.shared


def assess(record: CreditRecord, rules: RulesOfDay) -> Profile:
    """Conclude what holds for a subject on the day of the rules."""
    work = _Assessment(rules)
    _count_tallies(work, record)
    penalties = [_shown_penalty(work, p) for p in _in_order(record.penalties.values())]
    arrears = [_shown_arrears(work, a) for a in _in_order(record.arrears.values())]
    standing = assess_standing(record, rules) if record.has_matters() else None
    lists = standing.lists if standing else []
    warnings = standing.warnings if standing else []
    work.used.update(m.rule for m in lists)
    work.used.update(f"{w.rule}@{w.rule_from}" for w in warnings)
    if record.penalties:
        work.used.add(rules.severity_rule)
    for member in lists:
        _count_membership(work, record, member)
    facts = _facts_in_order(record)
    next_change = min(work.next_change_on, standing.next_change_on if standing else FOREVER)
    return Profile(
        name=current_name(record),
        names=dict(sorted(record.names.items())),
        kind=_latest(facts, "kind"),
        status=_latest(facts, "status"),
        industry=_latest(facts, "industry"),
        aliases=sorted({f"{a.scheme}:{a.value}" for f in facts for a in f.aliases}),
        categories=dict(sorted(work.categories.items())),
        penalties=penalties,
        arrears=arrears,
        arrears_owed_fen=sum(a.owed_fen or 0 for a in arrears),
        arrears_unknown=sum(a.owed_fen is None for a in arrears),
        lists=lists,
        warnings=warnings,
        repeats=record.repeats,
        anomalies=dict(sorted(record.anomalies.items())),
        rules=sorted(work.used),
        assessed_on=rules.on,
        next_change_on=None if next_change == FOREVER else next_change,
    )


def _facts_in_order(record: CreditRecord) -> list[Fact]:
    return sorted(record.facts.values(), key=lambda fact: (fact.day, fact.offset))


def _in_order(matters: Iterable[M]) -> list[M]:
    return sorted(matters, key=_day_and_id)


def _day_and_id(matter: Matter) -> tuple[date, str]:
    return matter.day, matter.event_id


def _latest(facts: list[Fact], field: str) -> str | None:
    for fact in reversed(facts):
        value: str | None = getattr(fact, field)
        if value is not None:
            return str(value)
    return None


def current_name(record: CreditRecord) -> str | None:
    """Give the name last registered, else the one written on most records.

    Of equals the first in the order of the alphabet, so that no order of arrival matters.
    """
    names = record.names
    registered = _latest(_facts_in_order(record), "name") if record.facts else None
    if registered is not None or not names:
        return registered
    return min(names, key=lambda name: (-names[name], name))


def _count_tallies(work: _Assessment, record: CreditRecord) -> None:
    """Count the tallies; the hot loop of the projector, so what a kind concludes is kept.

    Few kinds serve many subjects: whether shown, and until when, depends on the kind alone.
    """
    known, categories = work.rules.shown_tallies, work.categories
    for kind, (count, fen, unknown) in record.tallies.items():
        found = known.get(kind)
        if found is None:
            found = _conclude_tally(work, kind)
            if len(known) < TALLIES_KEPT_MAX:
                known[kind] = found
        category, public, shared, end, rule = found
        work.used.add(rule)
        work.next_change_on = min(work.next_change_on, end)
        counts = categories.get(category)
        if counts is None:
            counts = categories[category] = CategoryCount()
        counts.count += count
        counts.amount_fen += fen
        counts.amounts_unknown += unknown
        counts.public += count * public
        counts.shared += count * shared


def _conclude_tally(work: _Assessment, kind: Kind) -> ConcludedTally:
    latest = kind.valid_until
    if kind.ended_on is not None:
        latest = min(latest, kind.ended_on) if latest is not None else kind.ended_on
    shown = work.shown(
        kind.event_type, "general", kind.disclosure, kind.day, open_until=None, latest=latest
    )
    ends = [d for d in (shown.public_until, shown.shared_until) if d is not None]
    return kind.category, shown.public, shown.shared, min(ends, default=FOREVER), shown.rule


def _shown_penalty(work: _Assessment, penalty: Penalty) -> ShownPenalty:
    tier = work.rules.tier(penalty)
    ends = [d for d in (penalty.publish_until, penalty.ended_on) if d is not None]
    shown = work.shown(
        "PenaltyImposed",
        tier,
        penalty.disclosure,
        penalty.day,
        open_until=penalty.ended_on,
        latest=min(ends, default=None),
    )
    fen = (penalty.fine_fen or 0) + (penalty.confiscated_fen or 0)
    work.count(penalty.category, shown, 1, fen, int(_amount_unknown(penalty)))
    return ShownPenalty(
        *_names(penalty),
        tuple(str(kind) for kind in penalty.kinds),
        penalty.fine_fen,
        penalty.confiscated_fen,
        tier,
        shown,
    )


def _amount_unknown(penalty: Penalty) -> bool:
    """Say whether a fine or a confiscation is said to be, and not how much; a warning has none."""
    fined = PenaltyKind.FINE in penalty.kinds and penalty.fine_fen is None
    return fined or (PenaltyKind.CONFISCATION in penalty.kinds and penalty.confiscated_fen is None)


def _shown_arrears(work: _Assessment, arrears: Arrears) -> ShownArrears:
    owed = owed_fen(arrears, work.on)
    closed = work.on if owed == 0 else None
    shown = work.shown(
        "TaxArrearsAnnounced",
        "general",
        arrears.disclosure,
        arrears.day,
        open_until=closed,
        latest=arrears.ended_on,
    )
    work.count(arrears.category, shown, 1, owed or 0, int(owed is None))
    return ShownArrears(*_names(arrears), arrears.balance_fen, owed, shown)


def _names(
    matter: Matter,
) -> tuple[str, str, str, str, str, str | None, date, str, bool | None, int, date | None]:
    return (
        matter.event_id,
        matter.category,
        matter.department,
        matter.region,
        matter.document_no,
        matter.name,
        matter.day,
        matter.day_basis,
        matter.verified,
        matter.corrected,
        matter.ended_on,
    )


def _count_membership(work: _Assessment, record: CreditRecord, member: Membership) -> None:
    listing = record.listings[member.entry_id]
    ended = member.until if member.status is ListStatus.IN_EFFECT else work.on
    shown = work.shown("ListEntered", "general", listing.disclosure, listing.day, open_until=ended)
    work.count(listing.category, shown, 1, 0, 0)
