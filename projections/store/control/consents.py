"""What subjects consented to, and how much of its quota a contract has used: as they stand now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from projections.access.consents import Consent
from projections.store.statements import statements

if TYPE_CHECKING:
    from datetime import date

    from psycopg import Connection

    from projections.access.asker import Contract

_SQL: Final = statements(__name__)


def keep_consent(connection: Connection[Any], consent: Consent) -> None:
    """Keep a consent that was told; told twice, it is kept once."""
    connection.execute(_SQL["keep"], msgspec.structs.asdict(consent))


def withdraw_consent(connection: Connection[Any], consent_id: str) -> bool:
    """End a consent at once; False where there is none."""
    return connection.execute(_SQL["withdraw"], (consent_id,)).rowcount == 1


def consents_kept(
    connection: Connection[Any], subject: str | None, organisation: str | None
) -> list[Consent]:
    """Give consents by a subject, to an organisation, or by the one to the other."""
    asked = {"subject": subject, "organisation": organisation}
    names = Consent.__struct_fields__
    rows = connection.execute(_SQL["consents"], asked)
    return [msgspec.convert(dict(zip(names, row, strict=True)), Consent) for row in rows]


def take_one(connection: Connection[Any], contract: Contract, on: date) -> int | None:
    """Count an answer of a day; give how many are left after it, None where none was."""
    a_day = contract.a_day or 0
    asked = {"contract": contract.contract_id, "day": on, "a_day": a_day}
    row = connection.execute(_SQL["take"], asked).fetchone()
    return None if row is None else max(a_day - int(row[0]), 0)


def give_one_back(connection: Connection[Any], contract: Contract, on: date) -> None:
    """Take a count back."""
    connection.execute(_SQL["give_back"], {"contract": contract.contract_id, "day": on})
