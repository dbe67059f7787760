"""Sessions of the pages: who is signed in, since when, and for what they said that they ask.

A session is as good as its key: what the key may is looked up anew at every page. Who is signed in
by the identity provider has no key here: as whom is kept with the session, which ends with the
provider's word. Only the digest of its secret is kept.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from events.rules.access import Purpose
from projections.access.asker import Asker
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
    """A session that is not over: of which key, until when at most, for which purpose.

    `askers` is as whom, where no key says so.
    """

    key_id: str
    until: datetime
    purpose: Purpose | None
    basis: str | None
    askers: tuple[Asker, ...] = ()


class Vouched(NamedTuple):
    """As whom the identity provider vouches for somebody, at least one, and until when."""

    askers: tuple[Asker, ...]
    ends_at: datetime


def begin_session(connection: Connection[Any], key_id: str, at: datetime) -> str:
    """Begin a session of a key that was shown; give its secret, which is told once."""
    return _begin(connection, key_id, at, None, None)


def begin_vouched_session(connection: Connection[Any], vouched: Vouched, at: datetime) -> str:
    """Begin a session of whom the identity provider vouches for; give its secret, told once."""
    named = vouched.askers[0].key_id or ""
    return _begin(connection, named, at, msgspec.json.encode(vouched.askers), vouched.ends_at)


def _begin(
    connection: Connection[Any],
    key_id: str,
    at: datetime,
    askers: bytes | None,
    ends_at: datetime | None,
) -> str:
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    connection.execute(_SQL["sweep"], _bounds(at))
    begun = (digest_of_secret(secret), key_id, at, at, askers, ends_at)
    connection.execute(_SQL["begin"], begun)
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
    key_id, since, seen_at, purpose, basis, kept, ends_at = row
    if goes_on and seen_at <= at - _NOTED_EVERY:
        connection.execute(_SQL["seen"], (at, digest, at))
    said = None if purpose is None else Purpose(purpose)
    until = since + LONGEST
    askers = () if kept is None else msgspec.json.decode(kept, type=tuple[Asker, ...])
    return Session(key_id, until if ends_at is None else min(until, ends_at), said, basis, askers)


def keep_purpose(
    connection: Connection[Any], secret: str, purpose: Purpose | None, basis: str | None
) -> None:
    """Note for what is asked from now on."""
    connection.execute(_SQL["purpose"], (purpose, basis, digest_of_secret(secret)))


def finish_session(connection: Connection[Any], secret: str) -> None:
    """End a session at once, in every process."""
    connection.execute(_SQL["finish"], (digest_of_secret(secret),))


def _bounds(at: datetime) -> dict[str, datetime]:
    return {"at": at, "idle": at - IDLE, "oldest": at - LONGEST}
