"""Delivers: each webhook at its own pace, so that who is slow or away keeps nobody else waiting.

A few messages are under way at once for each webhook, of each subject one. What was under way when
the process ended is sent again, as it was.
"""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import psycopg
import structlog

from events.errors import LedgerError
from ops.vault.keys import VaultKeyError
from ops.webhooks.addresses import read_target
from ops.webhooks.rights import given_webhook
from ops.webhooks.sending import WITHIN_S, create_client, send
from ops.webhooks.writing import unwritten
from projections.notices.webhook import next_attempt, signed_headers
from projections.store.control.webhooks import (
    deliveries_due,
    end_webhook,
    forget_deliveries,
    is_alone,
    keep_deliveries,
    note_failed,
    note_sent,
    webhook_kept,
    webhooks_kept,
)
from projections.store.session import commit_unsynced

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx
    from psycopg import Connection

    from events.rules.rulebook import Rulebook
    from ops.webhooks.keys import WebhookKeys
    from projections.access.asker import AccessPermit, Asker
    from projections.access.inquiry import Inquiry
    from projections.store.control.webhooks import Delivery, Webhook

AT_ONCE: Final = 8
LOOK_S: Final = 1.0
"""So often it is looked for what is new."""
AGAIN_S: Final = 5.0
KEPT: Final = timedelta(days=90)
"""So long a message that was taken can be sent once more by hand; then only its id is kept."""
FORGET_EVERY: Final = timedelta(hours=1)
_FORGOTTEN_AT_ONCE: Final = 1_000
_log: Final = structlog.get_logger(__name__)


class DeliveryMeans(NamedTuple):
    """What delivering needs: `keys` reads the key that there is, `record` keeps who is told."""

    keys: Callable[[], WebhookKeys | None]
    rulebook: Rulebook
    now: Callable[[], datetime]
    record: Callable[[Inquiry], None]
    within_s: float = WITHIN_S


class _Given(NamedTuple):
    hook: Webhook
    who: Asker
    permit: AccessPermit


