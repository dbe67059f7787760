"""Each answer that left has its inquiry, however often the service is killed; while the broker is paused none leaves.

`QUESTIONS=500` asks so many, and kills the service once in 25 answers.
"""

from __future__ import annotations

import hashlib
import os
import queue
import random
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import httpx
import pytest

from events.envelope import CHINA, Platform
from events.rules.access import Role
from events.topics import inquiries_topic
from events.wire.codec import decode_record
from ops.clock import today
from ops.serving import application
from tests.support import builders as a
from tests.support.asking import running
from tests.support.chaos import Stream, wait_for
from tests.support.keys import key_of
from tests.support.ledger import read_all, saying
from tests.support.patience import AMPLE_S
from tests.support.served import ServedProcess

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.acceptance.conftest import Breakable

pytestmark = [pytest.mark.chaos, pytest.mark.stack]

QUESTIONS: Final = int(os.environ.get("QUESTIONS", "30"))
ANSWERS_A_KILL: Final = 25
ASKERS: Final = 4
WITHIN_S: Final = 180.0
NUMBER, NAME = "留痕罚〔2025〕1号", "留痕有限公司"
PROFILE: Final = f"/v1/organisation/subjects/{a.SUBJECT}/profile"
REFUSED: Final = PROFILE.replace(a.SUBJECT, a.OTHER_SUBJECT)


class Received(NamedTuple):
    """An answer that was received whole: on which basis it was asked for, and its digest."""

    basis: str
    sha256: str


class Asking(threading.Thread):
    """Asks each question until it is answered, however often the service is away."""

    def __init__(self, address: str, key: str, bases: queue.Queue[str]) -> None:
        super().__init__(daemon=True)
        self._address, self._key, self._bases = address, key, bases
        self.received: list[Received] = []

    def run(self) -> None:
        while True:
            try:
                basis = self._bases.get_nowait()
            except queue.Empty:
                return
            while not self._is_answered(basis):
                time.sleep(0.05)

    def _is_answered(self, basis: str) -> bool:
        headers = {
            "Authorization": f"Bearer {self._key}",
            "Credit-Purpose": "supervision",
            "Credit-Basis": basis,
        }
        try:
            answer = httpx.get(f"{self._address}{PROFILE}", headers=headers, timeout=AMPLE_S)
        except httpx.HTTPError:
            return False
        if answer.status_code != 200:
            assert NUMBER not in answer.text
            return False
        assert NUMBER in answer.text
        self.received.append(Received(basis, hashlib.sha256(answer.content).hexdigest()))
        return True


@pytest.fixture(scope="module")
def key(breakable: Breakable) -> str:
    """Have something to tell, and give the key of a department that asks for it."""
    event = a.a_penalty(NUMBER, today(), subject_name=NAME)
    stream = Stream(breakable.stack.kafka, [saying(event)], per_s=100)
    stream.start()
    stream.finish()
    made = key_of(breakable.stack, Role.DEPARTMENT, "market-zj", "who asks under kills")
    app, pool = application(breakable.stack.postgres, breakable.stack.kafka)
    with pool, running(app) as address:
        wait_for(lambda: NUMBER in ask(address, made).text, WITHIN_S, "it is told")
    return made


def ask(address: str, key: str | None, path: str = PROFILE, **said: str) -> httpx.Response:
    headers = {"Credit-Purpose": "supervision", **said}
    if key is not None:
        headers["Authorization"] = f"Bearer {key}"
    return httpx.get(f"{address}{path}", headers=headers, timeout=AMPLE_S)


def inquiries(breakable: Breakable) -> list[dict[str, Any]]:
    topic = inquiries_topic(Platform.ORGANISATION)
    return [decode_record(each.value())[1] for each in read_all(breakable.stack.kafka, topic)]


def test_each_answer_that_left_has_its_inquiry_however_often_the_service_is_killed(
    breakable: Breakable, key: str, tmp_path: Path
) -> None:
    draw, marked = random.Random(13), f"{datetime.now(CHINA):%H%M%S%f}"
    bases: queue.Queue[str] = queue.Queue()
    for number in range(QUESTIONS):
        bases.put(f"case {marked} {number}")
    service = ServedProcess(breakable.stack, tmp_path / "serve.log")
    try:
        askers = [Asking(service.address, key, bases) for _ in range(ASKERS)]
        for asker in askers:
            asker.start()
        for kill in range(QUESTIONS // ANSWERS_A_KILL):
            at = kill * ANSWERS_A_KILL + draw.randrange(ANSWERS_A_KILL)
            wait_for(lambda at=at: told(askers) > at, WITHIN_S, "answers")  # type: ignore[misc]
            time.sleep(draw.random() / 50)  # Anywhere within a question.
            service.kill()
            service.start()
        wait_for(lambda: told(askers) == QUESTIONS, WITHIN_S, "all are answered")
    finally:
        service.kill()

    kept = {(each["said_basis"], each["digest"]) for each in inquiries(breakable)}
    received = [each for asker in askers for each in asker.received]
    assert len({each.basis for each in received}) == QUESTIONS
    assert [each for each in received if each not in kept] == []


def told(askers: list[Asking]) -> int:
    return sum(len(asker.received) for asker in askers)


@contextmanager
def paused(breakable: Breakable) -> Iterator[None]:
    """Have the broker sleep, as where its disk or its machine hangs: it takes connections, and answers nothing."""
    pid = breakable.servers.kafka.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def test_while_the_broker_is_paused_nothing_leaves_that_a_right_stands_behind_and_the_public_is_answered(
    breakable: Breakable, key: str
) -> None:
    auditor = key_of(breakable.stack, Role.AUDITOR, "credit-zj", "asks while it is paused")
    audit: dict[str, str] = {"Credit-Purpose": "audit"}
    logged: list[tuple[str, str, dict[str, str]]] = [
        (key, PROFILE, {}),
        (key, REFUSED, {}),
        (key, PROFILE, {"Credit-Purpose": "lending"}),
        (auditor, PROFILE.replace("profile", "history"), audit),
        (auditor, f"/v1/organisation/find?q={a.SUBJECT}", audit),
    ]
    app, pool = application(breakable.stack.postgres, breakable.stack.kafka)
    with pool, running(app) as address:
        assert ask(address, key).status_code == 200
        with paused(breakable):
            public = ask(address, None)
            with ThreadPoolExecutor(len(logged)) as askers:
                unrecorded = [*askers.map(lambda each: ask(address, *each[:2], **each[2]), logged)]
            after = ask(address, None)
            none = ask(address, "crl_000000000000_" + "a" * 43)
        wait_for(lambda: ask(address, key).status_code == 200, WITHIN_S, "it is told again")

    assert [public.status_code, after.status_code, none.status_code] == [200, 200, 401]
    assert NUMBER in public.text
    for each in unrecorded:
        assert (each.status_code, each.json()["code"]) == (503, "inquiry_not_recorded")
        assert each.headers["retry-after"]
        assert not any(word in each.text for word in (NUMBER, NAME, a.SUBJECT))
