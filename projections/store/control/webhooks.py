"""Webhooks as they stand: who is sent what, how far it has come, and what waits or failed.

What is to be sent is written down together with the cursor that is then behind it, so nothing is
lost and nothing is written twice; its bytes stay, so a second attempt says what the first said.
No secret stands here: what is signed with is derived from a key in a file.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from events.envelope import Platform
from projections.store.database import ProjectionMissingError
from projections.store.live import live
from projections.store.statements import comma_separated, statements

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from psycopg import Connection


class Webhook(msgspec.Struct, frozen=True, kw_only=True):
    """One subscription. `key_id` is the key whose right it rests on; None is the house's own.

    `number` counts how often its secret was renewed; the `former` one signs, too, until
    `former_until`. `ended_why` is `removed`, `gone` (the receiver said 410) or `right_ended`.
    """

    webhook_id: str
    platform: Platform
    url: str
    key_id: str | None
    region: str | None
    level: str | None
    private: bool
    key_check: bytes
    number: int
    former: int | None
    former_until: datetime | None
    cursor: str
    since: datetime
    ended_at: datetime | None = None
    ended_why: str | None = None


class Delivery(NamedTuple):
    """One message to one webhook: which attempt is next, and what went wrong with the last."""

    message_id: str
    subject_id: str
    body: bytes
    state: str
    attempts: int
    next_at: datetime
    last_at: datetime | None
    last_error: str | None


class DeliveryCounts(NamedTuple):
    """How many messages of a webhook wait, were taken, and are given up."""

    waiting: int
    sent: int
    failed: int


class NewDelivery(NamedTuple):
    """A message that is to be sent."""

    message_id: str
    subject_id: str
    body: bytes


_ALONE: Final = 0x77_65_62_68  # "webh": one process at a time delivers.
_SQL: Final = statements(
    __name__,
    webhook_columns=comma_separated(Webhook.__struct_fields__),
    delivery_columns=comma_separated(Delivery._fields),
)


def keep_webhook(connection: Connection[Any], hook: Webhook) -> None:
    """Keep a new webhook."""
    connection.execute(_SQL["add"], msgspec.structs.asdict(hook))


def webhooks_kept(connection: Connection[Any]) -> list[Webhook]:
    """Give all webhooks that were not removed, the oldest first."""
    return [_webhook(row) for row in connection.execute(_SQL["all"]).fetchall()]


def webhook_kept(connection: Connection[Any], webhook_id: str) -> Webhook | None:
    """Give a webhook that was not removed."""
    row = connection.execute(_SQL["one"], (webhook_id,)).fetchone()
    return None if row is None else _webhook(row)


def _webhook(row: Sequence[Any]) -> Webhook:
    found = dict(zip(Webhook.__struct_fields__, row, strict=True))
    return Webhook(**{**found, "platform": Platform(found["platform"])})


def end_webhook(connection: Connection[Any], webhook_id: str, at: datetime, why: str) -> bool:
    """End a webhook for good; nothing more is sent. False where it has ended, or there is none."""
    return connection.execute(_SQL["end"], (at, why, webhook_id, why)).rowcount == 1


def renew_webhook(connection: Connection[Any], webhook_id: str, until: datetime) -> int | None:
    """Begin the next secret; the one before signs beside it until a moment. Gives its number."""
    row = connection.execute(_SQL["renew"], (until, webhook_id)).fetchone()
    return None if row is None else int(row[0])


def keep_deliveries(
    connection: Connection[Any],
    hook: Webhook,
    new: Sequence[NewDelivery],
    cursor: str,
    at: datetime,
) -> None:
    """Write down what is to be sent, and the cursor behind it, in one transaction, and on the disk.

    Bytes that may have left must be those that are found again, whatever becomes of the database.
    """
    with connection.transaction():
        connection.execute(_SQL["on_disk"])
        if new:
            ids, subjects, bodies = zip(*new, strict=True)
            connection.execute(
                _SQL["write"], (hook.webhook_id, at, list(ids), list(subjects), list(bodies))
            )
        connection.execute(_SQL["move"], (cursor, hook.webhook_id))


def known_messages(connection: Connection[Any], webhook_id: str, ids: Collection[str]) -> set[str]:
    """Give which of some messages were written down for a webhook before."""
    rows = connection.execute(_SQL["known"], (webhook_id, list(ids)))
    return {message_id for (message_id,) in rows}


def deliveries_due(
    connection: Connection[Any],
    hook: Webhook,
    now: datetime,
    *,
    beside: Collection[str],
    limit: int,
) -> list[Delivery]:
    """Give what is due: of each subject its first message only, and of those `beside` none.

    Nor of a person whose erasure is approved: it waits for the case that this is taken back.
    """
    left_out = [*beside, *_hidden(connection, hook)]
    rows = connection.execute(_SQL["due"], (hook.webhook_id, left_out, now, limit)).fetchall()
    return [Delivery(*row) for row in rows]


def _hidden(connection: Connection[Any], hook: Webhook) -> list[str]:
    if hook.platform is not Platform.PERSON:
        return []
    statement = live(connection, Platform.PERSON).statement(_SQL["hidden"])
    return [subject for (subject,) in connection.execute(statement, (hook.webhook_id,))]


def note_sent(connection: Connection[Any], webhook_id: str, message_id: str, at: datetime) -> None:
    """Note that a message was taken."""
    connection.execute(_SQL["sent"], (at, webhook_id, message_id))


def note_failed(
    connection: Connection[Any],
    webhook_id: str,
    message_id: str,
    at: datetime,
    why: str,
    next_at: datetime | None,
) -> None:
    """Note that an attempt failed, and when the next is; without a next it is given up."""
    state = "failed" if next_at is None else "waits"
    connection.execute(_SQL["failed"], (state, next_at or at, at, why, webhook_id, message_id))


def delivery_counts(connection: Connection[Any], webhook_id: str) -> DeliveryCounts:
    """Count the messages of a webhook by what became of them."""
    ((waiting, sent, failed),) = connection.execute(_SQL["counts"], (webhook_id,)).fetchall()
    return DeliveryCounts(waiting, sent, failed)


def messages_waiting(connection: Connection[Any], webhook_id: str) -> int:
    """Count the messages of a webhook that wait, by their index alone."""
    ((count,),) = connection.execute(_SQL["waiting"], (webhook_id,)).fetchall()
    return int(count)


def failing_deliveries(connection: Connection[Any], webhook_id: str, limit: int) -> list[Delivery]:
    """Give what was given up or failed last time, in the order in which it is sent."""
    rows = connection.execute(_SQL["failing"], (webhook_id, limit)).fetchall()
    return [Delivery(*row) for row in rows]


def replay_deliveries(
    connection: Connection[Any],
    webhook_id: str,
    now: datetime,
    *,
    message_id: str | None = None,
    since: datetime | None = None,
) -> int:
    """Let messages be sent once more, with the bytes they had; give how many.

    One that is named, or all written since a moment, taken or not; else all that failed. What was
    taken so long ago that only its id is kept is not sent.
    """
    asked = {"hook": webhook_id, "now": now, "message": message_id, "since": since}
    return connection.execute(_SQL["replay"], asked).rowcount


def forget_deliveries(connection: Connection[Any], before: datetime, limit: int) -> int:
    """Forget what was taken before a moment, all of webhooks that ended by then, and who is erased.

    At most `limit` of each of the first two; gives how many those were. What waits or was given up
    of others stays: it may be sent by hand.
    """
    with suppress(ProjectionMissingError):  # Where no person was ever reported nobody is erased.
        connection.execute(live(connection, Platform.PERSON).statement(_SQL["forget_erased"]))
    taken = connection.execute(_SQL["forget_taken"], (before, limit)).rowcount
    return taken + connection.execute(_SQL["forget_ended"], (before, limit)).rowcount


def webhooks_failing(connection: Connection[Any]) -> int:
    """Count those of which an operator is told: given up, failing, or ended by themselves."""
    ((count,),) = connection.execute(_SQL["failing_now"]).fetchall()
    return int(count)


def is_alone(connection: Connection[Any]) -> bool:
    """Say whether this connection is the one that delivers: it is until it is closed."""
    ((alone,),) = connection.execute(_SQL["try_alone"], (_ALONE,)).fetchall()
    return bool(alone)
