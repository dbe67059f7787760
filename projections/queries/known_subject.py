"""What the read models and the gate know of a subject, as every door looks it up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from projections.queries.disclosed.subject import seat
from projections.queries.erasures import is_hidden

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from psycopg import Connection

    from events.envelope import Platform
    from projections.access.consents import Consent


class KnownSubject:
    """Looks up by one connection; `consents` is the gate's."""

    def __init__(
        self,
        connection: Connection[Any],
        consents: Callable[[Connection[Any], str | None, str | None], Sequence[Consent]],
    ) -> None:
        """Bind to the database."""
        self._connection, self._consents = connection, consents

    def seat(self, platform: Platform, subject: str) -> str | None:
        """Give the division of a subject's seat today."""
        return seat(self._connection, platform, subject)

    def consents(self, subject: str, organisation: str | None) -> Sequence[Consent]:
        """Give what a subject consented to, to an organisation."""
        return self._consents(self._connection, subject, organisation)

    def is_hidden(self, subject: str) -> bool:
        """Say whether an erasure of a person was approved, or done."""
        return is_hidden(self._connection, subject)
