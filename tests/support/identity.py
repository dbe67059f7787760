"""A provider of OpenID Connect that does as a test says, also what no real one would."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, urlsplit

from joserfc import jws
from joserfc.jwk import RSAKey

if TYPE_CHECKING:
    from collections.abc import Iterator

AUDIENCE: Final = "credit-ledger"


@cache
def key_named(kid: str) -> RSAKey:
    """Give a key under an id: made once, as that takes long."""
    return RSAKey.generate_key(2048, {"kid": kid})


class Keys:
    """A provider's pages, which counts how often it is asked: its keys, and what codes are good for.

    `told` is what it tells of itself beside, `changed` what its ID tokens say else, and `answer` what
    is answered to whoever redeems a code, whatever it is.
    """

    def __init__(self) -> None:
        self.key, other = key_named("one"), key_named("other")
        self.shown = [dict(each.as_dict(private=False)) for each in (self.key, other)]
        self.asked = 0
        self.issuer = ""
        self.told: dict[str, Any] = {}
        self.changed: dict[str, Any] = {}
        self.answer: tuple[int, bytes] | None = None
        self.redeemed: list[tuple[str | None, dict[str, str]]] = []
        self._codes: dict[str, dict[str, str]] = {}
        self._given = 0

    def pages(self) -> dict[str, Any]:
        self.asked += 1
        return {
            "/.well-known/openid-configuration": {
                "issuer": self.issuer,
                "jwks_uri": f"{self.issuer}/keys",
                "authorization_endpoint": f"{self.issuer}/authorize?tenant=one",
                "token_endpoint": f"{self.issuer}/token",
                "end_session_endpoint": f"{self.issuer}/end",
                **self.told,
            },
            "/keys": {"keys": self.shown},
        }

    def code_for(self, address: str) -> str:
        """Give a code for an address to which a browser was led, as if somebody signed in there."""
        asked = {name: value for name, (value,) in parse_qs(urlsplit(address).query).items()}
        self._given += 1
        code = f"code-{self._given}"
        self._codes[code] = asked
        return code

    def redeem(self, said: dict[str, str]) -> tuple[int, bytes]:
        """Answer a code once, to whoever shows the verifier of its challenge, at the same address."""
        if self.answer is not None:
            return self.answer
        asked = self._codes.pop(said.get("code", ""), None)
        digest = hashlib.sha256(said.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (
            asked is None
            or (asked["code_challenge_method"], asked["code_challenge"]) != ("S256", challenge)
            or asked["redirect_uri"] != said["redirect_uri"]
        ):
            return 400, b'{"error": "invalid_grant"}'
        token = self.token(**{"nonce": asked["nonce"], "aud": asked["client_id"], **self.changed})
        return 200, json.dumps({"token_type": "Bearer", "id_token": token}).encode()

    def claims(self, **changes: Any) -> dict[str, Any]:
        at = int(time.time())
        fine = {"iss": self.issuer, "aud": AUDIENCE, "exp": at + 600, "nbf": at - 5, "sub": "wang"}
        claims = {**fine, "credit_roles": "department", "credit_department": "market-zj", **changes}
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, header: dict[str, Any] | None = None, key: Any = None, **changes: Any) -> str:
        said = {"alg": "RS256", "kid": "one", "typ": "JWT", **(header or {})}
        said = {name: value for name, value in said.items() if value is not None}
        payload = json.dumps(self.claims(**changes)).encode()
        return jws.serialize_compact(said, payload, key or self.key, algorithms=[said["alg"]])


@contextmanager
def serving(keys: Keys) -> Iterator[Keys]:
    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(200, json.dumps(keys.pages()[self.path]).encode())

        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
            said = {name: value for name, (value,) in parse_qs(sent).items()}
            keys.redeemed.append((self.headers.get("Authorization"), said))
            self._answer(*keys.redeem(said))

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    keys.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield keys
    server.shutdown()
    server.server_close()
