"""Tries at the broker as this or that account; each gives the broker's word: `done`, or what refused it."""

from __future__ import annotations

import asyncio
import gc
import socket
import struct
import time
import warnings
from contextlib import closing
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import AuthenticationFailedError, KafkaConnectionError
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
    ResourcePatternType,
    ResourceType,
)

from ops.local.port import HOST
from streams.accounts import AccountsError, make_accounts

if TYPE_CHECKING:
    from collections.abc import Callable

    from streams.broker import Broker

WITHIN_S: Final = 60.0
DONE: Final = "done"


class Quiet:
    """librdkafka's log lines are not the test's."""

    def log(self, *_: Any) -> None:
        """Drop the line."""


class Try:
    """A client of an account, and the first thing that the broker said against it."""

    def __init__(self, account: Broker) -> None:
        self.said: list[str] = []
        self.settings = {
            **account.librdkafka(),
            "logger": Quiet(),
            "error_cb": self._note,
            "socket.connection.setup.timeout.ms": 30_000,
        }

    def _note(self, error: KafkaError) -> None:
        self.said.append(error.name())

    def outcome(self, act: Callable[[], Any]) -> str:
        """Do it; give what the broker said."""
        try:
            act()
        except KafkaException as error:
            return self.word(error.args[0].name())
        except AccountsError as error:
            return str(error)
        return DONE

    def word(self, name: str) -> str:
        """Prefer what the broker said of the account to what followed from it."""
        return next((each for each in self.said if each == "_AUTHENTICATION"), name)


def write(account: Broker, topic: str, **settings: Any) -> str:
    """Write one message; give the broker's word."""
    tried = Try(account)
    producer = Producer({**tried.settings, "message.timeout.ms": 50_000, **settings})
    outcome: list[str] = []

    def answered(error: KafkaError | None, _: Any) -> None:
        outcome.append(tried.word(error.name()) if error else DONE)

    producer.produce(topic, b"of a stranger", on_delivery=answered)
    producer.flush(WITHIN_S)
    return outcome[0]


def read(account: Broker, topic: str, group: str | None = None) -> str:
    """Read a topic from its start by itself, or as one of a group; give the broker's word."""
    tried = Try(account)
    name = group or account.group("reader")
    settings = {"group.id": name, "auto.offset.reset": "earliest", "enable.partition.eof": True}
    with closing(Consumer({**tried.settings, **settings})) as consumer:
        if group is None:
            consumer.assign([TopicPartition(topic, 0, 0)])
        else:
            consumer.subscribe([topic])
        unseen = consumer.list_topics(topic, WITHIN_S).topics[topic].error
        if unseen is not None:
            return tried.word(unseen.name())
        message = consumer.poll(WITHIN_S)
        error = None if message is None else message.error()
        if message is not None and (error is None or error.code() == KafkaError._PARTITION_EOF):
            return DONE
        return tried.word(error.name() if error else "nothing came")


def fence(account: Broker, transactional_id: str) -> str:
    """Take over somebody's transactions; give the broker's word."""
    tried = Try(account)
    producer = Producer({**tried.settings, "transactional.id": transactional_id})
    return tried.outcome(lambda: producer.init_transactions(WITHIN_S))


def look(account: Broker) -> set[str] | str:
    """Give the topics that an account sees, or the broker's word.

    One who does not say who he is gets no word: the broker hangs up. A slow client first learns
    that nothing came in time, which says nothing of the broker, so it asks on.
    """
    tried = Try(account)
    admin = AdminClient(tried.settings)
    until = time.monotonic() + WITHIN_S
    word, patience_s = "", 0.5
    refusal = "_TRANSPORT" if account.account is None else "_AUTHENTICATION"
    while time.monotonic() < until:
        found: set[str] = set()
        asked = partial(admin.list_topics, timeout=patience_s)
        word = tried.outcome(lambda asked=asked, found=found: found.update(asked().topics))
        if word == DONE:
            return found
        admin.poll(0.05)
        if refusal in {word, *tried.said}:
            return refusal
        patience_s *= 2
    return word


def manage(account: Broker, what: str, topic: str) -> str:
    """Do what only an administrator does; give the broker's word."""
    tried = Try(account)
    admin = AdminClient(tried.settings)
    rule = AclBinding(
        ResourceType.TOPIC,
        topic,
        ResourcePatternType.LITERAL,
        f"User:{account.account}",
        "*",
        AclOperation.ALL,
        AclPermissionType.ALLOW,
    )
    shorter = ConfigEntry("retention.ms", "1", incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[shorter])
    place = TopicPartition(topic, 0, 1)
    acts: dict[str, Callable[[], Any]] = {
        "create": lambda: admin.create_topics([NewTopic("of-a-stranger", 1, 1)]),
        "delete": lambda: admin.delete_topics([topic]),
        "shorten": lambda: admin.incremental_alter_configs([resource]),
        "empty": lambda: admin.delete_records([place]),
        "allow": lambda: admin.create_acls([rule]),
        "account": lambda: make_accounts(account, {"of-a-stranger": "x" * 20}),
    }

    def act() -> None:
        for future in (acts[what]() or {}).values():
            future.result(WITHIN_S)

    return tried.outcome(act)


def by_aiokafka(account: Broker, port: int | None = None) -> str:
    """Connect by the other library, also at another port; say whether it was let in."""
    at = account if port is None else replace(account, servers=f"{HOST}:{port}")

    async def connect() -> str:
        client = AIOKafkaClient(**at.aiokafka())
        try:
            await client.bootstrap()
        except (AuthenticationFailedError, KafkaConnectionError):
            return "closed"
        finally:
            await client.close()
        return DONE

    with warnings.catch_warnings():
        # It leaves the socket of a login that was refused to the collector, which may come later.
        warnings.simplefilter("ignore", ResourceWarning)
        outcome = asyncio.run(connect())
        gc.collect()
    return outcome


def raw(port: int, api: int, version: int, body: bytes) -> str:
    """Send one request without saying who one is; give whether it was answered or closed."""
    request = struct.pack(">hhihb", api, version, 7, -1, 0) + body
    with socket.create_connection((HOST, port), timeout=WITHIN_S) as connection:
        connection.sendall(struct.pack(">i", len(request)) + request)
        try:
            return "answered" if connection.recv(4) else "closed"
        except ConnectionError:
            return "closed"


def create_acls(port: int) -> str:
    """Ask for WRITE on every topic, for everybody, without saying who one is."""

    def text(value: str) -> bytes:
        data = value.encode()
        return bytes([len(data) + 1]) + data

    topic, literal, write_, allow = 2, 3, 4, 3
    rule = bytes([topic]) + text("*") + bytes([literal]) + text("User:thief") + text("*")
    return raw(port, 30, 3, b"\x02" + rule + bytes([write_, allow, 0]) + b"\0")


def alter_scram(port: int) -> str:
    """Ask for an account without saying who one is."""
    return raw(port, 51, 0, b"\x01\x01\0")
