"""Keys to ask the query service by, and questions by the clock.

An open loop: each question has its moment, whether or not earlier ones were answered, and counts
from that moment; so a service that stalls cannot hide it by being asked less.
"""

from __future__ import annotations

import hashlib
import http.client
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple

import psycopg

from events.envelope import CHINA
from events.rules.access import Role
from ops.doors.keys import create_key
from ops.doors.telling import Teller

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ops.local.stack import Stack

ASKERS: Final = 64
"""Connections that are held open: so many questions may be on their way at once.

More than a service that keeps up ever has: else a question would wait for its asker, and be counted
as late for what another was answered.
"""
ANSWER_WITHIN_S: Final = 30.0
_UP_WITHIN_S: Final = 60.0
_DONE: Final = 200


class WebQuestion(NamedTuple):
    """What is asked, with which headers; `body` is what is reported."""

    path: str
    headers: Mapping[str, str]
    body: bytes | None = None


class TimedAnswer(NamedTuple):
    """The answer to a question: its status, milliseconds from its moment on, and its digest."""

    question: WebQuestion
    status: int
    ms: float
    sha256: str


def headers_of(
    stack: Stack, role: Role, organisation: str | None = None, **said: str
) -> dict[str, str]:
    """Make a key; give the headers by which its holder asks, with what else is `said`."""
    with psycopg.connect(stack.postgres, autocommit=True) as connection:
        made = create_key(
            connection,
            Teller(stack.kafka),
            datetime.now(CHINA),
            roles=[role],
            organisation=organisation,
            name=None if role is not Role.DEPARTMENT else f"bench {organisation}",
        )
    return {"Authorization": f"Bearer {made.bearer}", **said}


def ask_by_the_clock(port: int, questions: Sequence[WebQuestion], rate: float) -> list[TimedAnswer]:
    """Ask `rate` questions a second, each at its moment; give the answers in the same order."""
    begins = time.monotonic() + 0.1

    def ask(asker: int) -> list[TimedAnswer]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_WITHIN_S)
        found = []
        for number in range(asker, len(questions), ASKERS):
            due = begins + number / rate
            if (wait := due - time.monotonic()) > 0:
                time.sleep(wait)
            found.append(_asked(connection, questions[number], due))
        connection.close()
        return found

    with ThreadPoolExecutor(ASKERS) as askers:
        parts = list(askers.map(ask, range(ASKERS)))
    return [parts[number % ASKERS][number // ASKERS] for number in range(len(questions))]


def ask_once(port: int, question: WebQuestion, within_s: float = 600.0) -> tuple[int, bytes, float]:
    """Ask; give status, body, and seconds."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=within_s)
    began = time.perf_counter()
    status, body = _sent(connection, question)
    took_s = time.perf_counter() - began
    connection.close()
    return status, body, took_s


def _asked(
    connection: http.client.HTTPConnection, question: WebQuestion, due: float
) -> TimedAnswer:
    try:
        status, body = _sent(connection, question)
    except OSError:
        connection.close()
        status, body = 0, b""
    ms = (time.monotonic() - due) * 1000
    return TimedAnswer(question, status, ms, hashlib.sha256(body).hexdigest())


def _sent(connection: http.client.HTTPConnection, question: WebQuestion) -> tuple[int, bytes]:
    method = "GET" if question.body is None else "POST"
    headers = {name: value.encode() for name, value in question.headers.items()}
    connection.request(method, question.path, question.body, headers)
    answer = connection.getresponse()
    return answer.status, answer.read()
