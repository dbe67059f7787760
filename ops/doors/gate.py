"""The gate of the running service: keys as Postgres has them now, inquiries to the broker."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
from confluent_kafka import KafkaException

from events.envelope import CHINA
from ops.doors.claimed import known_here
from ops.doors.keys import KEY
from ops.doors.reading import KeptReader
from ops.doors.telling import Teller
from projections.http.asking.gate import SignedIn
from projections.http.errors import DeskAwayError
from projections.store.control.consents import (
    consents_kept,
    give_one_back,
    keep_consent,
    take_one,
    withdraw_consent,
)
from projections.store.control.keys import askers_by_id, askers_of
from projections.store.control.sessions import (
    LONGEST,
    Vouched,
    begin_session,
    begin_vouched_session,
    finish_session,
    keep_purpose,
    session_of,
)
from streams.publishing.producer import DeliveryError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from psycopg import Connection

    from events.envelope import Platform
    from events.rules.access import Purpose
    from projections.access.asker import Asker, Contract
    from projections.access.consents import Consent
    from projections.access.inquiry import Inquiry


class KeyGate:
    """Knows who a key is, by the table: one that was revoked there is dead in every process."""

    def __init__(
        self,
        kafka: str | None,
        now: Callable[[], datetime],
        by_token: Callable[[Connection[Any], str], tuple[Asker, ...]] | None = None,
        by_claims: Callable[[Mapping[str, Any]], tuple[Asker, ...]] | None = None,
    ) -> None:
        """Keep where the broker is, None where none runs; `now` is in China.

        `by_token` gives who shows what is no key of ours: a token of the identity provider.
        `by_claims` gives who has claims of it that were verified.
        """
        self._by_token, self._by_claims = by_token, by_claims
        self._reader = None if kafka is None else KeptReader(kafka)
        self._teller = Teller(kafka)
        self._now = now

    def close(self) -> None:
        """Let go of what is kept of the broker."""
        if self._reader is not None:
            self._reader.close()

    def askers(self, connection: Connection[Any], key: str) -> tuple[Asker, ...]:
        """Give who asks by a key in force, once for each of its roles; else none."""
        match = KEY.fullmatch(key)
        if match is None:
            return () if self._by_token is None else self._by_token(connection, key)
        return askers_of(connection, match[1], match[2], self._now().date())

    def sign_in(self, connection: Connection[Any], key: str) -> str | None:
        """Begin a session by a key in force."""
        match = KEY.fullmatch(key)
        if match is None or not self.askers(connection, key):
            return None
        return begin_session(connection, match[1], self._now())

    def sign_in_by_claims(
        self, connection: Connection[Any], claims: Mapping[str, Any]
    ) -> str | None:
        """Begin a session of those that are known here, until the token ends."""
        found = () if self._by_claims is None else known_here(connection, self._by_claims(claims))
        if not found:
            return None
        # No session is longer, whatever the provider says.
        ends_s = min(claims["exp"], (self._now() + LONGEST).timestamp())
        ends_at = datetime.fromtimestamp(ends_s, CHINA)
        # Contracts are looked up at every page: one may end before the session does.
        kept = tuple(msgspec.structs.replace(each, contracts=()) for each in found)
        return begin_vouched_session(connection, Vouched(kept, ends_at), self._now())

    def signed_in(
        self, connection: Connection[Any], secret: str, *, goes_on: bool = True
    ) -> SignedIn | None:
        """Give who is signed in; what their key, or who they are, may is looked up now."""
        now = self._now()
        found = session_of(connection, secret, now, goes_on=goes_on)
        if found is None:
            return None
        if found.askers:
            askers = known_here(connection, found.askers)
        else:
            askers = askers_by_id(connection, found.key_id, now.date())
        if not askers:
            return None
        return SignedIn(askers, found.until, found.purpose, found.basis, bool(found.askers))

    def say_purpose(
        self, connection: Connection[Any], secret: str, purpose: Purpose | None, basis: str | None
    ) -> None:
        """Note for what is asked in a session from now on."""
        keep_purpose(connection, secret, purpose, basis)

    def sign_out(self, connection: Connection[Any], secret: str) -> None:
        """End a session in every process."""
        finish_session(connection, secret)

    def record(self, *inquiries: Inquiry) -> None:
        """Have the broker acknowledge inquiries. Raises `InquiryUnrecordedError`."""
        self._teller.record(*inquiries)

    def catch_up(self, connection: Connection[Any], platform: Platform) -> None:
        """Read the topic of inquiries to its end. Raises `DeskAwayError`."""
        if self._reader is None:
            raise DeskAwayError
        try:
            self._reader.read_inquiries(connection, platform)
        except (KafkaException, TimeoutError) as error:
            raise DeskAwayError from error

    def take(self, connection: Connection[Any], contract: Contract, on: date) -> int | None:
        """Count in the database, by one statement."""
        return take_one(connection, contract, on)

    def give_back(self, connection: Connection[Any], contract: Contract, on: date) -> None:
        """Take a count back."""
        give_one_back(connection, contract, on)

    def consents(
        self, connection: Connection[Any], subject: str | None, organisation: str | None
    ) -> Sequence[Consent]:
        """Give consents as the database has them now."""
        return consents_kept(connection, subject, organisation)

    def consent(self, connection: Connection[Any], consent: Consent) -> None:
        """Tell the broker of a consent, then keep it. Raises `DeskAwayError`."""
        try:
            self._teller.consent_given(consent, self._now())
        except (DeliveryError, KafkaException) as error:
            raise DeskAwayError from error
        keep_consent(connection, consent)

    def withdraw(self, connection: Connection[Any], consent_id: str) -> None:
        """Tell the broker that a consent ended, and end it. Raises `DeskAwayError`."""
        try:
            self._teller.consent_withdrawn(consent_id, self._now())
        except (DeliveryError, KafkaException) as error:
            raise DeskAwayError from error
        withdraw_consent(connection, consent_id)
