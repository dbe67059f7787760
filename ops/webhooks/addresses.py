"""Where a webhook may be sent: https, or http to the loopback; to no private address by mistake.

The name is resolved anew for every attempt, all of its addresses are looked at, and the connection
goes to the address that was looked at: a name that is moved to a private address leads nowhere.
"""

from __future__ import annotations

import asyncio
import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from events.errors import LedgerError

Address = IPv4Address | IPv6Address

_URL_CHARACTERS_MAX: Final = 2_000
_LOOPBACK_NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_NAT64: Final = IPv6Network("64:ff9b::/96")
"""Addresses of the other protocol within (RFC 6052)."""
_PORTS: Final = {"https": 443, "http": 80}


class WebhookAddressError(LedgerError):
    """An address is not one that a webhook may be sent to."""


class WebhookPrivateError(LedgerError):
    """An address is private, and nobody allowed that: nothing would ever be sent to it."""


class WebhookTarget(NamedTuple):
    """Where to send: the parts of a URL that was looked at."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def is_loopback(self) -> bool:
        """Say whether it is this machine by name, so that its address may be, too."""
        return self.host in _LOOPBACK_NAMES

    @property
    def authority(self) -> str:
        """Give what the Host header says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def read_target(url: str) -> WebhookTarget:
    """Read a URL. Raises `WebhookAddressError` naming what is wrong with it."""
    shown = repr(url[:80])
    if len(url) > _URL_CHARACTERS_MAX or not url.isascii() or not url.isprintable() or " " in url:
        raise WebhookAddressError(f"{shown}: a URL of at most 2,000 characters of ASCII, no blanks")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise WebhookAddressError(f"{shown}: {error}") from None
    if parts.scheme not in _PORTS or not parts.hostname:
        raise WebhookAddressError(f"{shown}: https://HOST/PATH, or http://127.0.0.1:PORT/PATH")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise WebhookAddressError(
            f"{shown}: no user, password or #fragment; who sends is told by the signature"
        )
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    target = WebhookTarget(parts.scheme, parts.hostname.lower(), port or _PORTS[parts.scheme], path)
    if target.scheme == "http" and not target.is_loopback:
        raise WebhookAddressError(f"{shown}: http is for the loopback address alone; use https")
    return target


def may_go_to(address: Address, *, loopback: bool, private: bool) -> bool:
    """Say whether an address may be connected to.

    `loopback`: the URL names this machine. `private`: an operator allowed private addresses; those
    of a single link, as where clouds keep credentials, are never among them.
    """
    address = _within(address)
    if address.is_unspecified or address.is_multicast or address.is_link_local:
        return False
    if address.is_loopback:
        return loopback or private
    return private or address.is_global


def check_written(target: WebhookTarget, url: str, *, private: bool) -> None:
    """Look at an address that is written in the URL itself. Raises `WebhookPrivateError`.

    What a name leads to is looked at before each attempt, for it may move (`resolved`).
    """
    try:
        address = ip_address(target.host)
    except ValueError:
        return
    if not may_go_to(address, loopback=target.is_loopback, private=private):
        raise WebhookPrivateError(
            f"{url[:80]!r}: not a public address, so nothing would be sent; --allow-private where"
            " the receiver is within an office (of a single link, never)",
            url=url[:80],
        )


def _within(address: Address) -> Address:
    """Give the address that another one stands for."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour or address


async def resolved(target: WebhookTarget, *, private: bool) -> Address:
    """Look a name up, and give the address to connect to.

    Raises `WebhookAddressError` where any of its addresses is one that may not be connected to.
    """
    try:
        found = await asyncio.get_running_loop().getaddrinfo(
            target.host, target.port, type=socket.SOCK_STREAM
        )
    except OSError as error:
        raise WebhookAddressError(f"{target.host}: no address ({error.strerror})") from None
    addresses = [ip_address(str(each[4][0]).partition("%")[0]) for each in found]
    for address in addresses:
        if not may_go_to(address, loopback=target.is_loopback, private=private):
            raise WebhookAddressError(f"{target.host}: leads to {address}, which is not public")
    if not addresses:
        raise WebhookAddressError(f"{target.host}: no address")
    return addresses[0]
