"""As whom a token's claims may ask here: those alone that the rules know, with their contracts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from events.rules.rulebook import load_rulebook
from ops.doors.keys import KeyRefusedError, check_holder
from projections.access.asker import Contract
from projections.store.control.keys import list_contracts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from psycopg import Connection

    from projections.access.asker import Asker


def known_here(connection: Connection[Any], askers: Iterable[Asker]) -> tuple[Asker, ...]:
    """Give those whose department, division, code or agency there is, with their contracts now."""
    known = [each for each in askers if _is_known(each)]
    if not known:
        return ()
    kept = [each for each in list_contracts(connection) if not each.ended]
    return tuple(
        msgspec.structs.replace(
            who,
            contracts=tuple(
                Contract(
                    contract_id=each.contract_id,
                    purposes=each.purposes,
                    start=each.since,
                    end=each.until,
                    a_day=each.a_day,
                )
                for each in kept
                if each.organisation == who.organisation
            ),
        )
        for who in known
    )


def _is_known(who: Asker) -> bool:
    try:
        check_holder(who.role, load_rulebook(), organisation=who.organisation, region=who.region)
    except KeyRefusedError:
        return False
    return True
