"""What was concluded of single matters on a day, kept from event to event of a long record. Pure.

A batch may bring thousands of events about one subject. What of a matter follows from itself and
the day alone is concluded once; what else decides on it is concluded anew.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence  # noqa: TC003 - mypyc needs them at run time
from typing import TYPE_CHECKING, Any, final

from events.types.measure import MeasureInitiated

if TYPE_CHECKING:
    from events.event import Event
    from projections.calendar.rules import RulesOfDay


@final
class KeptOfDay:
    """One conclusion of each of some matters, on one day."""

    def __init__(self) -> None:
        """Begin with nothing kept."""
        self._rules: object = None
        self._known: dict[str, tuple[Any, Any]] = {}

    def of(
        self, matters: Sequence[Any], rules: RulesOfDay, conclude: Callable[[Any], Any]
    ) -> list[Any]:
        """Give what is concluded of each; anew only where the matter is another than it was."""
        if rules is not self._rules:
            self._rules = rules
            self._known.clear()
        known = self._known
        concluded: list[Any] = []
        for matter in matters:
            kept = known.get(matter.event_id)
            if kept is None or kept[0] is not matter:
                kept = known[matter.event_id] = matter, conclude(matter)
            concluded.append(kept[1])
        return concluded


@final
class KeptParts:
    """What is kept of a record, by what it is."""

    def __init__(self) -> None:
        """Begin with nothing kept."""
        self.lists = KeptOfDay()
        self.notices = KeptOfDay()
        self.marks = KeptOfDay()
        self.objections = KeptOfDay()
        self.applications = KeptOfDay()
        self.measures = KeptOfDay()
        """How measures stand, as long as no other record changes: any may be what one rests on."""
        self.responses = KeptOfDay()

    def change(self, event: Event) -> None:
        """Note that a record of this event was changed."""
        if type(event) is not MeasureInitiated:
            self.measures = KeptOfDay()
