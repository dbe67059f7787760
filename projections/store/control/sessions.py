"""Sessions of the pages: who is signed in, since when, and for what they said that they ask.

A session is as good as its key: what the key may is looked up anew at every page. Only the digest
of its secret is kept.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from events.rules.access import Purpose
from projections.store.control.keys import digest_of_secret
from projections.store.statements import statements

if TYPE_CHECKING:
    from psycopg import Connection

_SQL: Final = statements(__name__)
IDLE: Final = timedelta(minutes=30)
"""After so long without a page a session is over."""
LONGEST: Final = timedelta(hours=8)
"""No session is longer, however busy."""
_NOTED_EVERY: Final = timedelta(minutes=1)
_SECRET_BYTES: Final = 32


class Session(NamedTuple):
    """A session that is not over: of which key, until when at most, for which purpose."""

    key_id: str
    until: datetime
    purpose: Purpose | None
    basis: str | None


def begin_session(connection: Connection[Any], key_id: str, at: datetime) -> str:
    """Begin a session of a key that was shown; give its secret, which is told once."""
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    connection.execute(_SQL["sweep"], _bounds(at))
    connection.execute(_SQL["begin"], (digest_of_secret(secret), key_id, at, at))
    return secret


def session_of(
    connection: Connection[Any], secret: str, at: datetime, *, goes_on: bool = True
) -> Session | None:
    """Give the session of a secret, None where there is none or it is over; it goes on."""
    digest = digest_of_secret(secret)
    asked = {"digest": digest, **_bounds(at)}
    row = connection.execute(_SQL["holder"], asked).fetchone()
    if row is None:
        return None
    key_id, since, seen_at, purpose, basis = row
    if goes_on and seen_at <= at - _NOTED_EVERY:
        connection.execute(_SQL["seen"], (at, digest, at))
    said = None if purpose is None else Purpose(purpose)
    return Session(key_id, since + LONGEST, said, basis)


def keep_purpose(
    connection: Connection[Any], secret: str, purpose: Purpose | None, basis: str | None
) -> None:
    """Note for what is asked from now on."""
    connection.execute(_SQL["purpose"], (purpose, basis, digest_of_secret(secret)))


def finish_session(connection: Connection[Any], secret: str) -> None:
    """End a session at once, in every process."""
    connection.execute(_SQL["finish"], (digest_of_secret(secret),))


def _bounds(at: datetime) -> dict[str, datetime]:
    return {"idle": at - IDLE, "oldest": at - LONGEST}
