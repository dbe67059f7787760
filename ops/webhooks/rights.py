"""Whose right a webhook rests on, and whether it stands: the decision of the door, made anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from events.rules.access import Gives, Purpose, Role, load_access_policy
from events.rules.divisions import warning_region
from projections.access.asker import AccessPermit, Asker, Wanted
from projections.access.decide import decide
from projections.store.control.keys import askers_by_id

if TYPE_CHECKING:
    from datetime import date

    from psycopg import Connection

    from projections.access.asker import AccessDecision
    from projections.store.control.webhooks import Webhook

OF_THE_HOUSE: Final = Asker(role=Role.AUDITOR, organisation="credit-zj")
"""For whom an operator adds a webhook without a key: the credit centre itself."""


def decide_webhook(
    connection: Connection[Any], hook: Webhook, on: date
) -> tuple[Asker, AccessDecision] | None:
    """Decide whether a webhook is given what it asks for; None where its key is over."""
    askers = (OF_THE_HOUSE,) if hook.key_id is None else askers_by_id(connection, hook.key_id, on)
    decided = [(who, decide(who, _wanted(who, hook), load_access_policy(), on)) for who in askers]
    given = (each for each in decided if isinstance(each[1], AccessPermit))
    return next(given, decided[0] if decided else None)


def given_webhook(
    connection: Connection[Any], hook: Webhook, on: date
) -> tuple[Asker, AccessPermit] | None:
    """Give to whom and by which row a webhook is given what it asks for; None where it is not."""
    decided = decide_webhook(connection, hook, on)
    if decided is None or not isinstance(decided[1], AccessPermit):
        return None
    return decided[0], decided[1]


def _wanted(who: Asker, hook: Webhook) -> Wanted:
    seat = None if hook.region is None else warning_region(hook.region)
    watches = who.role in (Role.DEPARTMENT, Role.REGION)
    return Wanted(
        gives=Gives.WARNINGS,
        platform=hook.platform,
        seat=seat,
        purpose=Purpose.SUPERVISION if watches else None,
    )
