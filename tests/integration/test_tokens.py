"""Tokens of a real provider of OpenID Connect, asked over HTTP on a port; and those that are none."""

from __future__ import annotations

import base64
import hmac
import json
import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, urlsplit

import httpx
import psycopg
import pytest
from joserfc import jws
from joserfc.jwk import RSAKey
from oidc_provider_mock import User, run_server_in_thread
from psycopg_pool import ConnectionPool

from events.envelope import CHINA, Platform
from events.identifiers import is_person_token, person_token
from events.partitioning import LEDGER_PARTITIONS, partition_of
from events.rules.access import Role
from events.rules.rulebook import load_rulebook
from ops.doors.bearers import Bearers
from ops.doors.gate import KeyGate
from ops.doors.tokens import Provider, ProviderSettingError, Tokens, read_provider
from projections.access.inquiry import Inquiry
from projections.calendar.rules import RuleCalendar
from projections.http.application import create_service
from projections.ledger.message import Raw
from projections.projector import Projector
from projections.store.database import create_control
from projections.store.store import Store
from tests.support import builders as a
from tests.support.asking import START_MS, client_of
from tests.support.given import value_of
from tests.support.identity import AUDIENCE, Keys, serving
from tests.support.patience import AMPLE_S

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.testclient import TestClient

pytestmark = pytest.mark.filterwarnings("ignore:get_jwt_config:DeprecationWarning")
"""The provider speaks to its library as that one was before; it is theirs to mend."""

NUMBER: Final = "330106199001010018"
PEPPER: Final = b"k" * 32
USERS: Final = (
    User(sub="wang", claims={"credit_roles": ["department"], "credit_department": "market-zj"}),
    User(sub=NUMBER, claims={"credit_roles": "person", "identity_number": NUMBER}),
    User(sub="nobody", claims={"email": "nobody@example.org"}),
    User(sub="made-up", claims={"credit_roles": ["department"], "credit_department": "moon-zj"}),
    User(
        sub="li", claims={"credit_roles": ["auditor", "operator"], "credit_department": "credit-zj"}
    ),
)


def now() -> datetime:
    return datetime.now(CHINA)


def token_of(number: str) -> str | None:
    return person_token(number, PEPPER) if number == NUMBER else None


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    with run_server_in_thread(user_claims=USERS) as server:
        yield f"http://localhost:{server.server_port}"


def id_token(provider: str, user: str) -> str:
    """Sign in as a browser and its site do: code, then tokens."""
    back = "http://localhost/back"
    asked = {
        "client_id": AUDIENCE,
        "redirect_uri": back,
        "response_type": "code",
        "scope": "openid",
    }
    with httpx.Client(base_url=provider, timeout=AMPLE_S) as client:
        led = client.post("/oauth2/authorize", params=asked, data={"sub": user})
        code = parse_qs(urlsplit(led.headers["location"]).query)["code"][0]
        exchanged = {"grant_type": "authorization_code", "code": code, "redirect_uri": back}
        told = client.post("/oauth2/token", data=exchanged, auth=(AUDIENCE, "a secret"))
    token: str = told.raise_for_status().json()["id_token"]
    return token


def bearers_at(issuer: str) -> Bearers:
    return Bearers(Tokens(Provider(issuer, AUDIENCE), now), now, token_of)


@pytest.fixture
def connection(database: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database, autocommit=True) as found:
        create_control(found, LEDGER_PARTITIONS)
        yield found


def test_who_signs_in_at_a_provider_has_the_roles_of_the_claims(
    provider: str, connection: psycopg.Connection[Any]
) -> None:
    bearers = bearers_at(provider)
    found = {each.sub: bearers.askers(connection, id_token(provider, each.sub)) for each in USERS}

    (wang,) = found["wang"]
    assert (wang.role, wang.organisation, wang.person) == (Role.DEPARTMENT, "market-zj", "wang")
    assert [each.role for each in found["li"]] == [Role.AUDITOR, Role.OPERATOR]
    assert found["nobody"] == found["made-up"] == ()
    (person,) = found[NUMBER]
    assert person.role is Role.SUBJECT
    assert is_person_token(person.organisation or "")
    assert NUMBER not in repr(person)


