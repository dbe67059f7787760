"""The gate: who a key is, and where is kept that somebody asked. A seam.

The service knows no broker; whoever composes it gives it a gate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from projections.access.inquiry import InquiryUnrecordedError
from projections.http.errors import DeskAwayError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from psycopg import Connection

    from events.envelope import Platform
    from events.rules.access import Purpose
    from projections.access.asker import Asker, Contract
    from projections.access.consents import Consent
    from projections.access.inquiry import Inquiry


class SignedIn(NamedTuple):
    """Who is signed in to the pages: as whom, until when at most, and for what they ask.

    `by_provider`: not by a key, but at the identity provider.
    """

    askers: tuple[Asker, ...]
    until: datetime
    purpose: Purpose | None
    basis: str | None
    by_provider: bool = False


class Gate(Protocol):
    """Says who a key is, who is signed in, and keeps inquiries."""

    def askers(self, connection: Connection[Any], key: str) -> tuple[Asker, ...]:
        """Give who asks by a key, once for each of its roles; none where it is no key in force."""

    def sign_in(self, connection: Connection[Any], key: str) -> str | None:
        """Begin a session by a key, and give its secret; None where it is no key in force."""

    def sign_in_by_claims(
        self, connection: Connection[Any], claims: Mapping[str, Any]
    ) -> str | None:
        """Begin a session by claims of the identity provider that were verified; give its secret.

        None where they make nobody whom there is here.
        """

    def signed_in(
        self, connection: Connection[Any], secret: str, *, goes_on: bool = True
    ) -> SignedIn | None:
        """Give who is signed in by a session; None where it is over, or its key is.

        `goes_on`: it is a sign that somebody is there, so the session lasts on.
        """

    def say_purpose(
        self, connection: Connection[Any], secret: str, purpose: Purpose | None, basis: str | None
    ) -> None:
        """Note for what is asked in a session from now on."""

    def sign_out(self, connection: Connection[Any], secret: str) -> None:
        """End a session."""

    def record(self, *inquiries: Inquiry) -> None:
        """Keep inquiries for good. Raises `InquiryUnrecordedError` where one may not be kept."""

    def catch_up(self, connection: Connection[Any], platform: Platform) -> None:
        """Bring the table of inquiries up to all that was recorded."""

    def take(self, connection: Connection[Any], contract: Contract, on: date) -> int | None:
        """Count an answer of a day by a contract that bounds them; give how many are left after it.

        None where none is left: then nothing was counted.
        """

    def give_back(self, connection: Connection[Any], contract: Contract, on: date) -> None:
        """Take a count back, as nothing was answered."""

    def consents(
        self, connection: Connection[Any], subject: str | None, organisation: str | None
    ) -> Sequence[Consent]:
        """Give consents by a subject, to an organisation, or by the one to the other."""

    def consent(self, connection: Connection[Any], consent: Consent) -> None:
        """Keep a consent for good. Raises `DeskAwayError` where it is not kept."""

    def withdraw(self, connection: Connection[Any], consent_id: str) -> None:
        """End a consent for good. Raises `DeskAwayError` where that is not kept."""


class _Nobody:
    """The gate of a service that was given none: it knows no key, and keeps nothing."""

    def askers(self, connection: Connection[Any], key: str) -> tuple[Asker, ...]:
        """Know nobody."""
        del connection, key
        return ()

    def sign_in(self, connection: Connection[Any], key: str) -> str | None:
        """Let nobody in."""
        del connection, key
        return None

    def sign_in_by_claims(
        self, connection: Connection[Any], claims: Mapping[str, Any]
    ) -> str | None:
        """Let nobody in."""
        del connection, claims
        return None

    def signed_in(
        self, connection: Connection[Any], secret: str, *, goes_on: bool = True
    ) -> SignedIn | None:
        """Know nobody."""
        del connection, secret, goes_on
        return None

    def say_purpose(
        self, connection: Connection[Any], secret: str, purpose: Purpose | None, basis: str | None
    ) -> None:
        """Keep nothing: there is no session."""

    def sign_out(self, connection: Connection[Any], secret: str) -> None:
        """Know of none."""

    def record(self, *inquiries: Inquiry) -> None:
        """Keep nothing, and say so."""
        raise InquiryUnrecordedError(inquiries[0].question)

    def catch_up(self, connection: Connection[Any], platform: Platform) -> None:
        """Know of none."""

    def take(self, connection: Connection[Any], contract: Contract, on: date) -> int | None:
        """Give nothing."""
        del connection, contract, on
        return None

    def give_back(self, connection: Connection[Any], contract: Contract, on: date) -> None:
        """Have counted nothing."""

    def consents(
        self, connection: Connection[Any], subject: str | None, organisation: str | None
    ) -> Sequence[Consent]:
        """Know of none."""
        del connection, subject, organisation
        return ()

    def consent(self, connection: Connection[Any], consent: Consent) -> None:
        """Keep nothing, and say so."""
        del connection, consent
        raise DeskAwayError

    def withdraw(self, connection: Connection[Any], consent_id: str) -> None:
        """Keep nothing, and say so."""
        del connection, consent_id
        raise DeskAwayError


NOBODY: Gate = _Nobody()
