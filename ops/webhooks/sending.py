"""One attempt: a message posted to the address that was looked at, and what the receiver said.

Only the status counts; not a byte of an answer is read. No redirect is followed, no proxy asked.
"""

from __future__ import annotations

import asyncio
import ssl
from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

import httpx

from ops.webhooks.addresses import WebhookAddressError, resolved

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ops.webhooks.addresses import WebhookTarget

WITHIN_S: Final = 15.0
"""For all of an attempt, however slowly a receiver goes on."""
_GONE: Final = 410
_TAKEN: Final = range(200, 300)


class SendOutcome(NamedTuple):
    """What came of an attempt: taken, ended by the receiver, or why not."""

    taken: bool
    gone: bool = False
    why: str = ""
    retry_after: timedelta | None = None


def create_client() -> httpx.AsyncClient:
    """Make what attempts share. Whom to trust, `SSL_CERT_FILE` may name.

    No connection is kept: kept by address, one of another receiver there would be taken for one of
    this, whose certificate it never showed.
    """
    return httpx.AsyncClient(
        verify=ssl.create_default_context(),
        follow_redirects=False,
        trust_env=False,
        timeout=WITHIN_S,
        limits=httpx.Limits(max_keepalive_connections=0),
    )


async def send(
    client: httpx.AsyncClient,
    target: WebhookTarget,
    headers: Mapping[str, str],
    body: bytes,
    *,
    private: bool,
    within_s: float = WITHIN_S,
) -> SendOutcome:
    """Post a message once. It raises nothing: what goes wrong is an outcome."""
    try:
        async with asyncio.timeout(within_s):
            address = await resolved(target, private=private)
            host = f"[{address}]" if address.version == 6 else str(address)  # noqa: PLR2004 - IPv6
            async with client.stream(
                "POST",
                f"{target.scheme}://{host}:{target.port}{target.path}",
                content=body,
                headers={
                    **headers,
                    "host": target.authority,
                    "content-type": "application/json",
                    "user-agent": "credit-ledger-webhooks/1",
                },
                extensions={"sni_hostname": target.host},
            ) as answer:
                return _outcome(answer)
    except TimeoutError:
        return SendOutcome(taken=False, why=f"no answer within {within_s:g} s")
    except WebhookAddressError as error:
        return SendOutcome(taken=False, why=str(error))
    except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, OSError) as error:
        return SendOutcome(taken=False, why=f"{type(error).__name__}: {error}"[:200])


def _outcome(answer: httpx.Response) -> SendOutcome:
    status = answer.status_code
    if status in _TAKEN:
        return SendOutcome(taken=True)
    said = answer.headers.get("retry-after", "")
    seconds = int(said) if said.isascii() and said.isdecimal() and len(said) < 8 else None  # noqa: PLR2004 - a day has 86,400
    return SendOutcome(
        taken=False,
        gone=status == _GONE,
        why=f"HTTP {status}",
        retry_after=None if seconds is None else timedelta(seconds=seconds),
    )
