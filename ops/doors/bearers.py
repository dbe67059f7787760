"""Who shows a token of the identity provider: its claims, held against what there is here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from events.identifiers import UnusableNumberError, person_token
from events.rules.access import load_claim_rows
from events.rules.rulebook import load_rulebook
from ops.doors.keys import KeyRefusedError, check_holder
from ops.doors.tokens import Tokens, read_provider
from ops.vault.keys import TOKENS, VaultKeyError
from ops.vault.opening import named_key
from projections.access.asker import Contract
from projections.access.claims import askers_by_claims
from projections.store.control.keys import list_contracts

if TYPE_CHECKING:
    from collections.abc import Callable
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
        if claims is None:
            return ()
        on = self._now().date()
        found = askers_by_claims(claims, load_claim_rows(), on, self._token_of)
        return tuple(_with_contracts(connection, each) for each in found if _is_known(each))


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


def _is_known(who: Asker) -> bool:
    try:
        check_holder(who.role, load_rulebook(), organisation=who.organisation, region=who.region)
    except KeyRefusedError:
        return False
    return True


def _with_contracts(connection: Connection[Any], who: Asker) -> Asker:
    contracts = tuple(
        Contract(
            contract_id=each.contract_id,
            purposes=each.purposes,
            start=each.since,
            end=each.until,
            a_day=each.a_day,
        )
        for each in list_contracts(connection)
        if each.organisation == who.organisation and not each.ended
    )
    return msgspec.structs.replace(who, contracts=contracts)