class WebhookDelivery:
    """Delivers for all webhooks, over one connection; while it waits no transaction is open."""

    def __init__(self, connection: Connection[Any], means: DeliveryMeans) -> None:
        """Take a connection in autocommit mode."""
        self._connection, self._means = connection, means
        self._forgets_at = datetime.min.replace(tzinfo=UTC)

    async def go_on(self, stop: asyncio.Event) -> None:
        """Deliver until told to stop. Raises where the database goes away."""
        async with create_client() as client:
            running: dict[str, asyncio.Task[None]] = {}
            try:
                while not stop.is_set():
                    self._forget()
                    for hook in webhooks_kept(self._connection):
                        task = running.get(hook.webhook_id)
                        if task is not None and task.done():
                            task.result()
                            task = None
                        if hook.ended_at is None and task is None:
                            running[hook.webhook_id] = asyncio.create_task(
                                self._guarded(client, hook.webhook_id)
                            )
                    await _wait(stop, LOOK_S)
            finally:
                for task in running.values():
                    task.cancel()
                await asyncio.gather(*running.values(), return_exceptions=True)

    def _forget(self) -> None:
        """Forget some of what was taken long ago, each hour; at once where there is more."""
        now = self._means.now()
        if now >= self._forgets_at:
            done = forget_deliveries(self._connection, now - KEPT, _FORGOTTEN_AT_ONCE)
            self._forgets_at = now if done >= _FORGOTTEN_AT_ONCE else now + FORGET_EVERY

    async def _guarded(self, client: httpx.AsyncClient, webhook_id: str) -> None:
        """Deliver for one; what stands against it is waited for, and is nobody else's."""
        try:
            await self.deliver(client, webhook_id)
        except LedgerError as error:
            _log.warning("webhook_waits", webhook=webhook_id, error=str(error)[:200])
            await asyncio.sleep(AGAIN_S)

    async def deliver(self, client: httpx.AsyncClient, webhook_id: str) -> int:
        """Send all that is due to one webhook now; give how many messages were taken."""
        under_way: dict[asyncio.Task[bool], str] = {}
        taken = 0
        try:
            while True:
                given = self._given(webhook_id)
                more = False
                if given is not None and not self._begin(client, given.hook, under_way):
                    more = await self._write_down(given)
                if not under_way:
                    if not more:
                        return taken
                    await asyncio.sleep(0)
                    continue
                done, _ = await asyncio.wait(
                    under_way, timeout=LOOK_S, return_when=asyncio.FIRST_COMPLETED
                )
                taken += sum(task.result() for task in done)
                for task in done:
                    del under_way[task]
        finally:
            for task in under_way:
                task.cancel()

    def _given(self, webhook_id: str) -> _Given | None:
        """Say to whom a webhook is given now; one that is no longer given ends at once."""
        hook = webhook_kept(self._connection, webhook_id)
        if hook is None or hook.ended_at is not None:
            return None
        now = self._means.now()
        decided = given_webhook(self._connection, hook, now.date())
        if decided is None:
            end_webhook(self._connection, hook.webhook_id, now, "right_ended")
            _log.warning("webhook_ended", webhook=hook.webhook_id, why="right_ended")
            return None
        return _Given(hook, *decided)

    async def _write_down(self, given: _Given) -> bool:
        """Write down what is new; False where nothing more is to be written now."""
        now, hook = self._means.now(), given.hook
        found = unwritten(self._connection, *given, self._means.rulebook, now)
        if found.inquiry is not None:
            await asyncio.to_thread(self._means.record, found.inquiry)
        if found.new or found.cursor != hook.cursor:
            keep_deliveries(self._connection, hook, found.new, found.cursor, now)
        return bool(found.new) or not found.is_head

    def _begin(
        self,
        client: httpx.AsyncClient,
        hook: Webhook,
        under_way: dict[asyncio.Task[bool], str],
    ) -> int:
        """Begin attempts at what is due, as far as there is room; give how many."""
        room = AT_ONCE - len(under_way)
        beside = list(under_way.values())
        due = (
            deliveries_due(self._connection, hook, self._means.now(), beside=beside, limit=room)
            if room
            else ()
        )
        for each in due:
            under_way[asyncio.create_task(self._attempt(client, hook, each))] = each.subject_id
        return len(due)

    async def _attempt(self, client: httpx.AsyncClient, hook: Webhook, message: Delivery) -> bool:
        means, now = self._means, self._means.now()
        keys = means.keys()
        if keys is None:
            raise VaultKeyError("webhooks.key is not there: put the copy back")
        outcome = await send(
            client,
            read_target(hook.url),
            signed_headers(keys.in_force(hook, now), message.message_id, now, message.body),
            message.body,
            private=hook.private,
            within_s=means.within_s,
        )
        now = means.now()
        place = self._connection, hook.webhook_id
        if outcome.taken:
            note_sent(*place, message.message_id, now)
            return True
        if outcome.gone:
            end_webhook(*place, now, "gone")
            _log.warning("webhook_ended", webhook=hook.webhook_id, why="gone")
        again = next_attempt(message.attempts + 1, now, random.random(), outcome.retry_after)
        note_failed(*place, message.message_id, now, outcome.why, again)
        return False


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return


async def deliver_forever(postgres: str, means: DeliveryMeans, stop: asyncio.Event) -> None:
    """Deliver until told to stop; of several processes one delivers, and the others wait.

    That something was taken need not be on the disk: it is sent once more, as it was.
    """
    while not stop.is_set():
        try:
            with psycopg.connect(postgres, autocommit=True, connect_timeout=5) as connection:
                commit_unsynced(connection)
                while not stop.is_set() and not is_alone(connection):
                    await _wait(stop, AGAIN_S)
                await WebhookDelivery(connection, means).go_on(stop)
        except (psycopg.Error, LedgerError) as error:
            _log.warning("webhooks_wait", error=type(error).__name__)
            await _wait(stop, AGAIN_S)
