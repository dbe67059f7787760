"""What a webhook is to be sent, as it is read behind its cursor: nothing lost, nothing twice."""

from __future__ import annotations

import hashlib
import uuid
from datetime import date
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from events.envelope import CHINA
from events.rules.versions import Level
from projections.access.inquiry import Inquiry, for_whom
from projections.http.stream import is_wanted
from projections.notices.subscription import subscription
from projections.notices.webhook import webhook_body
from projections.queries.warning_log import (
    CursorForeignError,
    first_cursor,
    format_cursor,
    parse_cursor,
    resume,
)
from projections.store.control.webhooks import (
    NewDelivery,
    known_messages,
    messages_waiting,
)

if TYPE_CHECKING:
    from datetime import datetime

    from psycopg import Connection

    from events.rules.rulebook import Rulebook
    from projections.access.asker import AccessPermit, Asker
    from projections.queries.warning_log import Resumed, WarningTold
    from projections.store.control.webhooks import Webhook

WAITING_MAX: Final = 1_000
"""More is not written down for one webhook: the rest stands in the read models, and waits there."""
READ_AT_ONCE: Final = 200
_AGAIN: Final = "again "
"""Before a cursor, until all that read models made anew hold was read."""


class Unwritten(NamedTuple):
    """What a webhook is to be sent and was not written down yet, and the cursor behind it.

    `inquiry` is to be recorded before any of it may leave. `is_head`: nothing comes after it.
    """

    new: list[NewDelivery]
    cursor: str
    inquiry: Inquiry | None
    is_head: bool


def unwritten(
    connection: Connection[Any],
    hook: Webhook,
    who: Asker,
    permit: AccessPermit,
    rulebook: Rulebook,
    now: datetime,
) -> Unwritten:
    """Read what comes behind the cursor; nothing while as much waits as may."""
    if messages_waiting(connection, hook.webhook_id) >= WAITING_MAX:
        return Unwritten([], hook.cursor, None, is_head=True)
    found, again = _read(connection, hook)
    wanted = subscription(
        rulebook,
        region=hook.region,
        level=None if hook.level is None else Level(hook.level),
        department=permit.only_for,
    )
    # Read again, what was told before the webhook was added is none of its; all else that is behind
    # its cursor was told since, however old.
    since = hook.since.astimezone(CHINA).date() if again else date.min
    chosen = {
        told.warning_id: told
        for _, told in found.told
        if is_wanted(told, wanted) and told.on >= since
    }
    known = known_messages(connection, hook.webhook_id, chosen)
    new = [_new(hook, told, now) for name, told in chosen.items() if name not in known]
    inquiry = _inquiry(hook, who, permit, new, now) if new and permit.recorded else None
    cursor = format_cursor(found.cursor)
    if again and not found.is_head:
        cursor = _AGAIN + cursor
    return Unwritten(new, cursor, inquiry, found.is_head)


def _read(connection: Connection[Any], hook: Webhook) -> tuple[Resumed, bool]:
    """Read behind the cursor; from the first where the read models were made anew, and say so."""
    again = hook.cursor.startswith(_AGAIN)
    try:
        cursor = parse_cursor(hook.cursor.removeprefix(_AGAIN))
        return resume(connection, hook.platform, cursor, limit=READ_AT_ONCE), again
    except CursorForeignError:
        start = first_cursor(connection, hook.platform)
        return resume(connection, hook.platform, start, limit=READ_AT_ONCE), True


def _new(hook: Webhook, told: WarningTold, now: datetime) -> NewDelivery:
    body = webhook_body(
        platform=hook.platform,
        warning_id=told.warning_id,
        subject_id=told.subject_id,
        transition=told.transition,
        level=told.level or told.previous_level,
        at=now,
    )
    return NewDelivery(told.warning_id, told.subject_id, body)


def _inquiry(
    hook: Webhook, who: Asker, permit: AccessPermit, new: list[NewDelivery], now: datetime
) -> Inquiry:
    digest = hashlib.sha256(b"".join(each.body for each in new)).hexdigest()
    return Inquiry(
        inquiry_id=str(uuid.uuid4()),
        at=now,
        role=who.role,
        organisation=for_whom(who),
        person=who.person,
        key_id=who.key_id,
        purpose=permit.purpose,
        basis=None,
        platform=hook.platform,
        subjects=list(dict.fromkeys(each.subject_id for each in new)),
        question=f"webhook {hook.webhook_id}",
        channel="webhook",
        outcome="delivered",
        view=permit.view,
        rule=permit.rule,
        digest=digest,
    )