def test_a_token_opens_what_its_role_is_given_and_is_recorded(
    provider: str, database: str, connection: psycopg.Connection[Any]
) -> None:
    calendar = RuleCalendar(load_rulebook())
    key, value = a.SUBJECT.encode(), value_of(a.a_penalty("T1", "2026-01-05"))
    Projector(Platform.ORGANISATION, Store("organisation_v1"), calendar).apply(
        connection, partition_of(a.SUBJECT), [Raw(0, START_MS, key, value)]
    )
    told: list[Inquiry] = []
    gate = KeyGate(None, now, bearers_at(provider).askers)
    gate.record = told.append  # type: ignore[method-assign]
    with ConnectionPool(database, kwargs={"autocommit": True}) as pool:
        client = client_of(create_service(pool, calendar, now, dict, gate=gate), None)
        path = "/v1/organisation/departments/market-zj/waits"
        given = asked(client, path, id_token(provider, "wang"))
        refused = asked(
            client, "/v1/organisation/departments/tax-zj/waits", id_token(provider, "wang")
        )
        nobody = asked(client, path, id_token(provider, "nobody"))

    assert (given.status_code, refused.status_code, nobody.status_code) == (200, 403, 401)
    assert [(each.person, each.outcome) for each in told] == [
        ("wang", "answered"),
        ("wang", "not_own"),
    ]
    assert all((each.key_id or "").startswith("oidc:") for each in told)


def asked(client: TestClient, path: str, token: str) -> Any:
    return client.get(path, headers={"Authorization": f"Bearer {token}"})


@pytest.fixture(scope="module")
def keys() -> Iterator[Keys]:
    with serving(Keys()) as found:
        yield found


def part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def by_the_public_key(keys: Keys) -> str:
    """Sign by HMAC with what everybody can read: the provider's public key."""
    said = f"{part({'alg': 'HS256', 'kid': 'one'})}.{part(keys.claims())}"
    seal = hmac.digest(keys.key.as_pem(private=False), said.encode(), "sha256")
    return f"{said}.{base64.urlsafe_b64encode(seal).rstrip(b'=').decode()}"


BAD: Final[dict[str, Any]] = {
    "alg none": lambda k: f"{part({'alg': 'none', 'kid': 'one'})}.{part(k.claims())}.",
    "alg none, signed": lambda k: (
        f"{part({'alg': 'none', 'kid': 'one'})}.{part(k.claims())}.{k.token().split('.')[2]}"
    ),
    "hmac with the public key": by_the_public_key,
    "key of another": lambda k: k.token(key=RSAKey.generate_key(2048, {"kid": "one"})),
    "unknown kid": lambda k: k.token({"kid": "two"}),
    "no kid": lambda k: k.token({"kid": None}),
    "another typ": lambda k: k.token({"typ": "logout+jwt"}),
    "wrong issuer": lambda k: k.token(iss="https://example.org"),
    "issuer with a slash": lambda k: k.token(iss=f"{k.issuer}/"),
    "wrong audience": lambda k: k.token(aud="another"),
    "audiences without ours": lambda k: k.token(aud=["another", "credit-ledger-2"]),
    "no audience": lambda k: k.token(aud=None),
    "expired": lambda k: k.token(exp=int(time.time()) - 120),
    "no end": lambda k: k.token(exp=None),
    "end as a text": lambda k: k.token(exp="2999-01-01"),
    "not yet": lambda k: k.token(nbf=int(time.time()) + 120),
    "begin as a text": lambda k: k.token(nbf="soon"),
    "payload altered": lambda k: ".".join(
        [k.token().split(".")[0], part(k.claims(sub="li")), k.token().split(".")[2]]
    ),
    "signature cut": lambda k: k.token()[:-8],
    "64 KB": lambda k: k.token(note="x" * 65_536),
    "claims are a list": lambda k: jws.serialize_compact(
        {"alg": "RS256", "kid": "one"}, b"[1]", k.key
    ),
    "claims are no JSON": lambda k: jws.serialize_compact(
        {"alg": "RS256", "kid": "one"}, b"{", k.key
    ),
    "header is a list": lambda k: f"{part([1])}.{part(k.claims())}.x",
    "kid is a number": lambda k: f"{part({'alg': 'RS256', 'kid': 1})}.{part(k.claims())}.x",
    "four parts": lambda k: f"{k.token()}.x",
    "critical header": lambda k: (
        f"{part({'alg': 'RS256', 'kid': 'one', 'crit': ['b64'], 'b64': False})}.{part(k.claims())}.x"
    ),
    "nothing": lambda _: "",
    "two points": lambda _: "..",
    "no ASCII": lambda _: "é.🙈.x",
}


