"""Receivers of webhooks, a clock of their own, and what delivers to them."""

from __future__ import annotations

import asyncio
import json
import threading
from collections import defaultdict
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final

import msgspec
import psycopg

from events.envelope import CHINA, Platform
from events.rules.access import Role
from events.rules.rulebook import load_rulebook
from ops.generator import GeneratorPlan
from ops.webhooks.delivering import DeliveryMeans, WebhookDelivery
from ops.webhooks.keys import WebhookKeys
from ops.webhooks.sending import create_client
from projections.access.inquiry import Inquiry, InquiryUnrecordedError
from projections.queries.warning_log import first_cursor, format_cursor, resume
from projections.store.control.keys import AccessKey
from projections.store.control.webhooks import (
    Webhook,
    keep_webhook,
)
from projections.store.database import live_schema
from projections.store.session import commit_unsynced
from tests.support.asking import filled
from tests.support.chaos import wait_for
from tests.support.patience import AMPLE_S
from tests.support.stack import fresh_database
from tests.support.webhook_worker import MASTER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ops.local.stack import Stack
    from projections.queries.warning_log import WarningTold

ORGANISATION: Final = Platform.ORGANISATION
PLAN: Final = GeneratorPlan(
    events=3_000, subjects=200, seed=5, first_day=date(2023, 1, 1), last_day=date(2026, 5, 31)
)
KEYS: Final = WebhookKeys(MASTER)
RULEBOOK: Final = load_rulebook()


AS_MANY_AGAIN: Final = """
    CREATE TEMPORARY TABLE more AS SELECT * FROM {s}.warning;
    UPDATE more SET warning_id = gen_random_uuid(), n = n + 1000;
    INSERT INTO {s}.warning SELECT * FROM more;
"""
"""So that there are more than a thousand."""


class NoLife:
    """Nobody's life is told besides."""

    subject_id = ""
    scenes = ()


class Post:
    """A message as it arrived."""

    def __init__(
        self, path: str, headers: dict[str, str], body: bytes, came_from: object = None
    ) -> None:
        self.path, self.headers, self.body = path, headers, body
        self.came_from = came_from
        self.id = headers["webhook-id"]
        self.subject = json.loads(body)["data"]["subject"]


class Receiving:
    """A receiver: what arrived, and in what manner it answers."""

    def __init__(self) -> None:
        self.posts: list[Post] = []
        self.manner: Callable[[BaseHTTPRequestHandler, Post], None] = taken
        self.url = ""
        self.released = threading.Event()

    def by_id(self) -> dict[str, set[bytes]]:
        found = defaultdict(set)
        for post in self.posts:
            found[post.id].add(post.body)
        return found


def taken(handler: BaseHTTPRequestHandler, _: Post) -> None:
    handler.send_response(204)
    handler.end_headers()


def said(status: int, **headers: str) -> Callable[[BaseHTTPRequestHandler, Post], None]:
    def answer(handler: BaseHTTPRequestHandler, _: Post) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def garbage(handler: BaseHTTPRequestHandler, _: Post) -> None:
    handler.wfile.write(b"I took it, trust me\r\n\r\n")
    handler.close_connection = True


def hung_up(handler: BaseHTTPRequestHandler, _: Post) -> None:
    handler.close_connection = True


@contextmanager
def loaded(stack: Stack) -> Iterator[str]:
    """Give a database whose read models have told more than a thousand warnings."""
    with fresh_database(stack.postgres) as url:
        life: Any = NoLife()
        filled(url, PLAN, life)
        with psycopg.connect(url, autocommit=True) as connection:
            schema = live_schema(connection, ORGANISATION)
            connection.execute(AS_MANY_AGAIN.format(s=schema).encode())
        yield url


@contextmanager
def cleared(database: str) -> Iterator[psycopg.Connection[Any]]:
    """Connect to it; no webhook, delivery or key is left there afterwards."""
    with psycopg.connect(database, autocommit=True) as made:
        commit_unsynced(made)
        yield made
        made.execute("TRUNCATE control.webhook, control.webhook_delivery, control.access_key")


