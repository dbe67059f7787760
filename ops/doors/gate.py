"""The gate of the running service: keys as Postgres has them now, inquiries to the broker."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from ops.doors.reading import read_inquiries
from ops.doors.telling import Teller
from projections.store.control.keys import askers_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from psycopg import Connection

    from events.envelope import Platform
    from projections.access.asker import Asker
    from projections.http.asking.gate import Inquiry

KEY: Final = re.compile(r"crl_([0-9a-f]{12})_([0-9A-Za-z]{43})")
"""A key: its id, which is no secret, and 43 characters of 62, which hold 256 random bits."""


class KeyGate:
    """Knows who a key is, by the table: one that was revoked there is dead in every process."""

    def __init__(self, kafka: str, now: Callable[[], datetime]) -> None:
        """Keep where the broker is; `now` is in China."""
        self._kafka = kafka
        self._teller = Teller(kafka)
        self._now = now

    def askers(self, connection: Connection[Any], key: str) -> tuple[Asker, ...]:
        """Give who asks by a key in force, once for each of its roles; else none."""
        match = KEY.fullmatch(key)
        if match is None:
            return ()
        return askers_of(connection, match[1], match[2], self._now().date())

    def record(self, inquiry: Inquiry) -> None:
        """Have the broker acknowledge an inquiry. Raises `InquiryUnrecordedError`."""
        self._teller.record(inquiry)

    def catch_up(self, connection: Connection[Any], platform: Platform) -> None:
        """Read the topic of inquiries to its end."""
        read_inquiries(connection, self._kafka, platform)
