"""Webhooks to receivers that are slow, fail, lie, redirect, end, or are away: nothing lost, nothing with other content."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import threading
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final

import msgspec
import psycopg
import pytest
from standardwebhooks import Webhook as Receiver
from typer.testing import CliRunner

from events.envelope import CHINA, Platform
from events.rules.access import Role
from events.rules.rulebook import load_rulebook
from ops.cli import app
from ops.generator import GeneratorPlan
from ops.webhooks import writing
from ops.webhooks.addresses import WebhookTarget
from ops.webhooks.delivering import KEPT, DeliveryMeans, WebhookDelivery
from ops.webhooks.keys import WebhookKeys
from ops.webhooks.sending import create_client, send
from projections.access.inquiry import Inquiry, InquiryUnrecordedError
from projections.notices.webhook import GAPS
from projections.queries.warning_log import first_cursor, format_cursor, resume
from projections.store.control.keys import AccessKey, keep_key, revoke_key
from projections.store.control.webhooks import (
    Webhook,
    delivery_counts,
    end_webhook,
    failing_deliveries,
    keep_webhook,
    renew_webhook,
    replay_deliveries,
    webhook_kept,
    webhooks_failing,
)
from projections.store.database import live_schema
from projections.store.session import commit_unsynced
from tests.support.asking import filled
from tests.support.chaos import wait_for
from tests.support.patience import AMPLE_S
from tests.support.stack import fresh_database
from tests.support.webhook_worker import MASTER
from tests.unit.projections.notices.test_webhook import public_key_verifies

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ops.local.stack import Stack
    from projections.queries.warning_log import WarningTold

ORGANISATION: Final = Platform.ORGANISATION
PLAN: Final = GeneratorPlan(
    events=3_000, subjects=200, seed=5, first_day=date(2023, 1, 1), last_day=date(2026, 5, 31)
)
KEYS: Final = WebhookKeys(MASTER)
RULEBOOK: Final = load_rulebook()


_AS_MANY_AGAIN: Final = """
    CREATE TEMPORARY TABLE more AS SELECT * FROM {s}.warning;
    UPDATE more SET warning_id = gen_random_uuid(), n = n + 1000;
    INSERT INTO {s}.warning SELECT * FROM more;
"""
"""So that there are more than a thousand."""


class _NoLife:
    """Nobody's life is told besides."""

    subject_id = ""
    scenes = ()


@pytest.fixture(scope="module")
def database(stack: Stack) -> Iterator[str]:
    with fresh_database(stack.postgres) as url:
        life: Any = _NoLife()
        filled(url, PLAN, life)
        with psycopg.connect(url, autocommit=True) as connection:
            schema = live_schema(connection, ORGANISATION)
            connection.execute(_AS_MANY_AGAIN.format(s=schema).encode())
        yield url


@pytest.fixture
def connection(database: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database, autocommit=True) as made:
        commit_unsynced(made)
        yield made
        made.execute("TRUNCATE control.webhook, control.webhook_delivery, control.access_key")


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


@pytest.fixture
def receiver() -> Iterator[Receiving]:
    with receiving() as found:
        yield found


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


@pytest.fixture
def delivering(connection: psycopg.Connection[Any]) -> Delivering:
    return Delivering(connection)


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


