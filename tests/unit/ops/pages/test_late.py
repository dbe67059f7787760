"""How late the read models are is looked at in time, so that no page waits for it while asked."""

from __future__ import annotations

from threading import Event
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NoReturn

from ops.pages.late import IN_TIME, Lateness
from tests.support.chaos import wait_for
from tests.support.patience import AMPLE_S

if TYPE_CHECKING:
    from collections.abc import Callable


class Away:
    """A service whose database answers, by an error, once it is let to."""

    def __init__(self) -> None:
        self.looks, self.lets = 0, Event()
        self.pool = SimpleNamespace(connection=self._connection)

    def _connection(self) -> NoReturn:
        self.looks += 1
        self.lets.wait()
        raise ConnectionError


def looked(service: Any, clock: Callable[[], float]) -> Lateness:
    lateness = Lateness(clock=clock)
    service.lets.set()
    assert lateness.known(service) is None, "before the first look nothing is known"
    wait_for(lambda: lateness.standing(service) != IN_TIME, AMPLE_S, "a look")
    service.lets.clear()
    return lateness


def test_what_was_seen_is_told_while_it_is_looked_at_anew_and_no_longer_than_five_seconds() -> None:
    now, service = [100.0], Away()
    lateness = looked(service, lambda: now[0])
    before = service.looks
    now[0] += 3.9
    assert lateness.known(service) is not None
    assert service.looks == before
    now[0] += 0.2
    assert lateness.known(service) is not None, "told at once, though it is looked at"
    wait_for(lambda: service.looks == before + 1, AMPLE_S, "a look")
    assert lateness.known(service) is not None
    now[0] += 1.0
    assert lateness.known(service) is None, "what is five seconds old is waited for"
    assert service.looks == before + 1, "one look at a time"
    service.lets.set()
    wait_for(lambda: lateness.known(service) is not None, AMPLE_S, "the look's end")
