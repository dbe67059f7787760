"""Signing in at a provider of OpenID Connect, asked over HTTP on a port: what holds, and what does not."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc.jwk import RSAKey

from events.envelope import CHINA
from ops.doors.provider import (
    DISCOVERED_AGAIN_S,
    AnswerUnfitError,
    Attempt,
    Client,
    ClientSettingError,
    ProviderAwayError,
    SignInProvider,
    read_client,
    read_sign_in,
)
from ops.doors.tokens import ProviderSettingError
from tests.support.identity import AUDIENCE, Keys, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BACK: Final = "https://credit.example.org/zh/login/back"
CLIENT: Final = "pages of the ledger"
SECRET: Final = "s:e&c r%t"


def now() -> datetime:
    return datetime.now(CHINA)


@pytest.fixture
def keys() -> Iterator[Keys]:
    with serving(Keys()) as found:
        yield found


def provider_of(keys: Keys, secret: str | None = SECRET) -> SignInProvider:
    return SignInProvider(keys.issuer, Client(CLIENT, secret), now)


def test_who_comes_back_with_the_code_of_this_attempt_is_known(keys: Keys) -> None:
    provider, attempt = provider_of(keys), Attempt()
    address = provider.begin(attempt, BACK)
    asked = parse_qs(urlsplit(address).query)
    assert address.startswith(f"{keys.issuer}/authorize?tenant=one&response_type=code")
    assert (asked["redirect_uri"], asked["state"]) == ([BACK], [attempt.state])
    assert attempt.verifier not in address
    assert attempt.secret not in address

    claims = provider.claims(attempt, BACK, keys.code_for(address), keys.issuer)

    assert (claims["sub"], claims["credit_department"]) == ("wang", "market-zj")
    ((shown, _),) = keys.redeemed
    told = base64.b64decode((shown or "").removeprefix("Basic ")).decode()
    assert told == "pages%20of%20the%20ledger:s%3Ae%26c%20r%25t"


def test_a_client_shows_its_secret_as_the_provider_takes_it_or_has_none(keys: Keys) -> None:
    keys.told = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    for secret in (SECRET, None):
        provider, attempt = provider_of(keys, secret), Attempt()
        provider.claims(attempt, BACK, keys.code_for(provider.begin(attempt, BACK)))
        shown, said = keys.redeemed[-1]
        assert (shown, said["client_id"], said.get("client_secret")) == (None, CLIENT, secret)


def test_all_of_an_attempt_is_drawn_from_its_secret_and_nothing_tells_the_rest() -> None:
    one, other = Attempt(), Attempt()
    drawn = {one.secret, one.state, one.nonce, one.verifier, other.state, other.nonce}
    assert len(drawn) == 6
    assert (Attempt(one.secret).state, Attempt(one.secret).verifier) == (one.state, one.verifier)
    assert one.is_of(one.state)
    assert not any(one.is_of(each) for each in (other.state, "", one.state[:-1], "é🙈"))
    assert len(one.verifier) >= 43  # RFC 7636, 4.1


UNFIT: Final[dict[str, dict[str, Any]]] = {
    "another nonce": {"nonce": Attempt().nonce},
    "no nonce": {"nonce": None},
    "nonce is a list": {"nonce": ["x"]},
    "another issuer": {"iss": "https://id.example.org"},
    "another client": {"aud": AUDIENCE},
    "presented by another": {"azp": AUDIENCE},
    "several audiences, presented by nobody": {"aud": [CLIENT, AUDIENCE]},
    "has ended": {"exp": 1_700_000_000},
    "ends as it comes": {"exp": int(now().timestamp()) - 5},
    "nobody": {"sub": None},
    "sub is a number": {"sub": 5},
    "key of another": {"key": RSAKey.generate_key(2048, {"kid": "one"})},
}


@pytest.mark.parametrize("name", UNFIT)
def test_a_token_that_was_not_made_for_this_attempt_signs_nobody_in(name: str, keys: Keys) -> None:
    provider = provider_of(keys)
    keys.changed = UNFIT[name]
    attempt = Attempt()
    code = keys.code_for(provider.begin(attempt, BACK))
    with pytest.raises(AnswerUnfitError):
        provider.claims(attempt, BACK, code)


def test_a_code_counts_once_for_its_attempt_and_address_and_from_its_provider(keys: Keys) -> None:
    provider, attempt, other = provider_of(keys), Attempt(), Attempt()
    address = provider.begin(attempt, BACK)
    code = keys.code_for(address)
    provider.claims(attempt, BACK, code)
    for given in (
        (attempt, BACK, code),  # used
        (other, BACK, keys.code_for(address)),  # of another browser
        (attempt, BACK.replace("zh", "en"), keys.code_for(address)),  # led back elsewhere
        (attempt, BACK, keys.code_for(address), "https://id.example.org"),  # of another provider
    ):
        with pytest.raises(AnswerUnfitError):
            provider.claims(*given)


def test_a_provider_that_names_itself_must_do_so(keys: Keys) -> None:
    keys.told = {"authorization_response_iss_parameter_supported": True}
    provider, attempt = provider_of(keys), Attempt()
    code = keys.code_for(provider.begin(attempt, BACK))
    with pytest.raises(AnswerUnfitError):
        provider.claims(attempt, BACK, code)
    assert keys.redeemed == []
    assert provider.claims(attempt, BACK, code, keys.issuer)["sub"] == "wang"


@pytest.mark.parametrize(
    "answer",
    [
        (500, b"{}"),
        (401, b'{"error": "invalid_client"}'),
        (200, b"{"),
        (200, b"[]"),
        (200, b'{"id_token": 5}'),
        (302, b"{}"),
    ],
    ids=str,
)
def test_an_answer_that_is_none_is_told_as_away(answer: tuple[int, bytes], keys: Keys) -> None:
    provider, attempt = provider_of(keys), Attempt()
    code = keys.code_for(provider.begin(attempt, BACK))
    keys.answer = answer
    with pytest.raises(ProviderAwayError):
        provider.claims(attempt, BACK, code)


@pytest.mark.parametrize(
    "told",
    [
        {"issuer": "https://id.example.org"},
        {"authorization_endpoint": "http://id.example.org/authorize"},
        {"authorization_endpoint": None},
    ],
    ids=str,
)
def test_nobody_is_led_where_a_browser_could_be_listened_to(
    told: dict[str, Any], keys: Keys
) -> None:
    keys.told = told
    with pytest.raises(ProviderAwayError):
        provider_of(keys).begin(Attempt(), BACK)


def test_a_provider_is_asked_seldom_and_what_it_told_counts_on_while_it_is_away() -> None:
    passed = [0.0]
    with serving(Keys()) as keys:
        provider = SignInProvider(keys.issuer, Client(CLIENT, None), now, lambda: passed[0])
        begun = [provider.begin(Attempt(), BACK) for _ in range(5)]
        assert keys.asked == 1
    passed[0] = DISCOVERED_AGAIN_S + 1
    assert provider.begin(Attempt(), BACK).split("?")[0] == begun[0].split("?")[0]
    with pytest.raises(ProviderAwayError):
        SignInProvider(keys.issuer, Client(CLIENT, None), now).begin(Attempt(), BACK)


def test_where_to_sign_out_is_told_once_the_provider_was_asked(keys: Keys) -> None:
    provider = provider_of(keys)
    assert provider.leave(BACK) is None
    provider.begin(Attempt(), BACK)
    address = provider.leave(BACK) or ""
    assert address.startswith(f"{keys.issuer}/end?")
    assert parse_qs(urlsplit(address).query)["post_logout_redirect_uri"] == [BACK]


def test_settings_name_a_client_and_a_file_that_is_nobody_elses(tmp_path: Path) -> None:
    file = tmp_path / "client.secret"
    file.write_text(f"{SECRET}\n")
    file.chmod(0o600)
    client = {"CREDIT_LEDGER_OIDC_CLIENT": CLIENT}
    with_file = {**client, "CREDIT_LEDGER_OIDC_SECRET_FILE": str(file)}
    assert read_client({}) is None
    assert read_client(client) == Client(CLIENT, None)
    assert read_client(with_file) == Client(CLIENT, SECRET)
    issuer = {"CREDIT_LEDGER_OIDC_ISSUER": "https://id.example.org"}
    whole = {**issuer, "CREDIT_LEDGER_OIDC_AUDIENCE": AUDIENCE}
    assert read_sign_in(now, whole) is None
    found = read_sign_in(now, {**whole, **client})
    assert found is not None
    assert found.name == "id.example.org"
    for wrong in (
        client,
        {"CREDIT_LEDGER_OIDC_SECRET_FILE": str(file)},
        {**with_file, "CREDIT_LEDGER_OIDC_SECRET_FILE": str(tmp_path / "none")},
    ):
        with pytest.raises(ClientSettingError):
            read_sign_in(now, wrong)
    with pytest.raises(ProviderSettingError):
        read_sign_in(now, {**client, **issuer})
    file.chmod(0o644)
    with pytest.raises(ClientSettingError) as refused:
        read_client(with_file)
    assert SECRET not in str(refused.value)
