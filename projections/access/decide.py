"""The decision: may this asker be given this, on this day, and by which row. Pure and total.

Nothing is permitted without a row. At most one row answers a question, and what it asks for besides
(a region, oneself, a contract, a consent) is looked at in one order, so that two processes and two
days refuse for the same reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from events.envelope import Platform
from events.rules.access import AccessReach, Need, Purpose, Role
from events.rules.offices import lies_in
from projections.access.asker import (
    AccessPermit,
    AccessRefusal,
    ConsentState,
    RefusalCode,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from events.rules.access import AccessPolicy, AccessRow
    from projections.access.asker import AccessDecision, Asker, Wanted

WITHOUT_A_ROW: Final = "nothing_without_a_row"
"""What decides where no row does."""


def decide(who: Asker, what: Wanted, policy: AccessPolicy, on: date) -> AccessDecision:
    """Decide whether somebody is given something on a day, and by which row."""
    rows = [
        row
        for row in policy.rows_of(who.role, what.gives, on)
        if not row.platforms or what.platform in row.platforms
    ]
    if not rows:
        return AccessRefusal(rule=WITHOUT_A_ROW, code=_closed(who, what))
    purpose = what.purpose or implied_purpose(who.role, rows, policy)
    fitting = [row for row in rows if not row.purposes or purpose in row.purposes]
    if not fitting:
        missing = RefusalCode.PURPOSE_MISSING
        code = missing if purpose is None else RefusalCode.PURPOSE_NOT_OF_ROLE
        return AccessRefusal(rule=rows[0].id, code=code)
    row = fitting[0]
    code_or_none = _out_of_reach(row, who, what, policy, on) or _lacking(
        row, who, what, purpose, on
    )
    if code_or_none is not None:
        return AccessRefusal(rule=row.id, code=code_or_none)
    if what.erased:
        return AccessRefusal(rule=row.id, code=RefusalCode.ERASED)
    return AccessPermit(
        rule=row.id,
        view=row.view,
        recorded=row.recorded,
        purpose=purpose,
        only_for=who.organisation if row.reach is AccessReach.ADDRESSED else None,
        department=who.organisation if who.role is Role.DEPARTMENT else None,
        contract=who.contract_for(purpose, on) if Need.CONTRACT in row.needs else None,
        names=row.names or (row.recorded and policy.needs_names(purpose)),
    )


def decide_for(
    askers: Sequence[Asker], what: Wanted, policy: AccessPolicy, on: date
) -> tuple[Asker, AccessDecision]:
    """Decide for each role that somebody has, in their order; the first that is permitted counts.

    Where none is, the first refusal. There is at least one role: without a key it is the public.
    """
    decided = [(who, decide(who, what, policy, on)) for who in askers]
    return next((each for each in decided if isinstance(each[1], AccessPermit)), decided[0])


def implied_purpose(role: Role, rows: Sequence[AccessRow], policy: AccessPolicy) -> Purpose | None:
    """Give the purpose that a role has where none is said; None where it has to be said."""
    for purpose in policy.purposes:
        if purpose.implied and role in purpose.roles:
            return purpose.code if any(purpose.code in row.purposes for row in rows) else None
    return None


def _closed(who: Asker, what: Wanted) -> RefusalCode:
    """Say why no row gives a kind of answer to a role."""
    if who.role is Role.PUBLIC:
        # Of a person nothing is public, with a key or without: to say so tells nothing of anyone.
        is_person = what.platform is Platform.PERSON
        return RefusalCode.PERSON_NEVER_PUBLIC if is_person else RefusalCode.UNAUTHENTICATED
    if who.role is Role.SUBJECT:
        return RefusalCode.NOT_OWN
    return RefusalCode.PURPOSE_NOT_OF_ROLE


def _out_of_reach(
    row: AccessRow, who: Asker, what: Wanted, policy: AccessPolicy, on: date
) -> RefusalCode | None:
    reach = row.reach
    if reach is AccessReach.SEATED:
        if who.region is None or what.seat is None:
            return RefusalCode.OUTSIDE_REGION
        return None if lies_in(what.seat, who.region, on) else RefusalCode.OUTSIDE_REGION
    if reach is AccessReach.CENTRE:
        return None if who.organisation in policy.centre else RefusalCode.NOT_OWN
    if reach is AccessReach.OWN or reach is AccessReach.OWN_OR_CENTRE:
        if reach is AccessReach.OWN_OR_CENTRE and who.organisation in policy.centre:
            return None
        asked_of = what.subject if who.role is Role.SUBJECT else what.of
        is_own = asked_of is not None and asked_of == who.organisation
        return None if is_own else RefusalCode.NOT_OWN
    return None


def _lacking(
    row: AccessRow, who: Asker, what: Wanted, purpose: Purpose | None, on: date
) -> RefusalCode | None:
    """Say what a row asks for besides and is not there: contract, consent, basis, in this order."""
    needs = row.needs
    if Need.CONTRACT in needs and who.contract_for(purpose, on) is None:
        return RefusalCode.CONTRACT_MISSING
    if Need.CONSENT in needs and what.consent is not ConsentState.GIVEN:
        return RefusalCode.CONSENT_MISSING
    if Need.BASIS in needs and not what.basis:
        return RefusalCode.PURPOSE_MISSING
    return None
