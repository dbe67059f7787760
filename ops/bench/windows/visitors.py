"""Who opens pages: the public, and a key of each role, signed in as a browser does it."""

from __future__ import annotations

import http.client
import re
from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urlencode

import psycopg

from events.envelope import CHINA
from events.errors import LedgerError
from events.rules.access import Purpose, Role
from ops.doors.keys import create_key
from ops.doors.telling import Teller

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ops.local.stack import Stack

ANSWERED_WITHIN_S: Final = 600.0
DEPARTMENT: Final = "market-zj"
_REGION: Final = "330100"
_COOKIE: Final = re.compile(r"credit_session=[^;]+")
_FORM: Final = "application/x-www-form-urlencoded"


class SignInRefusedError(LedgerError):
    """The service did not sign in who showed a key."""


class Visitor(NamedTuple):
    """Who opens pages, and what the browser sends with each."""

    role: Role
    headers: Mapping[str, str]


def visitors(stack: Stack, port: int, subject_id: str) -> Sequence[Visitor]:
    """Sign in one of each role that pages know; the subject is the one that is named."""
    holders: list[tuple[Role, str | None, str | None, Purpose | None]] = [
        (Role.DEPARTMENT, DEPARTMENT, None, Purpose.SUPERVISION),
        (Role.REGION, None, _REGION, Purpose.SUPERVISION),
        (Role.AUDITOR, None, None, None),
        (Role.OPERATOR, None, None, None),
        (Role.SUBJECT, subject_id, None, None),
    ]
    found = [Visitor(Role.PUBLIC, {})]
    teller, now = Teller(stack.kafka), datetime.now(CHINA)
    with psycopg.connect(stack.postgres, autocommit=True) as connection:
        for role, organisation, region, purpose in holders:
            key = create_key(
                connection, teller, now, roles=[role], organisation=organisation, region=region
            )
            found.append(Visitor(role, _signed_in(port, key.bearer, purpose)))
    return found


def _signed_in(port: int, key: str, purpose: Purpose | None) -> Mapping[str, str]:
    """Give the cookie of a new session, which says for what it asks."""
    cookie = _COOKIE.search(_sent(port, "/zh/login", {"key": key}, {}) or "")
    if cookie is None:
        raise SignInRefusedError
    headers = {"Cookie": cookie[0]}
    if purpose is not None:
        _sent(port, "/zh/purpose", {"purpose": purpose.value}, headers)
    return headers


def _sent(port: int, path: str, form: Mapping[str, str], headers: Mapping[str, str]) -> str | None:
    """Send a form as a page of the service does; give the cookie that the answer sets."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWERED_WITHIN_S)
    said = {"Content-Type": _FORM, "Origin": f"http://127.0.0.1:{port}", **headers}
    connection.request("POST", path, urlencode(form), said)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.getheader("Set-Cookie")
