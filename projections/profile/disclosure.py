"""Disclosure (期限披露): which class of reader may see a record, and until when. Pure.

A period runs from one of four days (recognised, ended, published, sentence served). Where that day
is not known, the next known one is used and named. While the subject is on a serious list, a period
that the rule extends does not run out.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final, TypeAlias, final

from events.dates import FOREVER, add_months, day_after
from events.envelope import Disclosure
from events.errors import LedgerError
from events.rules.versions import Clock
from projections.calendar.rules import OUTSIDE, RulePlace, place_of
from projections.day.shapes import ListStatus
from projections.profile.shapes import Shown
from projections.record.matters import (
    AnyMatter,
    Conviction,
    Penalty,
)
from projections.record.traits import TRAITS, closed_on, run_out_on

if TYPE_CHECKING:
    from collections.abc import Sequence

    from events.rules.versions import DisclosureVersion, Periods, RulePeriod
    from projections.calendar.rules import RulesOfDay
    from projections.day.effects import Effect
    from projections.day.shapes import Membership

_NO_EFFECT: Final = ListStatus.NO_EFFECT
_PUBLIC: Final = Disclosure.PUBLIC
_AUTHORISED: Final = Disclosure.AUTHORISED
_SHARED: Final = Disclosure.SHARED
_PUBLISHED: Final = Clock.PUBLISHED
_SERVED: Final = Clock.SERVED
_ENDED: Final = Clock.ENDED


class NoDisclosureRuleError(LedgerError):
    """No disclosure rule applies to a record; the last rule of the file should apply to all."""


ShownSpan: TypeAlias = tuple[date, date]
"""A time on a serious list: its first day, and the first day after it."""


@final
class Limits:
    """What of a record ends its disclosure, whatever the period says.

    Its own end for what is open while it lasts, what no longer is published, what nobody may see
    any more, and the term of a ban.
    """

    def __init__(
        self, open_until: date, public_latest: date, latest: date, own_term: date | None
    ) -> None:
        self.open_until = open_until
        self.public_latest = public_latest
        self.latest = latest
        self.own_term = own_term


UNLIMITED: Final = Limits(FOREVER, FOREVER, FOREVER, None)


def serious_spans(lists: Sequence[Membership]) -> list[ShownSpan]:
    """Give the times on serious lists, which keep bad records from running out; entries by day.

    What overlaps or follows without a break is one time. So one more entry seldom changes them, and
    what is concluded of each record by them stands.
    """
    spans: list[ShownSpan] = []
    for member in lists:
        since, until = member.since, member.until or FOREVER
        if not member.serious or member.status is _NO_EFFECT:
            continue
        if spans and since <= spans[-1][1]:
            spans[-1] = spans[-1][0], max(spans[-1][1], until)
        else:
            spans.append((since, until))
    return spans


def shown(
    matter: AnyMatter,
    effect: Effect,
    tier: str,
    spans: Sequence[ShownSpan],
    rules: RulesOfDay,
    *,
    listed_until: date | None = None,
) -> Shown:
    """Conclude who may see a matter on the day of the rules, and until when.

    `listed_until` is the end of a list entry's membership (`FOREVER` where it has none).
    """
    name, version = disclosure_rule_of(place_of(matter), rules)
    limits = _limits(matter, effect, listed_until)
    spans = spans if version.extended_while_listed else ()
    public, shared, agency = version.public, version.shared, version.agency
    start, basis = _clock(matter, public.clock)
    ends = (
        period_end_of(public, tier, start, limits, spans),
        period_end_of(shared, tier, _clock(matter, shared.clock)[0], limits, spans),
        # What agencies keep is deleted after its period, on a list or not (征信业管理条例 art. 16).
        period_end_of(agency, tier, _clock(matter, agency.clock)[0], limits, ()),
    )
    return _shown(matter.disclosure, ends, limits, start, basis, name, rules.on)


def disclosure_rule_of(place: RulePlace, rules: RulesOfDay) -> tuple[str, DisclosureVersion]:
    """Give the rule that holds for what is at a place: its name, and its version of the day."""
    cited = rules.disclosure(place)
    if cited is None:
        raise NoDisclosureRuleError(f"{place[0]} of {place[1]} on {rules.on}")
    return cited.name, cited.version


def _shown(
    disclosure: Disclosure,
    ends: Sequence[date],
    limits: Limits,
    start: date,
    basis: str,
    rule: str,
    on: date,
) -> Shown:
    public_end, shared_end, agency_end = (min(end, limits.latest) for end in ends)
    public_end = min(public_end, limits.public_latest)
    is_public = disclosure is _PUBLIC and on < public_end
    is_shared = disclosure is not _AUTHORISED and on < shared_end
    # What an agency may have by contract: what is public, and what the subject authorises.
    is_agency = disclosure is not _SHARED and on < agency_end
    return Shown(
        is_public,
        public_end if is_public and public_end != FOREVER else None,
        is_shared,
        shared_end if is_shared and shared_end != FOREVER else None,
        is_agency,
        agency_end if is_agency and agency_end != FOREVER else None,
        start,
        basis,
        rule,
    )


def period_end_of(
    periods: Periods, severity: str, start: date, limits: Limits, spans: Sequence[ShownSpan]
) -> date:
    """Give the first day on which a period is over that runs from a day."""
    if severity == OUTSIDE:
        return date.min
    period = period_of(periods, severity)
    if period == "always":
        return FOREVER
    if period == "open":
        return limits.open_until
    if period == 0:
        return date.min
    if start == FOREVER:
        return FOREVER
    if isinstance(period, str):  # "term": as long as the ban itself, at least three years.
        end = max(add_months(start, _TERM_MONTHS_MIN), limits.own_term or date.min)
    else:
        end = add_months(start, period)
    for since, until in spans:
        if since <= end < until:
            end = until
    return end


def period_of(periods: Periods, severity: str) -> RulePeriod:
    """Give the period of a severity; one that is not told apart has the general one."""
    period: RulePeriod | None = None
    if severity == "serious":
        period = periods.serious
    elif severity == "minor":
        period = periods.minor
    elif severity == "unpublished":
        period = periods.unpublished
    return periods.general if period is None else period


_TERM_MONTHS_MIN: Final = 36


def _limits(matter: AnyMatter, effect: Effect, listed_until: date | None) -> Limits:
    if listed_until is not None:
        return Limits(listed_until, FOREVER, effect.hidden_from, None)
    open_until = public_latest = effect.counts_until
    own_term = None
    traits = TRAITS[type(matter)]
    if type(matter) is Penalty:
        if matter.effective_until is not None:
            own_term = day_after(matter.effective_until)
        if matter.publish_until is not None:
            public_latest = min(public_latest, day_after(matter.publish_until))
    elif traits.is_open:
        open_until = min(open_until, closed_on(matter))
    elif traits.ends_publication:
        public_latest = min(public_latest, run_out_on(matter))
    elif traits.last_day is not None:
        open_until = min(open_until, run_out_on(matter))
    return Limits(open_until, public_latest, effect.hidden_from, own_term)


def _clock(matter: AnyMatter, clock: Clock) -> tuple[date, str]:
    """Give the day that a period runs from; one not known gives way to the next that is."""
    if clock is _PUBLISHED:
        if matter.published_on is not None:
            return matter.published_on, "published_on"
    elif clock is _SERVED:
        if type(matter) is Conviction and matter.served_on is not None:
            return matter.served_on, "sentence_served_on"
    elif clock is _ENDED:
        if type(matter) is Penalty:
            if matter.conduct_ended_on is not None:
                return matter.conduct_ended_on, "conduct_ended_on"
        elif TRAITS[type(matter)].is_owed:
            closed = closed_on(matter)
            # What is still owed has not ended, so its period has not begun.
            return closed, "not_ended" if closed == FOREVER else "settled_on"
    return matter.day, matter.day_basis
