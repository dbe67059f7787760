"""Who shows a token of the identity provider: its claims, held against what there is here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from events.identifiers import UnusableNumberError, person_token
from events.rules.access import load_claim_rows
from ops.doors.claimed import known_here
from ops.doors.tokens import Tokens, read_provider
from ops.vault.keys import TOKENS, VaultKeyError
from ops.vault.opening import named_key
from projections.access.claims import askers_by_claims

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from psycopg import Connection

    from ops.vault.opening import VaultSettings
    from projections.access.asker import Asker


class Bearers:
    """Gives who asks by a token, as far as department, division, code or agency are known here."""

    def __init__(
        self, tokens: Tokens, now: Callable[[], datetime], token_of: Callable[[str], str | None]
    ) -> None:
        """Keep what verifies, and what makes a person's token of an identity number."""
        self._tokens, self._now, self._token_of = tokens, now, token_of

    def askers(self, connection: Connection[Any], token: str) -> tuple[Asker, ...]:
        """Give who asks, once for each role; none where the token does not hold."""
        claims = self._tokens.claims(token)
        return () if claims is None else known_here(connection, self.claimed(claims))

    def claimed(self, claims: Mapping[str, Any]) -> tuple[Asker, ...]:
        """Give who has claims that were verified, once for each role, whether known here or not."""
        return askers_by_claims(claims, load_claim_rows(), self._now().date(), self._token_of)


def bearers_of(vault: VaultSettings, now: Callable[[], datetime]) -> Bearers | None:
    """Give what takes tokens as the settings say; None where no provider is named."""
    provider = read_provider()
    if provider is None:
        return None

    def token_of(number: str) -> str | None:
        try:
            return person_token(number, named_key(vault, TOKENS))
        except (UnusableNumberError, VaultKeyError):
            return None

    return Bearers(Tokens(provider, now), now, token_of)