@pytest.mark.requirement(101)
def test_a_thousand_warnings_arrive_though_the_worker_is_killed_midway(
    connection: psycopg.Connection[Any], database: str, receiver: Receiving
) -> None:
    told = all_told(connection)
    hook = a_hook(connection, receiver.url)
    wanted = {each.warning_id for each in told}
    assert len(wanted) > 1_000
    kills = 0
    for share in (0.1, 0.4, 0.7, 1.0):
        worker = subprocess.Popen([sys.executable, "-m", "tests.support.webhook_worker", database])
        try:
            least = share * len(wanted)
            wait_for(lambda: len(receiver.by_id()) >= least, AMPLE_S, "arrived")
            if share == 1.0:
                wait_for(
                    lambda: delivery_counts(connection, hook.webhook_id).sent == len(wanted),
                    AMPLE_S,
                    "noted",
                )
        finally:
            worker.send_signal(signal.SIGKILL)
            worker.wait()
            kills += 1

    assert kills == 4
    assert receiver.by_id().keys() == wanted
    assert {len(bodies) for bodies in receiver.by_id().values()} == {1}
    assert in_order(receiver.posts, told)
    signs = KEYS.key_of(hook.webhook_id, 1)
    for post in receiver.posts[:: len(receiver.posts) // 50]:
        assert Receiver(signs.told_secret).verify(post.body, post.headers)["data"]["subject"]
        assert public_key_verifies(signs.told_public, post.headers, post.body)
    assert receiver.posts[0].path == "/hook?a=b"


@pytest.mark.parametrize(
    "manner",
    [
        said(500),
        said(404),
        said(429, Retry_After="600"),
        said(302, Location="/other"),
        garbage,
        hung_up,
    ],
    ids=["fails", "not_there", "too_many", "redirects", "lies", "hangs_up"],
)
def test_what_is_not_taken_is_sent_again_as_it_was(
    manner: Callable[[Any, Post], None], delivering: Delivering, receiver: Receiving
) -> None:
    connection = delivering.connection
    hook = a_hook(connection, receiver.url, last=30)
    told = all_told(connection)[-30:]
    receiver.manner = manner
    assert delivering.turn(hook) == 0
    # Of each subject only the first is tried: what follows waits for it.
    tried = Counter(post.id for post in receiver.posts)
    assert len(tried) == len({each.subject_id for each in told})
    assert set(tried.values()) == {1}
    assert delivering.turn(hook) == 0
    assert len(receiver.posts) == sum(tried.values())
    assert {post.path for post in receiver.posts} == {"/hook?a=b"}

    receiver.manner = taken
    delivering.clock.move(timedelta(minutes=12))
    assert delivering.turn(hook) == 30
    assert receiver.by_id().keys() == {each.warning_id for each in told}
    assert {len(bodies) for bodies in receiver.by_id().values()} == {1}
    assert in_order(receiver.posts, told)


def test_who_is_slow_for_one_subject_keeps_no_other_waiting(
    delivering: Delivering, receiver: Receiving, database: str
) -> None:
    hook = a_hook(delivering.connection, receiver.url, last=30)
    told = all_told(delivering.connection)[-30:]
    ((slow, _),) = Counter(each.subject_id for each in told).most_common(1)
    others = {each.warning_id for each in told if each.subject_id != slow}

    def slow_for_one(handler: Any, post: Post) -> None:
        if post.subject == slow:
            receiver.released.wait(AMPLE_S)
        taken(handler, post)

    receiver.manner = slow_for_one
    delivering.within_s = AMPLE_S
    with ThreadPoolExecutor() as pool:
        turn = pool.submit(delivering.turn, hook)
        with psycopg.connect(database, autocommit=True) as other:
            wait_for(
                lambda: delivery_counts(other, hook.webhook_id).sent == len(others),
                AMPLE_S,
                "others",
            )
        assert {p.id for p in receiver.posts if p.subject != slow} == others
        assert sum(post.subject == slow for post in receiver.posts) == 1
        receiver.released.set()
        assert turn.result() == 30
    assert in_order(receiver.posts, told)


def test_who_does_not_answer_is_not_waited_for_without_end(
    delivering: Delivering, receiver: Receiving
) -> None:
    hook = a_hook(delivering.connection, receiver.url, last=1)
    receiver.manner = lambda *_: receiver.released.wait(AMPLE_S)
    delivering.within_s = 0.2
    assert delivering.turn(hook) == 0
    (failed,) = failing_deliveries(delivering.connection, hook.webhook_id, 10)
    assert failed.last_error == "no answer within 0.2 s"


def test_a_receiver_that_says_gone_is_sent_nothing_more(
    delivering: Delivering, receiver: Receiving
) -> None:
    hook = a_hook(delivering.connection, receiver.url, last=3)
    receiver.manner = said(410)
    delivering.turn(hook)
    posts = len(receiver.posts)
    receiver.manner = taken
    delivering.clock.move(timedelta(days=2))

    assert delivering.turn(hook) == 0
    assert len(receiver.posts) == posts
    ended = webhook_kept(delivering.connection, hook.webhook_id)
    assert ended is not None
    assert ended.ended_why == "gone"
    assert webhooks_failing(delivering.connection) == 1


def test_what_is_given_up_is_listed_and_sent_by_hand(
    delivering: Delivering, receiver: Receiving
) -> None:
    connection = delivering.connection
    hook = a_hook(connection, receiver.url, last=1)
    receiver.manner = said(503)
    for _ in range(len(GAPS) + 3):
        delivering.turn(hook)
        delivering.clock.move(timedelta(days=2))
    assert len(receiver.posts) == len(GAPS)
    (failed,) = failing_deliveries(connection, hook.webhook_id, 10)
    assert (failed.state, failed.last_error) == ("failed", "HTTP 503")
    assert webhooks_failing(connection) == 1

    receiver.manner = taken
    assert replay_deliveries(connection, hook.webhook_id, delivering.clock()) == 1
    assert delivering.turn(hook) == 1
    assert {len(bodies) for bodies in receiver.by_id().values()} == {1}
    assert webhooks_failing(connection) == 0
    assert replay_deliveries(connection, hook.webhook_id, delivering.clock()) == 0
    again = replay_deliveries(
        connection, hook.webhook_id, delivering.clock(), message_id=failed.message_id
    )
    assert (again, delivering.turn(hook)) == (1, 1)


def test_of_what_was_taken_long_ago_the_id_alone_is_kept_and_nobody_is_told_again(
    delivering: Delivering, receiver: Receiving
) -> None:
    connection, clock = delivering.connection, delivering.clock
    hook = a_hook(connection, receiver.url, last=3)
    ended = a_hook(connection, f"{receiver.url}&ended", last=2, number=2)
    assert (delivering.turn(hook), delivering.turn(ended)) == (3, 2)
    end_webhook(connection, ended.webhook_id, clock(), "removed")
    clock.move(KEPT + timedelta(hours=2))
    late = a_hook(connection, f"{receiver.url}&late", last=1, region=None, level=None)
    receiver.manner = said(503)
    delivering.turn(late)
    delivering.run_until(lambda: forgotten(connection) == {hook.webhook_id: 3})

    assert delivery_counts(connection, ended.webhook_id) == (0, 0, 0)
    assert delivery_counts(connection, hook.webhook_id) == (0, 3, 0)
    assert delivery_counts(connection, late.webhook_id).waiting == 1
    receiver.manner, before = taken, len(receiver.posts)
    long_ago = datetime(2020, 1, 1, tzinfo=CHINA)
    assert replay_deliveries(connection, hook.webhook_id, clock(), since=long_ago) == 0
    cursor = format_cursor(first_cursor(connection, ORGANISATION))
    connection.execute(
        "UPDATE control.webhook SET cursor = %s WHERE webhook_id = %s", (cursor, hook.webhook_id)
    )
    delivering.turn(hook)
    told = [post.id for post in receiver.posts[:3]]
    assert not {post.id for post in receiver.posts[before:]} & set(told)


def forgotten(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """Count by webhook the messages of which only the id is kept."""
    rows = connection.execute(
        "SELECT webhook_id, count(*) FROM control.webhook_delivery"
        " WHERE body = '' AND subject_id = '' GROUP BY webhook_id"
    )
    return dict(rows.fetchall())


def test_a_name_that_is_moved_to_a_private_address_is_not_connected_to(
    receiver: Receiving, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = int(receiver.url.split(":")[2].split("/")[0])
    target = WebhookTarget("http", "receiver.example", port, "/x")
    headers = {"webhook-id": "w", "content-type": "application/json"}
    body = b'{"data":{"subject":"s"}}'

    async def look(*_: Any, **__: Any) -> list[Any]:
        return [(2, 1, 6, "", ("127.0.0.1", port))]

    async def post(*, private: bool) -> Any:
        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", look, raising=False)
        async with create_client() as client:
            return await send(client, target, headers, body, private=private)

    refused = asyncio.run(post(private=False))
    assert not refused.taken
    assert "127.0.0.1, which is not public" in refused.why
    assert receiver.posts == []
    # Where it is allowed, the connection goes to the address that was looked at, under its own name.
    assert asyncio.run(post(private=True)).taken
    assert receiver.posts[0].headers["host"] == f"receiver.example:{port}"


def test_no_connection_is_used_twice(delivering: Delivering, receiver: Receiving) -> None:
    """Kept by address, one on which another receiver showed its certificate would do for all there."""
    hook = a_hook(delivering.connection, receiver.url, last=20)
    receiver.manner = said(200)

    assert delivering.turn(hook) == len(receiver.posts) == 20
    assert len({post.came_from for post in receiver.posts}) == 20


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


def test_it_ends_at_once_where_its_key_does(
    delivering: Delivering, receiver: Receiving, database: str
) -> None:
    connection = delivering.connection
    keep_key(connection, a_key(region="330000"), bytes(32))
    hook = a_hook(connection, receiver.url, key_id="aaaaaaaaaaaa", region="330000")

    def ends_at_the_fifth(handler: Any, post: Post) -> None:
        if len(receiver.posts) >= 5:
            with psycopg.connect(database, autocommit=True) as other:
                revoke_key(other, "aaaaaaaaaaaa", told=True)
        taken(handler, post)

    receiver.manner = ends_at_the_fifth
    delivering.turn(hook)
    assert 5 <= len(receiver.posts) < 30
    ended = webhook_kept(connection, hook.webhook_id)
    assert ended is not None
    assert ended.ended_why == "right_ended"


def test_a_key_is_given_what_it_may_have_and_it_is_recorded_before_it_leaves(
    delivering: Delivering, receiver: Receiving
) -> None:
    connection = delivering.connection
    keep_key(connection, a_key(), bytes(32))
    inside = a_hook(connection, receiver.url, key_id="aaaaaaaaaaaa", region="330100")
    wanted = {each.warning_id for each in all_told(connection) if each.region == "330100"}
    delivering.is_away = True
    with pytest.raises(InquiryUnrecordedError):
        delivering.turn(inside)
    assert receiver.posts == []

    delivering.is_away = False
    assert delivering.turn(inside) == len(wanted)
    assert receiver.by_id().keys() == wanted
    assert {inquiry.key_id for inquiry in delivering.inquiries} == {"aaaaaaaaaaaa"}
    assert {inquiry.channel for inquiry in delivering.inquiries} == {"webhook"}
    named = {subject for inquiry in delivering.inquiries for subject in inquiry.subjects}
    assert named == {post.subject for post in receiver.posts}

    outside = a_hook(connection, receiver.url, key_id="aaaaaaaaaaaa", region="330200", level="red")
    assert delivering.turn(outside) == 0
    ended = webhook_kept(connection, outside.webhook_id)
    assert ended is not None
    assert ended.ended_why == "right_ended"


def test_little_is_written_down_at_once_and_nothing_is_lost_for_it(
    delivering: Delivering, receiver: Receiving, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = delivering.connection
    monkeypatch.setattr(writing, "WAITING_MAX", 10)
    monkeypatch.setattr(writing, "READ_AT_ONCE", 7)
    hook = a_hook(connection, receiver.url, last=60)
    receiver.manner = said(500)
    delivering.turn(hook)
    assert delivery_counts(connection, hook.webhook_id).waiting < 10 + 7
    receiver.manner = taken
    delivering.clock.move(timedelta(minutes=1))
    delivering.turn(hook)

    assert receiver.by_id().keys() == {e.warning_id for e in all_told(connection)[-60:]}


def test_read_models_that_were_made_anew_are_sent_from_without_telling_anything_twice(
    delivering: Delivering, receiver: Receiving
) -> None:
    connection = delivering.connection
    since = datetime(2026, 5, 10, tzinfo=CHINA)
    hook = a_hook(connection, receiver.url, since=since)
    connection.execute("UPDATE control.webhook SET cursor = 'v99,0:1'")
    wanted = {each.warning_id for each in all_told(connection) if each.on >= since.date()}

    assert delivering.turn(hook) == len(wanted) == len(receiver.posts) > 0
    connection.execute("UPDATE control.webhook SET cursor = 'v99,0:1'")
    assert delivering.turn(hook) == 0
    assert len(receiver.posts) == len(wanted)
    reached = webhook_kept(connection, hook.webhook_id)
    assert reached is not None
    assert reached.cursor.startswith("v1,")


def test_what_is_told_late_is_sent_though_its_day_is_before_the_webhook(
    delivering: Delivering, receiver: Receiving
) -> None:
    """A projector that catches up tells today of what was recorded on other days."""
    hook = a_hook(delivering.connection, receiver.url, last=5, since=delivering.clock())

    assert delivering.turn(hook) == 5


def test_both_secrets_sign_while_one_is_renewed(
    delivering: Delivering, receiver: Receiving
) -> None:
    connection = delivering.connection
    hook = a_hook(connection, receiver.url, last=2)
    assert renew_webhook(connection, hook.webhook_id, delivering.clock() + timedelta(hours=1)) == 2
    delivering.turn(hook)
    post = receiver.posts[0]
    for number in (1, 2):
        secret = KEYS.key_of(hook.webhook_id, number).told_secret
        assert Receiver(secret).verify(post.body, post.headers)
    delivering.clock.move(timedelta(hours=2))
    replay_deliveries(connection, hook.webhook_id, delivering.clock(), message_id=post.id)
    delivering.turn(hook)

    assert len(post.headers["webhook-signature"].split(" ")) == 4
    assert len(receiver.posts[-1].headers["webhook-signature"].split(" ")) == 2


def test_the_command_line_adds_lists_replays_and_removes(
    database: str,
    connection: psycopg.Connection[Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ops.cli.terminal.running_postgres", lambda: database)
    monkeypatch.setenv("CREDIT_LEDGER_KEYS", str(tmp_path / "keys"))

    def asked(*arguments: str, code: int = 0) -> Any:
        done = CliRunner().invoke(app, ["webhook", *arguments, "--json"])
        assert done.exit_code == code or (code == 1 and done.exception is not None), done.output
        return json.loads(done.stdout) if code == 0 else str(done.exception or done.output)

    added = asked("add", "http://127.0.0.1:9/x", "--region", "330100", "--level", "red")
    assert added["secret"].startswith("whsec_")
    assert added["public_key"].startswith("whpk_")
    assert asked("list") == [
        {k: v for k, v in added.items() if k not in {"secret", "public_key"}}
        | {"waiting": 0, "sent": 0, "failed": 0}
    ]
    assert asked("failures", added["id"]) == []
    assert asked("replay", added["id"]) == {"id": added["id"], "replayed": 0}
    renewed = asked("renew", added["id"])
    assert renewed["secret"] != added["secret"]
    assert asked("remove", added["id"])["removed"]
    assert asked("list") == []
    assert "no webhook" in asked("remove", added["id"], code=1)
    assert "https" in asked("add", "http://example.com/", code=1)
    assert "no key in force" in asked("add", "https://example.com/", "--key", "b", code=1)
    keep_key(connection, a_key(), bytes(32))
    assert "outside_region" in asked("add", "https://e.com/", "--key", "aaaaaaaaaaaa", code=1)
    for place in (tmp_path / "keys").iterdir():
        assert place.stat().st_mode & 0o77 == 0
    ended = a_hook(connection, "http://127.0.0.1:9/y")
    end_webhook(connection, ended.webhook_id, datetime.now(CHINA), "gone")
    assert "add it anew" in asked("replay", ended.webhook_id, code=1)