@contextmanager
def receiving() -> Iterator[Receiving]:
    found = Receiving()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            post = Post(self.path, headers, body, self.client_address)
            found.posts.append(post)
            found.manner(self, post)

        def log_message(self, *_: Any) -> None:
            return

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            """Who posts may be killed midway."""

    with Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        found.url = f"http://127.0.0.1:{server.server_address[1]}/hook?a=b"
        yield found
        found.released.set()
        server.shutdown()


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = datetime.now(CHINA)

    def __call__(self) -> datetime:
        return self.now

    def move(self, by: timedelta) -> None:
        self.now += by


class Delivering:
    """The worker in this process, turn by turn, its clock moved by hand."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection, self.clock = connection, Clock()
        self.inquiries: list[Inquiry] = []
        self.within_s = AMPLE_S
        self.is_away = False

    def record(self, inquiry: Inquiry) -> None:
        if self.is_away:
            raise InquiryUnrecordedError(inquiry.question)
        self.inquiries.append(inquiry)

    def turn(self, hook: Webhook) -> int:
        means = DeliveryMeans(lambda: KEYS, RULEBOOK, self.clock, self.record, self.within_s)

        async def once() -> int:
            async with create_client() as client:
                return await WebhookDelivery(self.connection, means).deliver(
                    client, hook.webhook_id
                )

        return asyncio.run(once())

    def run_until(self, holds: Callable[[], bool]) -> None:
        """Let the role itself go on until something holds."""
        means = DeliveryMeans(lambda: KEYS, RULEBOOK, self.clock, self.record, self.within_s)

        async def whole() -> None:
            stop = asyncio.Event()
            going = asyncio.create_task(WebhookDelivery(self.connection, means).go_on(stop))
            try:
                await asyncio.to_thread(wait_for, holds, AMPLE_S, "what the role is to do")
            finally:
                stop.set()
                await going

        asyncio.run(whole())


def all_told(connection: psycopg.Connection[Any]) -> list[WarningTold]:
    start = first_cursor(connection, ORGANISATION)
    return [told for _, told in resume(connection, ORGANISATION, start, limit=100_000).told]


def a_hook(
    connection: psycopg.Connection[Any], url: str, last: int | None = None, **more: Any
) -> Webhook:
    """Keep a webhook that is sent all that was ever told, or the `last` so many of it."""
    cursor = first_cursor(connection, ORGANISATION)
    if last is not None:
        found = resume(connection, ORGANISATION, cursor, limit=100_000).told
        cursor = found[-last - 1][0]
    hook = Webhook(
        **{
            "webhook_id": f"wh_{len(more)}{url[-12:]}",
            "platform": ORGANISATION,
            "url": url,
            "key_id": None,
            "region": None,
            "level": None,
            "private": False,
            "key_check": KEYS.check,
            "number": 1,
            "former": None,
            "former_until": None,
            "cursor": format_cursor(cursor),
            "since": datetime(2020, 1, 1, tzinfo=CHINA),
            **more,
        }
    )
    keep_webhook(connection, hook)
    return hook


def in_order(posts: list[Post], told: list[WarningTold]) -> bool:
    """Say whether the messages of each subject first arrived in the order of telling."""
    place = {each.warning_id: n for n, each in enumerate(told)}
    seen: dict[str, int] = {}
    first: set[str] = set()
    for post in posts:
        if post.id not in first:
            first.add(post.id)
            if place[post.id] < seen.get(post.subject, -1):
                return False
            seen[post.subject] = place[post.id]
    return True


def forgotten(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """Count by webhook the messages of which only the id is kept."""
    rows = connection.execute(
        "SELECT webhook_id, count(*) FROM control.webhook_delivery"
        " WHERE body = '' AND subject_id = '' GROUP BY webhook_id"
    )
    return dict(rows.fetchall())


def a_key(**more: Any) -> AccessKey:
    key = AccessKey(
        key_id="aaaaaaaaaaaa",
        name=None,
        roles=(Role.REGION,),
        organisation=None,
        region="330100",
        since=date(2026, 1, 1),
        until=None,
    )
    return msgspec.structs.replace(key, **more)
