"""Off the loopback address nothing is served in the clear, and behind a proxy to nobody else."""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
from typing import TYPE_CHECKING

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from ops.connections import BoundedProtocol
from ops.desk import SubmissionDesk
from ops.serving import OpenToAllError, Tls, TlsUnusableError, application, serve
from ops.vault.opener import VaultOpener
from tests.support.asking import running
from tests.support.patience import AMPLE_S

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.requests import Request


async def scheme(request: Request) -> PlainTextResponse:
    return PlainTextResponse(request.url.scheme)


def app() -> Starlette:
    return Starlette(routes=[Route("/", scheme)])


@pytest.fixture
def tls(tmp_path: Path) -> Tls:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ledger.example")])
    now = dt.datetime.now(dt.UTC)
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )
    made = Tls(tmp_path / "tls.crt", tmp_path / "tls.key")
    pem = serialization.Encoding.PEM
    made.certificate.write_bytes(certificate.public_bytes(pem))
    made.key.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return made


def test_off_the_loopback_it_does_not_start_in_the_clear() -> None:
    with pytest.raises(OpenToAllError, match=r"0\.0\.0\.0: .* name a certificate, or the proxy"):
        serve("", "", host="0.0.0.0")  # noqa: S104 - that is the point


def test_with_a_certificate_it_speaks_tls_and_nothing_else(tls: Tls) -> None:
    trusted = ssl.create_default_context(cafile=str(tls.certificate))
    with running(app(), **tls.checked()) as address:
        assert httpx.get(address, verify=trusted, timeout=AMPLE_S).text == "https"
        with pytest.raises(httpx.HTTPError):
            httpx.get(address.replace("https", "http"), timeout=AMPLE_S)


def test_a_certificate_that_cannot_be_used_is_told_by_its_file(tls: Tls) -> None:
    away = tls._replace(key=tls.key.with_name("away.key"))
    with pytest.raises(TlsUnusableError, match=r"away\.key: no such file"):
        away.checked()
    swapped = Tls(tls.key, tls.certificate)
    with pytest.raises(TlsUnusableError, match="no certificate with its key"):
        swapped.checked()


def test_behind_a_proxy_nobody_else_may_connect(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BoundedProtocol, "peers", frozenset({"127.0.0.2"}))
    forwarded = {"X-Forwarded-Proto": "https"}
    way = httpx.HTTPTransport(local_address="127.0.0.2")
    with (
        running(app(), forwarded_allow_ips=["127.0.0.2"]) as address,
        httpx.Client(transport=way) as proxy,
    ):
        assert proxy.get(address, headers=forwarded).text == "https"
        with pytest.raises(httpx.HTTPError):
            httpx.get(address, timeout=AMPLE_S)


def test_a_service_that_ends_lets_go_of_what_desk_and_opener_keep(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    let_go: list[type] = []
    for kept in (SubmissionDesk, VaultOpener):
        monkeypatch.setattr(kept, "close", lambda self: let_go.append(type(self)))
    service, _ = application("postgresql://nobody@127.0.0.1:1/none", "127.0.0.1:1")
    with TestClient(service):
        assert let_go == []
    assert let_go == [SubmissionDesk, VaultOpener]
