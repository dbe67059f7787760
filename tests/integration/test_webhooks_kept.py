"""What is given up, listed and sent by hand; keys that end, secrets that are renewed, read models made anew."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from standardwebhooks import Webhook as Receiver
from typer.testing import CliRunner

from events.envelope import CHINA
from ops.cli import app
from ops.webhooks import writing
from ops.webhooks.addresses import WebhookTarget
from ops.webhooks.delivering import KEPT
from ops.webhooks.sending import create_client, send
from projections.access.inquiry import InquiryUnrecordedError
from projections.queries.warning_log import first_cursor, format_cursor
from projections.store.control.keys import keep_key, revoke_key
from projections.store.control.webhooks import (
    delivery_counts,
    end_webhook,
    renew_webhook,
    replay_deliveries,
    webhook_kept,
)
from tests.support.hooked import (
    KEYS,
    ORGANISATION,
    Delivering,
    Post,
    Receiving,
    a_hook,
    a_key,
    all_told,
    cleared,
    forgotten,
    loaded,
    receiving,
    said,
    taken,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ops.local.stack import Stack


@pytest.fixture(scope="module")
def database(stack: Stack) -> Iterator[str]:
    with loaded(stack) as url:
        yield url


@pytest.fixture
def connection(database: str) -> Iterator[psycopg.Connection[Any]]:
    with cleared(database) as made:
        yield made


@pytest.fixture
def receiver() -> Iterator[Receiving]:
    with receiving() as found:
        yield found


@pytest.fixture
def delivering(connection: psycopg.Connection[Any]) -> Delivering:
    return Delivering(connection)


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
