"""A webhook goes to public addresses by https, or to the loopback that is named; a moved name leads nowhere."""

from __future__ import annotations

import asyncio
import socket
from ipaddress import ip_address
from typing import Any

import pytest

from ops.webhooks.addresses import (
    WebhookAddressError,
    WebhookPrivateError,
    check_written,
    may_go_to,
    read_target,
    resolved,
)

PRIVATE = (
    *("10.0.0.1", "172.16.3.4", "192.168.1.1", "100.64.0.1", "fd00::1", "::ffff:10.0.0.1"),
    *("2002:0a00:0001::1", "64:ff9b::a00:1"),
)
NEVER = ("0.0.0.0", "169.254.169.254", "224.0.0.1", "fe80::1", "::", "::ffff:169.254.169.254")  # noqa: S104 - refused


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_address_is_for_whom_an_operator_allowed_it(address: str) -> None:
    assert not may_go_to(ip_address(address), loopback=True, private=False)
    assert may_go_to(ip_address(address), loopback=False, private=True)


@pytest.mark.parametrize("address", NEVER)
def test_an_address_of_a_single_link_is_for_nobody(address: str) -> None:
    assert not may_go_to(ip_address(address), loopback=True, private=True)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
def test_the_loopback_is_for_who_names_it(address: str) -> None:
    assert may_go_to(ip_address(address), loopback=True, private=False)
    assert not may_go_to(ip_address(address), loopback=False, private=False)


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700::1111", "64:ff9b::101:101"])
def test_a_public_address_is_for_everybody(address: str) -> None:
    assert may_go_to(ip_address(address), loopback=False, private=False)


@pytest.mark.parametrize(
    "url",
    [
        *("http://example.com/", "ftp://example.com/", "example.com", "https://", "//x", ""),
        *(
            "https://u:p@example.com/",
            "https://example.com/#a",
            "https://例子.中国/",
            "https://a b/",
        ),
        *(
            "https://example.com:99999/",
            "http://[::1",
            "http://localhost.example.com/",
            "https:///x",
        ),
        "https://example.com/\r\nHost: other",
    ],
)
def test_what_is_no_address_of_a_receiver_is_refused_by_name(url: str) -> None:
    with pytest.raises(WebhookAddressError):
        read_target(url)


@pytest.mark.parametrize(
    ("url", "authority", "path"),
    [
        ("https://Example.com/a?b=c", "example.com", "/a?b=c"),
        ("https://example.com:8443", "example.com:8443", "/"),
        ("http://127.0.0.1:9000/x", "127.0.0.1:9000", "/x"),
        ("http://[::1]:9000/", "[::1]:9000", "/"),
    ],
)
def test_a_receiver_is_read(url: str, authority: str, path: str) -> None:
    assert (read_target(url).authority, read_target(url).path) == (authority, path)


@pytest.mark.parametrize(
    "led_to", [["10.0.0.1"], ["93.184.215.14", "10.0.0.1"], ["127.0.0.1"], ["fe80::1%2"], []]
)
def test_a_name_that_leads_to_a_private_address_leads_nowhere(
    led_to: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def look(*_: Any, **__: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, 443)) for each in led_to]

    async def ask() -> object:
        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", look, raising=False)
        return await resolved(read_target("https://receiver.example/"), private=False)

    with pytest.raises(WebhookAddressError):
        asyncio.run(ask())


@pytest.mark.parametrize("host", ["10.0.0.1", "192.168.3.4", "[fd00::1]", "[::ffff:10.0.0.1]"])
def test_a_private_address_that_is_written_out_is_refused_at_once(host: str) -> None:
    url = f"https://{host}/x"
    with pytest.raises(WebhookPrivateError, match="--allow-private"):
        check_written(read_target(url), url, private=False)
    check_written(read_target(url), url, private=True)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8/x", "https://a.example/x", "https://1.1.1.1/"])
def test_another_address_is_taken_as_it_is_written(url: str) -> None:
    check_written(read_target(url), url, private=False)
