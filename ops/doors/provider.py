"""Signing in at the identity provider: OpenID Connect, authorization code with PKCE.

Nothing is kept here of who only begins: all that the provider must give back is drawn from one
secret, which the browser holds (`Attempt`). Of the answer the ID token alone counts, and of it what
`Tokens` verifies, addressed to this client and made for this attempt (`nonce`).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
import stat
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import quote, urlencode, urlsplit

import httpx
import structlog

from events.errors import LedgerError
from ops.doors.tokens import WITHIN_S, Provider, Tokens, discovered, is_safe, read_provider
from streams.faults import fault

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

CLIENT_SETTING: Final = "CREDIT_LEDGER_OIDC_CLIENT"
FILE_SETTING: Final = "CREDIT_LEDGER_OIDC_SECRET_FILE"
SCOPE: Final = "openid profile"
DISCOVERED_AGAIN_S: Final = 600.0
"""What the provider tells of itself is asked for this seldom."""
_SECRET_BYTES: Final = 32
_log = structlog.get_logger(__name__)


class ClientSettingError(LedgerError):
    """CREDIT_LEDGER_OIDC_CLIENT needs an issuer; its secret stands in a file of its own (0600)."""


class ProviderAwayError(LedgerError):
    """The identity provider does not answer, or answers nothing that can be used."""


class AnswerUnfitError(LedgerError):
    """What came from the provider does not hold: used up, too late, or for another attempt."""


class Client(NamedTuple):
    """As what the provider knows this service; a client without a secret is a public one."""

    client_id: str
    secret: str | None


class Attempt:
    """One attempt to sign in: all that it is known by again, drawn from the secret of a browser."""

    def __init__(self, secret: str | None = None) -> None:
        """Begin one, or go on with the one of a secret."""
        self.secret = secret or secrets.token_urlsafe(_SECRET_BYTES)

    @property
    def state(self) -> str:
        """Give by what the browser is known again."""
        return self._drawn("state")

    @property
    def nonce(self) -> str:
        """Give by what the ID token is known to be made for this attempt."""
        return self._drawn("nonce")

    @property
    def verifier(self) -> str:
        """Give what shows the provider that who redeems the code asked for it (RFC 7636)."""
        return self._drawn("verifier")

    def is_of(self, state: str) -> bool:
        """Say whether a state is this attempt's."""
        return hmac.compare_digest(state.encode(), self.state.encode())

    def _drawn(self, label: str) -> str:
        return _base64url(hmac.digest(self.secret.encode(), label.encode(), "sha256"))


def read_client(environment: Mapping[str, str] | None = None) -> Client | None:
    """Read the settings; None where pages are signed in to by keys alone.

    Raises `ClientSettingError`, which repeats no secret.
    """
    env = os.environ if environment is None else environment
    client_id, file = env.get(CLIENT_SETTING), env.get(FILE_SETTING)
    if not client_id and not file:
        return None
    if not client_id:
        raise ClientSettingError
    return Client(client_id, None if not file else _secret_in(Path(file)))


def _secret_in(file: Path) -> str:
    try:
        mode, text = file.stat().st_mode, file.read_text("utf-8").strip()
    except (OSError, ValueError):
        raise ClientSettingError from None
    if mode & stat.S_IROTH or not text:
        raise ClientSettingError
    return text


def read_sign_in(
    now: Callable[[], datetime], environment: Mapping[str, str] | None = None
) -> SignInProvider | None:
    """Give where one signs in as the settings say; None where that is by keys alone.

    Raises `ClientSettingError`, and `ProviderSettingError`.
    """
    client, provider = read_client(environment), read_provider(environment)
    if client is None:
        return None
    if provider is None:
        raise ClientSettingError
    return SignInProvider(provider.issuer, client, now)


