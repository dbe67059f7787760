"""Reporting over HTTP, as a department's program does it."""

from __future__ import annotations

import time
from typing import Any

import httpx

from tests.support.asking import LOCAL_KEY

KEY = {"Authorization": f"Bearer {LOCAL_KEY}"}


class ReportingService:
    """The service of a running ledger, as a department's program asks it."""

    def __init__(self, address: str) -> None:
        self.address = address

    def post(self, body: bytes | str, kind: str, **options: Any) -> httpx.Response:
        return httpx.post(
            f"{self.address}/v1/submissions",
            content=body,
            params=options,
            headers={**KEY, "Content-Type": kind},
            timeout=60,
        )

    def fates(self, receipt: str) -> dict[int, dict[str, Any]]:
        """Ask until nothing is on its way any more."""
        until = time.monotonic() + 60
        while True:
            told = httpx.get(f"{self.address}/v1/submissions/{receipt}", headers=KEY).json()[
                "lines"
            ]
            if all(each["fate"] != "accepted" for each in told) or time.monotonic() > until:
                return {each["line"]: each for each in told}
            time.sleep(0.2)
