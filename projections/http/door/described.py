"""What a question may be refused for, and to whom it is given: read off the rows of the policy.

So that what is described is what is decided, nothing here is written a second time by hand; a test
holds it against the table of rights, and that against the running service.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from events.envelope import Platform
from events.rules.access import AccessReach, Gives, Need, Role, load_access_policy
from projections.access.asker import RefusalCode
from projections.access.decide import implied_purpose

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from events.rules.access import AccessRow
    from projections.http.asking.asked import Row

_VIEWED = frozenset({Gives.PROFILE, Gives.CASES})
"""What is shown in a view, of which nothing may be left."""


def is_public(row: Row, on: date) -> bool:
    """Say whether a question is answered without a key, on some platform."""
    return any(_rows(row, Role.PUBLIC, each, on) for each in _platforms(row))


def rights_of(row: Row, on: date) -> list[dict[str, Any]]:
    """Tell to whom a question is given: role, rule of the policy, purposes, view, what it needs."""
    policy = load_access_policy()
    return [
        {
            "role": role.value,
            "rule": each.id,
            "platforms": [str(p) for p in each.platforms] or [str(p) for p in Platform],
            "purposes": [str(purpose) for purpose in each.purposes],
            "reach": each.reach.value,
            "needs": [str(need) for need in each.needs],
            "view": each.view.value,
            "recorded": each.recorded,
        }
        for role in Role
        for each in policy.rows_of(role, row.gives, on)
    ]


def refusals_of(row: Row, on: date) -> list[RefusalCode]:
    """Give every code that this question may be refused with, on a day."""
    found = {RefusalCode.UNAUTHENTICATED}
    for platform in _platforms(row):
        for role in Role:
            found.update(_of_role(row, role, platform, on))
    if row.gives in _VIEWED and any(each.name == "subject" for each in row.takes):
        found.add(RefusalCode.NOTHING_PUBLIC)
    return [code for code in RefusalCode if code in found]


def _platforms(row: Row) -> Sequence[Platform | None]:
    if any(each.name == "platform" for each in row.takes):
        return tuple(Platform)
    return (row.platform,)


def _rows(row: Row, role: Role, platform: Platform | None, on: date) -> list[AccessRow]:
    policy = load_access_policy()
    return [
        each
        for each in policy.rows_of(role, row.gives, on)
        if not each.platforms or platform in each.platforms
    ]


def _of_role(row: Row, role: Role, platform: Platform | None, on: date) -> Iterator[RefusalCode]:
    rows = _rows(row, role, platform, on)
    if not rows:
        if role is Role.PUBLIC:
            if platform is Platform.PERSON:
                yield RefusalCode.PERSON_NEVER_PUBLIC
        else:
            is_subject = role is Role.SUBJECT
            yield RefusalCode.NOT_OWN if is_subject else RefusalCode.PURPOSE_NOT_OF_ROLE
        return
    if all(each.purposes for each in rows):
        yield RefusalCode.PURPOSE_NOT_OF_ROLE
        if implied_purpose(role, rows, load_access_policy()) is None:
            yield RefusalCode.PURPOSE_MISSING
    for each in rows:
        yield from _of_row(each)


def _of_row(row: AccessRow) -> Iterator[RefusalCode]:
    if row.reach is AccessReach.SEATED:
        yield RefusalCode.OUTSIDE_REGION
    if row.reach in (AccessReach.OWN, AccessReach.OWN_OR_CENTRE):
        yield RefusalCode.NOT_OWN
    if Need.CONTRACT in row.needs:
        yield RefusalCode.CONTRACT_MISSING
        yield RefusalCode.QUOTA_USED
    if Need.CONSENT in row.needs:
        yield RefusalCode.CONSENT_MISSING
    if Need.BASIS in row.needs:
        yield RefusalCode.PURPOSE_MISSING
    if row.names:
        yield RefusalCode.NOTHING_PUBLIC  # Of every list on which a law names no persons.
    if row.recorded:
        yield RefusalCode.INQUIRY_NOT_RECORDED
