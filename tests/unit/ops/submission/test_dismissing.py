"""A dismissal is waited for until it is applied or refused, and no longer than is said."""

from __future__ import annotations

from contextlib import nullcontext
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from events.admission.admission import admit
from events.envelope import CHINA, Platform
from events.event import event_to_record
from events.rules.rulebook import load_rulebook
from events.wire.codec import encode_record
from ops.submission import dismissing
from ops.submission.dismissing import Dismissing, dismissal_of
from projections.ledger.message import Parked

if TYPE_CHECKING:
    from collections.abc import Sequence

SUBJECT = "91330100PDY000028X"
ITSELF, ANOTHER = Parked(SUBJECT, 7, "unreadable"), Parked(SUBJECT, 9, "unreadable")


def became(
    monkeypatch: pytest.MonkeyPatch, parked: list[Parked | None], refused: Sequence[str] = ()
) -> tuple[bool, Sequence[str], Parked | None]:
    """Wait for a dismissal of offset 7 while looks find so much, one after the other."""
    none: Any = None
    connection: Any = SimpleNamespace(cursor=nullcontext)

    def load_parked(_cursor: object, _partition: int) -> dict[str, Parked]:
        found = parked.pop(0) if len(parked) > 1 else parked[0]
        return {} if found is None else {SUBJECT: found}

    store: Any = SimpleNamespace(load_parked=load_parked)
    topic = SimpleNamespace(of=lambda _platform, places, _since: dict.fromkeys(places, refused))
    monkeypatch.setattr(dismissing, "RefusalsOnTopic", lambda _kafka: topic)
    monkeypatch.setattr(dismissing, "_ASK_EVERY_S", 0.0)
    said = Dismissing(none, Platform.ORGANISATION, dismissal_of(SUBJECT, 3, 7, "cut short"))
    return tuple(said.wait(connection, store, 0.05))


def test_it_is_waited_for_until_it_is_applied(monkeypatch: pytest.MonkeyPatch) -> None:
    assert became(monkeypatch, [ITSELF, ITSELF, None]) == (True, (), None)
    assert became(monkeypatch, [ITSELF, ANOTHER]) == (True, (), ANOTHER)


def test_one_that_is_refused_or_not_applied_in_time_is_no_success(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert became(monkeypatch, [ITSELF], ["text_blank"]) == (False, ["text_blank"], ITSELF)
    assert became(monkeypatch, [ITSELF]) == (False, (), ITSELF)


@pytest.mark.parametrize("subject", [SUBJECT, "", "\ufffd"])
def test_it_is_admitted_whatever_the_subject_is_called(subject: str) -> None:
    event = dismissal_of(subject, 3, 7, "cut short")
    outcome = admit(
        encode_record("credit.EventDismissed", event_to_record(event)),
        platform=Platform.ORGANISATION,
        department="operator",
        submitted_at=dismissing.datetime.now(CHINA),
        rulebook=load_rulebook(),
    )
    assert isinstance(outcome, dismissing.EventDismissed), outcome
