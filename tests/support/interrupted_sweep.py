"""A sweep in a process of its own that stops in the middle of a step, to be killed there.

`python -m tests.support.interrupted_sweep POSTGRES PARTITION DAY STEPS` sweeps some subjects a step,
as a rule changes on that day; after so many steps it has written the next, says so, and waits.
"""

from __future__ import annotations

import sys
from datetime import date
from typing import Any

import psycopg

from events.envelope import Platform
from events.rules.rulebook import load_rulebook
from ops.bench.sweep import changed_rules
from projections import projector
from projections.calendar.rules import RuleCalendar
from projections.store.store import Store

STEP = 10


class Stopping(Store):
    """A store that stops before the commit of a step, all of which is written."""

    left = 0

    def move_position(self, *arguments: Any) -> None:
        """Move it, and after the last step say so and wait for the end."""
        super().move_position(*arguments)
        if not self.left:
            print("written", flush=True)
            sys.stdin.read()
        self.left -= 1


def main() -> None:
    """Sweep until stopped."""
    postgres, partition, to, steps = sys.argv[1:]
    projector.SWEEP_SUBJECTS_MAX = STEP  # type: ignore[misc]
    store = Stopping("organisation_v1")
    store.left = int(steps)
    day = date.fromisoformat(to)
    calendar = RuleCalendar(changed_rules(load_rulebook(), day))
    work = projector.Projector(Platform.ORGANISATION, store, calendar)
    with psycopg.connect(postgres, autocommit=True) as connection:
        while work.sweep(connection, int(partition), day)[1]:
            pass


if __name__ == "__main__":
    main()
