"""What is asked of a subject's state, as one value: whose, of which day, as known when. Pure.

It is passed on whole to whoever answers: from Postgres, from Kafka alone, for a yearly evaluation.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

import msgspec

from events.envelope import CHINA, Platform
from projections.as_of.cut import cut_of

_EPOCH: Final = datetime(1970, 1, 1, 8, tzinfo=CHINA)


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """A subject's state valid on a day: as known before a cut, at a moment, or by now.

    `cut` gives the first offset not known of each partition it names, and goes before
    `known_at_ms`, a moment in milliseconds since 1970. Rules are those of `valid_on`, or of
    `rules_on` where given.
    """

    platform: Platform
    subject_id: str
    valid_on: date
    cut: Mapping[int, int] | None = None
    known_at_ms: int | None = None
    rules_on: date | None = None

    @property
    def rules_of(self) -> date:
        """Give the day whose rules are used."""
        return self.rules_on or self.valid_on

    @property
    def moment_ms(self) -> int | None:
        """Give the moment, where it decides what is known."""
        return self.known_at_ms if self.cut is None else None

    @property
    def known_at(self) -> str | None:
        """Write that moment, in China, to the millisecond."""
        return None if self.moment_ms is None else moment_text(self.moment_ms)

    def cut_of(self, partition: int) -> int | None:
        """Give the part of a given cut; None without one. Raises `CutSilentError`."""
        return None if self.cut is None else cut_of(self.cut, partition)


class Part(NamedTuple):
    """The part of the ledger that is known: the subject's partition, and the first offset not."""

    partition: int
    cut: int


def moment_text(moment_ms: int) -> str:
    """Write a moment, given in milliseconds since 1970, in China, to the millisecond."""
    moment = _EPOCH + timedelta(milliseconds=moment_ms)
    return moment.isoformat(timespec="milliseconds")


def ms_of(moment: datetime) -> int:
    """Give the millisecond in which a moment lies, since 1970.

    Counted in whole numbers: by way of a float, every few moments come to the millisecond before.
    """
    return (moment - _EPOCH) // timedelta(milliseconds=1)
