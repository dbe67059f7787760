"""The view of a profile: made by listing what is in it, not by striking out of the whole. Pure.

What may be in it is what the disclosure rules show that class of reader today (`Shown`), and what
follows from that alone. A public view holds no conclusion: a class or a warning rests on records
that the public may not see, and would tell of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from events.rules.access import View
from projections.access.shapes import (
    DisclosedListing,
    DisclosedProfile,
    DisclosedRecord,
    SharedProfile,
)
from projections.day.shapes import ListStatus
from projections.profile.findable import name_shown

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date

    from events.envelope import Platform
    from projections.conclusions.conclusions import Score
    from projections.day.shapes import Membership
    from projections.profile.shapes import Profile, Shown, ShownRecord
    from projections.record.credit_record import Fact

_IN_EFFECT: Final = ListStatus.IN_EFFECT


def disclosed_profile(
    profile: Profile,
    facts: Sequence[Fact],
    view: View,
    *,
    platform: Platform,
    subject_id: str,
    on: date,
    department: str | None = None,
) -> DisclosedProfile | None:
    """Make the view of a profile; None where it would hold nothing.

    `facts` are what registers say that this reader may see, the latest last. `department` is whose
    own reports are shared with it, whatever became of them.
    """
    records = [
        record
        for record in profile.records
        if sees(record.shown, view) or (view is View.SHARED and record.department == department)
    ]
    ids = {record.event_id for record in records}
    lists = [member for member in profile.lists if member.entry_id in ids]
    counts = _counts(profile, records, view)
    if not (records or counts or lists or facts):
        return None
    common = DisclosedProfile(
        view,
        platform,
        subject_id,
        on,
        name_shown(facts, records),
        next((str(fact.status) for fact in reversed(facts) if fact.status is not None), None),
        counts,
        [_record(record, view) for record in records],
        [_listing(member) for member in lists if member.status is _IN_EFFECT],
    )
    return _shared(common, profile, facts, lists, ids) if view is View.SHARED else common


def sees(who: Shown, view: View) -> bool:
    """Say whether a record is shown today to those who have this view."""
    if view is View.PUBLIC:
        return who.public
    if view is View.AGENCY:
        return who.agency
    return who.shared if view is View.SHARED else True


def _until(who: Shown, view: View) -> date | None:
    if view is View.PUBLIC:
        return who.public_until
    return who.agency_until if view is View.AGENCY else who.shared_until


def _counts(profile: Profile, records: Sequence[ShownRecord], view: View) -> dict[str, int]:
    """Count what is shown, by category: what is only counted has no record of its own to show."""
    if view is View.AGENCY:
        counted: dict[str, int] = {}
        for record in records:
            counted[record.category] = counted.get(record.category, 0) + 1
        return dict(sorted(counted.items()))
    return {
        category: shown
        for category, count in sorted(profile.categories.items())
        if (shown := count.public if view is View.PUBLIC else count.shared)
    }


def _record(record: ShownRecord, view: View) -> DisclosedRecord:
    return DisclosedRecord(
        record.event_id,
        record.type,
        record.category,
        record.department,
        record.region,
        record.document_no,
        record.name,
        record.source,
        record.day,
        record.day_basis,
        record.verified,
        record.ended_on,
        record.status,
        record.tier,
        record.amount_fen,
        record.owed_fen,
        record.details,
        record.objected,
        record.repaired_on,
        record.statements,
        _until(record.shown, view),
        record.shown.rule,
    )


def _listing(member: Membership) -> DisclosedListing:
    return DisclosedListing(
        member.entry_id,
        member.list,
        member.ground,
        member.document_no,
        member.region,
        member.since,
        member.until,
    )


def _shared(
    common: DisclosedProfile,
    profile: Profile,
    facts: Sequence[Fact],
    lists: list[Membership],
    ids: Collection[str],
) -> SharedProfile:
    """Add what is concluded; of what it rests on, what the reader may not see is not named."""
    kind = next((fact.kind for fact in reversed(facts) if fact.kind is not None), None)
    industry = next((fact.industry for fact in reversed(facts) if fact.industry is not None), None)
    score = profile.score
    return SharedProfile(
        **{name: getattr(common, name) for name in DisclosedProfile.__struct_fields__},
        kind=None if kind is None else str(kind),
        industry=industry,
        aliases=sorted({f"{alias.scheme}:{alias.value}" for f in facts for alias in f.aliases}),
        memberships=lists,
        notices=profile.notices,
        warnings=[
            msgspec.structs.replace(each, evidence=_seen(each.evidence, ids))
            for each in profile.warnings
        ],
        supervision=[
            msgspec.structs.replace(each, evidence=_seen(each.evidence, ids))
            for each in profile.supervision
        ],
        score=None if score is None else _score(score, ids),
        measures=profile.measures,
        discrepancies=profile.discrepancies,
    )


def _score(score: Score, ids: Collection[str]) -> Score:
    return msgspec.structs.replace(
        score,
        items=tuple([msgspec.structs.replace(i, events=_seen(i.events, ids)) for i in score.items]),
        caps=tuple([msgspec.structs.replace(c, events=_seen(c.events, ids)) for c in score.caps]),
    )


def _seen(evidence: Sequence[str], ids: Collection[str]) -> tuple[str, ...]:
    return tuple([event_id for event_id in evidence if event_id in ids])
