"""Tokens of an OpenID Connect provider: verified by its keys, which are asked of it when needed.

A token counts only where everything holds: an algorithm of the list, a key that the provider shows
under this id, its issuer, its audience, and a time that has come and is not over. What is wrong is
told nobody: who shows a token that is none is refused as with any key that is none.
"""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import urlsplit

import httpx
import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from events.errors import LedgerError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA")
"""By a private key alone: neither `none`, nor HMAC, by which a public key would be a secret."""
TYPES: Final = frozenset({"jwt", "at+jwt", "application/at+jwt"})
TOKEN_CHARACTERS_MAX: Final = 16_384
FETCHED_AGAIN_S: Final = 60.0
"""The provider is asked for its keys this seldom, whatever tokens are shown."""
LEEWAY_S: Final = 30
"""So far two clocks may be apart."""
WITHIN_S: Final = 3.0
"""So long the provider is waited for."""
_PARTS: Final = 3
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class ProviderSettingError(LedgerError):
    """CREDIT_LEDGER_OIDC_ISSUER is an https address, and needs CREDIT_LEDGER_OIDC_AUDIENCE."""


class Provider(NamedTuple):
    """Whose tokens are taken, and to whom they must be addressed."""

    issuer: str
    audience: str


def read_provider(environment: Mapping[str, str] | None = None) -> Provider | None:
    """Read the settings; None where no provider is named. Raises `ProviderSettingError`."""
    env = os.environ if environment is None else environment
    issuer, audience = env.get("CREDIT_LEDGER_OIDC_ISSUER"), env.get("CREDIT_LEDGER_OIDC_AUDIENCE")
    if not issuer and not audience:
        return None
    if not issuer or not audience or not is_safe(issuer):
        raise ProviderSettingError
    return Provider(issuer, audience)


class Tokens:
    """Verifies tokens of one provider, and keeps its keys."""

    def __init__(
        self,
        provider: Provider,
        now: Callable[[], datetime],
        passed_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """Keep whose tokens count; nothing is fetched before a token is shown."""
        self._provider, self._now, self._passed_s = provider, now, passed_s
        self._lock = threading.Lock()
        self._keys: dict[str, Any] = {}
        self._asked_at_s: float | None = None

    def claims(self, token: str) -> Mapping[str, Any] | None:
        """Give the claims of a token that holds now; None of any other text."""
        if len(token) > TOKEN_CHARACTERS_MAX or token.count(".") != _PARTS - 1:
            return None
        try:
            header = jws.extract_compact(token.encode()).headers()
            key = self._key(header)
            if key is None:
                return None
            payload = jws.deserialize_compact(token, key, algorithms=list(ALGORITHMS)).payload
            claims = msgspec.json.decode(payload)
        except (JoseError, ValueError, TypeError, KeyError, msgspec.MsgspecError, RecursionError):
            return None
        return claims if isinstance(claims, dict) and self._holds(claims) else None

    def _holds(self, claims: Mapping[str, Any]) -> bool:
        now = self._now().timestamp()
        audience = claims.get("aud")
        addressed = audience if isinstance(audience, list) else [audience]
        ends, begins = claims.get("exp"), claims.get("nbf", 0)
        if not isinstance(ends, (int, float)) or not isinstance(begins, (int, float)):
            return False
        return (
            claims.get("iss") == self._provider.issuer
            and self._provider.audience in addressed
            and begins - LEEWAY_S <= now < ends + LEEWAY_S
        )

    def _key(self, header: Mapping[str, Any]) -> Any | None:
        """Give the key that a header names. Only a provider of one key may leave out its name.

        So OpenID Connect Core has it (10.1).
        """
        kid, kind = header.get("kid"), header.get("typ", "JWT")
        if not isinstance(kind, str) or kind.lower() not in TYPES:
            return None
        if header.get("alg") not in ALGORITHMS or not isinstance(kid, str | None):
            return None
        if kid is None or kid not in self._keys:
            self._ask_for_keys()
        keys = self._keys
        if kid is None:
            return next(iter(keys.values())) if len(keys) == 1 else None
        return keys.get(kid)

    def _ask_for_keys(self) -> None:
        """Ask the provider for its keys, unless it was asked within the last minute."""
        with self._lock:
            at = self._passed_s()
            if self._asked_at_s is not None and at - self._asked_at_s < FETCHED_AGAIN_S:
                return
            self._asked_at_s = at
            try:
                self._keys = self._fetched()
            except (httpx.HTTPError, httpx.InvalidURL, JoseError, ValueError, KeyError, TypeError):
                return  # Those that are known still count; a minute later it is asked again.

    def _fetched(self) -> dict[str, Any]:
        with httpx.Client(timeout=WITHIN_S, follow_redirects=False) as client:
            document = discovered(client, self._provider.issuer)
            if not is_safe(document["jwks_uri"]):
                raise ValueError("the provider's keys could be altered on the way")
            keys = client.get(document["jwks_uri"]).raise_for_status().json()
        found: dict[str, Any] = {}
        for each in keys["keys"]:
            if each.get("kty") != "oct" and isinstance(each.get("kid"), str):
                (found[each["kid"]],) = KeySet.import_key_set({"keys": [each]}).keys
        return found


def discovered(client: httpx.Client, issuer: str) -> Mapping[str, Any]:
    """Read what a provider tells of itself (OpenID Connect Discovery).

    Raises `ValueError` where that is of another issuer, and `httpx.HTTPError`.
    """
    told = client.get(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    document = told.raise_for_status().json()
    if not isinstance(document, dict) or document.get("issuer") != issuer:
        raise ValueError("the provider is another")
    return document


def is_safe(address: str) -> bool:
    """Say whether what comes from an address cannot be altered on the way."""
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
