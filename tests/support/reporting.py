"""Reporting over HTTP, as a department's program does it."""

from __future__ import annotations

import time
from typing import Any

import httpx

from tests.support.asking import LOCAL_KEY
from tests.support.patience import AMPLE_S

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
            timeout=AMPLE_S,
        )

    def fates(self, receipt: str) -> dict[int, dict[str, Any]]:
        """Ask until nothing is on its way any more."""
        until = time.monotonic() + AMPLE_S
        while True:
            place = f"{self.address}/v1/submissions/{receipt}"
            told = httpx.get(place, headers=KEY, timeout=AMPLE_S).json()["lines"]
            if all(each["fate"] != "accepted" for each in told) or time.monotonic() > until:
                return {each["line"]: each for each in told}
            time.sleep(0.2)
