"""Up to where the ledger acknowledged what was appended: nothing is appended over a gap."""

from __future__ import annotations

import math
import threading
import time
from typing import TYPE_CHECKING, Final, Protocol

from events.topics import ledger_topic
from projections.store.control.submissions import acknowledged_ends, ledger_standings
from streams.witness import LedgerShortError, LogChangedError, note_breach_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from events.envelope import Platform
    from streams.connections import Connections
    from streams.publishing.producer import Span
    from streams.witness import Witness

    Ends = Mapping[tuple[str, int], int]
    """The offset after the last that was acknowledged, by topic and partition."""

LOOK_EVERY_S: Final = 1.0
"""How often it is asked whether the ledger still holds what it acknowledged, to whomever."""


class SignedLedgers(Protocol):
    """Whoever knows what was signed of the ledgers."""

    def check(self, platform: Platform) -> None:
        """Raise `LogChangedError` for the first place that does not hold what was signed."""
        ...


class LedgerEnd:
    """Looks, once in a while, that the ledgers hold what they acknowledged; remembers it between.

    A broker that loses the end of a log has ended and begun anew meanwhile, which takes longer
    than from one look to the next; what it acknowledges to us is known without a look.
    """

    def __init__(
        self, connections: Connections, witness: Witness, signed: SignedLedgers | None = None
    ) -> None:
        """Bind to the database that notes the ends, and to who looks at the log.

        `signed` knows what was signed of it, where a log is signed at all.
        """
        self._signed = signed
        self._connections = connections
        self._witness = witness
        self._ends: dict[str, dict[int, int]] = {}
        self._looked_at: dict[tuple[str, bool], float] = {}
        self._looking = threading.Lock()

    def look(self, platform: Platform, *, closely: bool = False) -> None:
        """Look at a ledger if it is time. Raises `LedgerShortError`.

        `closely` where work begins: then what the read models have read, and what was signed, must
        be there too.
        """
        topic = ledger_topic(platform)
        # Dozens of lanes open at once, and one look is enough for all of them.
        with self._looking:
            since_s = time.monotonic() - self._looked_at.get((topic, closely), -math.inf)
            if since_s >= LOOK_EVERY_S:
                self._ends[topic] = self._looked(topic, platform, closely=closely)
                self._looked_at[topic, closely] = time.monotonic()

    def _looked(self, topic: str, platform: Platform, *, closely: bool) -> dict[int, int]:
        """Give up to where the ledger acknowledged, once it was seen to hold that."""
        with self._connections.one() as connection:
            acknowledged = acknowledged_ends(connection, topic)
            applied = ledger_standings(connection, platform) if closely else {}
        try:
            self._witness.check_ends(topic, acknowledged)
            self._witness.check(topic, applied)
            if closely and self._signed is not None:
                self._signed.check(platform)
        except LogChangedError as error:
            note_breach_of(self._connections, error)
            raise LedgerShortError(str(error)) from error
        return acknowledged

    def look_anew(self) -> None:
        """Look before anything else is appended: the broker may come back with less than it had."""
        self._looked_at.clear()

    def known(self, topics: Collection[str]) -> Ends:
        """Give the ends of these ledgers as they are known now."""
        return {
            (topic, partition): end
            for topic in topics
            for partition, end in self._ends.get(topic, {}).items()
        }

    def took(self, before: Ends, placed: Mapping[tuple[str, int], Span]) -> Ends:
        """Note where what was appended has come to stand; give the ledgers' ends after it.

        What the broker loses between the last look and a round shows only in where that round came
        to stand. Raises `LedgerShortError` where that is the place of what was acknowledged
        `before`: it is not noted as admitted, and nothing follows it.
        """
        for (topic, partition), span in placed.items():
            end = before.get((topic, partition), 0)
            if span.first < end:
                detail = (
                    f"what was appended stands at {span.first}, and it had acknowledged up to {end}"
                )
                error = LogChangedError(topic, partition, end, detail)
                note_breach_of(self._connections, error)
                raise LedgerShortError(str(error))
        ends = {place: span.last + 1 for place, span in placed.items() if place[0] in self._ends}
        for (topic, partition), end in ends.items():
            self._ends[topic][partition] = max(end, self._ends[topic].get(partition, 0))
        return ends

    def behind(self, platform: Platform) -> dict[int, int]:
        """Give how many events of each partition the read models have yet to apply.

        Empty before there are read models.
        """
        with self._connections.one() as connection:
            applied = ledger_standings(connection, platform)
        ends = self._ends.get(ledger_topic(platform), {})
        return {p: ends.get(p, 0) - standing.next_offset for p, standing in applied.items()}
