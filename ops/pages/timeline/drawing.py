"""The drawing of a timeline: for each record a strip, with a rectangle for what was known of it."""

from __future__ import annotations

from datetime import date, datetime
from itertools import groupby
from typing import TYPE_CHECKING, Final, NamedTuple

from events.envelope import CHINA

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from projections.as_of.timeline import RecordStretch

WIDTH: Final = 1000
ROW: Final = 18
_EDGE_DAYS: Final = 30


class DrawnRow(NamedTuple):
    """What was known of a record for a while: from `x` to `until_x`, then faint to `edge_x`.

    `is_known` says that this is what was known at the crosshair, `holds` that it had come about.
    """

    x: int
    until_x: int
    edge_x: int
    y: int
    stretch: RecordStretch
    known_from: datetime
    known_until: datetime | None
    is_known: bool
    holds: bool


class Strip(NamedTuple):
    """A record, with what was known of it from the first to the last."""

    rows: list[DrawnRow]

    @property
    def height(self) -> int:
        """How high it is drawn."""
        return ROW * len(self.rows)

    @property
    def last(self) -> RecordStretch:
        """What is known of it by now, or was last."""
        return self.rows[-1].stretch


class Drawing(NamedTuple):
    """All strips on one scale of days from `first` to `last`; `cross_x` is the day asked for."""

    first: date
    last: date
    cross_x: int
    strips: list[Strip]


def drawn(
    stretches: Sequence[RecordStretch], valid_on: date, known_at_ms: int, today: date
) -> Drawing:
    """Lay out the strips."""
    days = [valid_on, today, *(each.said.day for each in stretches)]
    days += [each.said.held_from for each in stretches]
    days += [each.said.ended_on for each in stretches if each.said.ended_on is not None]
    first, last = min(days).toordinal() - _EDGE_DAYS, max(days).toordinal() + _EDGE_DAYS

    def x_of(day: date) -> int:
        return round(WIDTH * (day.toordinal() - first) / (last - first))

    def rows(own: Iterator[RecordStretch]) -> Iterator[DrawnRow]:
        for number, each in enumerate(own):
            said = each.said
            until = each.known_until_ms
            is_known = each.known_from_ms <= known_at_ms and (until is None or known_at_ms < until)
            x = x_of(said.held_from)
            edge_x = WIDTH if said.held_until is None else x_of(said.held_until)
            yield DrawnRow(
                x,
                edge_x if said.ended_on is None else max(min(x_of(said.ended_on), edge_x), x),
                edge_x,
                number * ROW,
                each,
                _moment(each.known_from_ms),
                None if until is None else _moment(until),
                is_known,
                each.holds(valid_on, known_at_ms),
            )

    strips = [Strip([*rows(own)]) for _, own in groupby(stretches, key=_record)]
    return Drawing(date.fromordinal(first), date.fromordinal(last), x_of(valid_on), strips)


def _record(stretch: RecordStretch) -> str:
    return stretch.said.event_id


def _moment(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, CHINA)