def test_a_good_token_counts(keys: Keys) -> None:
    tokens = Tokens(Provider(keys.issuer, AUDIENCE), now)

    assert (tokens.claims(keys.token()) or {})["sub"] == "wang"
    assert tokens.claims(keys.token({"typ": None}, aud=["x", AUDIENCE], nbf=None)) is not None
    assert tokens.claims(keys.token({"typ": "at+jwt"})) is not None


@pytest.mark.parametrize("bad", BAD)
def test_a_bad_token_is_none(bad: str, keys: Keys) -> None:
    tokens = Tokens(Provider(keys.issuer, AUDIENCE), now)
    assert tokens.claims(keys.token()) is not None

    assert tokens.claims(BAD[bad](keys)) is None


def test_keys_are_asked_for_once_a_minute_at_most_and_a_new_one_counts_then() -> None:
    passed = [0.0]
    with serving(Keys()) as keys:
        tokens = Tokens(Provider(keys.issuer, AUDIENCE), now, lambda: passed[0])
        assert tokens.claims(keys.token()) is not None
        new = RSAKey.generate_key(2048, {"kid": "two"})
        keys.shown.append(dict(new.as_dict(private=False)))
        asked_before = keys.asked
        for _ in range(50):
            assert tokens.claims(keys.token({"kid": "two"}, new)) is None
        assert keys.asked == asked_before
        passed[0] = 61.0
        assert tokens.claims(keys.token({"kid": "two"}, new)) is not None
        assert keys.asked == asked_before + 2
    passed[0] = 200.0
    assert tokens.claims(keys.token({"kid": "three"})) is None, "the provider is away"
    assert tokens.claims(keys.token()) is not None, "keys that are known still count"


def test_a_provider_that_says_another_issuer_has_no_keys(keys: Keys) -> None:
    other = keys.issuer.replace("127.0.0.1", "localhost")
    tokens = Tokens(Provider(other, AUDIENCE), now)
    assert tokens.claims(keys.token(iss=other)) is None


@pytest.mark.parametrize(
    "said",
    [
        {"CREDIT_LEDGER_OIDC_ISSUER": "https://id.example.org"},
        {"CREDIT_LEDGER_OIDC_AUDIENCE": AUDIENCE},
        {
            "CREDIT_LEDGER_OIDC_ISSUER": "http://id.example.org",
            "CREDIT_LEDGER_OIDC_AUDIENCE": AUDIENCE,
        },
    ],
)
def test_a_provider_is_named_whole_and_reached_safely(said: dict[str, str]) -> None:
    assert read_provider({}) is None
    with pytest.raises(ProviderSettingError):
        read_provider(said)


def test_a_row_that_has_ended_makes_no_role() -> None:
    from events.rules.access import load_claim_rows  # noqa: PLC0415 - beside what it is held to
    from projections.access.claims import askers_by_claims  # noqa: PLC0415 - likewise

    claims = {
        "iss": "i",
        "sub": "wang",
        "credit_roles": "auditor",
        "credit_department": "credit-zj",
    }
    rows, today = load_claim_rows(), now().date()
    assert [each.role for each in askers_by_claims(claims, rows, today, token_of)] == [Role.AUDITOR]
    before = min(each.start for each in rows) - timedelta(days=1)
    assert askers_by_claims(claims, rows, before, token_of) == ()
    assert a.SUBJECT not in repr(rows)
