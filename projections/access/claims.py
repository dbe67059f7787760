"""Who somebody is by the claims of a token that was verified, by a dated table. Pure."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from events.persons import has_identity_number
from projections.access.asker import Asker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import date

    from events.rules.access import ClaimRow

_ID_CHARACTERS = 12
_NAME_MAX = 80


def askers_by_claims(
    claims: Mapping[str, Any],
    rows: Iterable[ClaimRow],
    on: date,
    token_of: Callable[[str], str | None],
) -> tuple[Asker, ...]:
    """Give who asks, once for each role that the claims make on a day, in the order of the rows.

    `token_of` gives a person's token for an identity number, None for what is none. The number goes
    no further; neither does a name of the provider's that holds one.
    """
    who, handle = _who(claims), key_of_token(claims, token_of)
    askers: list[Asker] = []
    for row in rows:
        if not row.holds(on) or row.value not in _texts(claims.get(row.claim)):
            continue
        organisation = _text(claims, row.organisation)
        region = _text(claims, row.region)
        if row.number is not None:
            number = _text(claims, row.number)
            organisation = None if number is None else token_of(number)
        if (organisation is None and region is None) or (
            row.number is None and has_identity_number(organisation or "")
        ):
            continue
        askers.append(
            Asker(
                role=row.role,
                organisation=organisation,
                region=region,
                person=who,
                key_id=handle,
            )
        )
    return tuple(askers)


def key_of_token(claims: Mapping[str, Any], token_of: Callable[[str], str | None]) -> str:
    """Name whom the provider means, without telling who it is: digest of issuer and subject.

    Of a subject that is an identity number its token is taken: whoever tries all numbers would find
    the digest of one.
    """
    subject = _text(claims, "sub")
    if subject is not None and has_identity_number(subject):
        subject = token_of(subject)
    named = f"{claims.get('iss')}\n{subject}".encode()
    return f"oidc:{hashlib.sha256(named).hexdigest()[:_ID_CHARACTERS]}"


def _who(claims: Mapping[str, Any]) -> str | None:
    """Give how the provider calls them; None where that is, or holds, an identity number."""
    said = _text(claims, "preferred_username") or _text(claims, "sub")
    return None if said is None or has_identity_number(said) else said[:_NAME_MAX]


def _texts(value: Any) -> frozenset[str]:
    """Give the texts of a claim, which is one or a list of them."""
    several = value if isinstance(value, list) else [value]
    return frozenset(each for each in several if isinstance(each, str))


def _text(claims: Mapping[str, Any], name: str | None) -> str | None:
    value = None if name is None else claims.get(name)
    return value if isinstance(value, str) and value else None