class SignInProvider:
    """An identity provider at which people sign in with their browsers."""

    def __init__(
        self,
        issuer: str,
        client: Client,
        now: Callable[[], datetime],
        passed_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """Keep where one signs in; nothing is asked of it before somebody does."""
        self.issuer, self._client = issuer, client
        self._now, self._passed_s = now, passed_s
        self._tokens = Tokens(Provider(issuer, client.client_id), now, passed_s)
        self._lock = threading.Lock()
        self._told: Mapping[str, Any] = {}
        self._told_at_s = float("-inf")

    @property
    def name(self) -> str:
        """Give by which name people know it: its host."""
        return urlsplit(self.issuer).netloc

    def begin(self, attempt: Attempt, back: str) -> str:
        """Give the address at which to sign in. Raises `ProviderAwayError`."""
        challenge = _base64url(hashlib.sha256(attempt.verifier.encode()).digest())
        asked = {
            "response_type": "code",
            "client_id": self._client.client_id,
            "redirect_uri": back,
            "scope": SCOPE,
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return _with_query(self._address("authorization_endpoint"), asked)

    def leave(self, back: str) -> str | None:
        """Give the address at which to sign out there, too; None where none was told.

        Nothing is asked of the provider: who is signed in by it was.
        """
        address = self._told.get("end_session_endpoint")
        if not isinstance(address, str) or not is_safe(address):
            return None
        asked = {"client_id": self._client.client_id, "post_logout_redirect_uri": back}
        return _with_query(address, asked)

    def claims(
        self, attempt: Attempt, back: str, code: str, issuer: str | None = None
    ) -> Mapping[str, Any]:
        """Redeem a code; give the claims of the ID token that was made for an attempt.

        `issuer` is whom the answer names: no other provider's code is shown to this one (RFC 9207).
        Raises `ProviderAwayError`, and `AnswerUnfitError`.
        """
        names_it = self._document().get("authorization_response_iss_parameter_supported", False)
        if issuer != self.issuer and (issuer is not None or names_it):
            raise AnswerUnfitError
        claims = self._tokens.claims(self._redeemed(attempt, back, code))
        if claims is None or not isinstance(claims.get("sub"), str):
            raise AnswerUnfitError
        nonce, by = claims.get("nonce"), claims.get("azp", self._client.client_id)
        several = isinstance(claims.get("aud"), list) and len(claims["aud"]) > 1
        is_ours = by == self._client.client_id and (not several or "azp" in claims)
        is_made_for_it = isinstance(nonce, str) and hmac.compare_digest(
            nonce.encode(), attempt.nonce.encode()
        )
        # Clocks may be apart, and yet a session that is over with its token is none to begin.
        is_over = claims["exp"] <= self._now().timestamp()
        if not is_ours or not is_made_for_it or is_over:
            raise AnswerUnfitError
        return claims

    def _redeemed(self, attempt: Attempt, back: str, code: str) -> str:
        """Give the ID token that the provider gives for a code."""
        said = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back,
            "code_verifier": attempt.verifier,
        }
        auth = self._shown_secret(said)
        try:
            with httpx.Client(timeout=WITHIN_S, follow_redirects=False) as client:
                answer = client.post(self._address("token_endpoint"), data=said, auth=auth)
            told = answer.json()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            _log.warning("sign_in_provider_away", error=fault(error))
            raise ProviderAwayError from None
        if answer.is_client_error and isinstance(told, dict) and told.get("error") == _USED_UP:
            raise AnswerUnfitError
        token = told.get("id_token") if answer.is_success and isinstance(told, dict) else None
        if not isinstance(token, str):
            # It knows this client no more, or is no provider of OpenID Connect: operators' matter.
            _log.warning("sign_in_refused_by_provider", status=answer.status_code)
            raise ProviderAwayError
        return token

    def _shown_secret(self, said: dict[str, str]) -> httpx.Auth:
        """Show the client's secret as the provider takes it (RFC 6749, 2.3.1)."""
        client_id, secret = self._client
        taken = self._document().get("token_endpoint_auth_methods_supported", [_BASIC])
        if secret is not None and _BASIC in taken:
            return httpx.BasicAuth(quote(client_id, safe=""), quote(secret, safe=""))
        said["client_id"] = client_id
        if secret is not None:
            said["client_secret"] = secret
        return httpx.Auth()

    def _address(self, name: str) -> str:
        """Give an address that the provider told. Raises `ProviderAwayError`."""
        address = self._document().get(name)
        if not isinstance(address, str) or not is_safe(address):
            raise ProviderAwayError
        return address

    def _document(self) -> Mapping[str, Any]:
        """Give what the provider tells of itself; what is old counts on where it is away."""
        with self._lock:
            if self._passed_s() - self._told_at_s < DISCOVERED_AGAIN_S:
                return self._told
        try:
            with httpx.Client(timeout=WITHIN_S, follow_redirects=False) as client:
                told = discovered(client, self.issuer)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            _log.warning("sign_in_provider_away", error=fault(error))
            if not self._told:
                raise ProviderAwayError from None
            told = self._told
        with self._lock:
            self._told, self._told_at_s = told, self._passed_s()
        return told


_BASIC: Final = "client_secret_basic"
_USED_UP: Final = "invalid_grant"


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _with_query(address: str, asked: Mapping[str, str]) -> str:
    return address + ("&" if urlsplit(address).query else "?") + urlencode(asked)
