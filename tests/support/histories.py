"""Random histories of one subject, as Hypothesis draws them: late, repeated, conflicting, amended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import msgspec
from hypothesis import strategies as st

from events.types import Event, event_type
from tests.support import builders as a
from tests.support.given import message
from tests.support.reference import Heard

if TYPE_CHECKING:
    from projections.fold import Message

FIRST = date(2022, 6, 1)
LAST = date(2026, 5, 1)
"""The last day on which anything happens; the law changes a month before."""

DAYS = st.dates(FIRST, LAST)
BUSY_DAYS = st.dates(date(2025, 8, 1), LAST)
RARE_DAYS = st.one_of(
    DAYS, BUSY_DAYS, BUSY_DAYS, st.sampled_from([date(2024, 2, 29), date(2025, 8, 31)])
)
AMOUNTS = st.sampled_from([None, 0, 500_000, 3_000_000, 6_000_000, 60_000_000, 250_000_000])
KINDS = st.sampled_from([("fine",), ("warning",), ("fine", "closure"), ("confiscation",)])
DEPARTMENTS = {
    "market-zj": "penalty.market",
    "ecology-zj": "penalty.environment",
    "labour-zj": "penalty.labour",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What was said of one subject, in ledger order, with the day on which each was recorded."""

    said: tuple[tuple[Event, date], ...]

    def heard(self) -> list[Heard]:
        """Give it to the reference."""
        return [Heard(event, offset, on) for offset, (event, on) in enumerate(self.said)]

    def messages(self) -> list[Message]:
        """Give it to the fold."""
        return [message(event, offset, on) for offset, (event, on) in enumerate(self.said)]

    @property
    def ends_on(self) -> date:
        """Give the day on which the last was recorded."""
        return self.said[-1][1]


@st.composite
def penalties(draw: st.DrawFn) -> Event:
    department = draw(st.sampled_from(sorted(DEPARTMENTS)))
    on = draw(st.one_of(st.none(), RARE_DAYS, RARE_DAYS, RARE_DAYS))
    return a.a_penalty(
        draw(st.integers(1, 8)),
        on,
        kinds=draw(KINDS),
        fine_fen=draw(AMOUNTS),
        simple_procedure=draw(st.sampled_from([False, False, False, True])),
        publish_until=draw(st.one_of(st.none(), st.dates(on or LAST, date(2027, 1, 1)))),
        department=department,
        category=DEPARTMENTS[department],
    )


@st.composite
def court_listings(draw: st.DrawFn) -> Event:
    ground = draw(st.sampled_from(["able_but_refuses", "obstructs"]))
    return a.a_court_listing(draw(st.integers(1, 2)), draw(RARE_DAYS), ground=ground)


@st.composite
def tax_listings(draw: st.DrawFn) -> Event:
    return a.a_tax_listing(
        draw(st.integers(1, 2)),
        draw(RARE_DAYS),
        notified_on=draw(st.one_of(st.none(), DAYS)),
        term_months=draw(st.sampled_from([None, 1, 12])),
    )


def _changed(draw: st.DrawFn, no: int, on: date) -> Event:
    status = draw(st.sampled_from([None, "suspended"]))
    return a.a_change(no, on, name=draw(st.sampled_from(["甲", "乙"])), status=status)


FIT = {"TaxArrearsAnnounced": ["settlement"] * 4, "ListEntered": ["removal"] * 4}
UNFIT = ["correction", "annulled", "repealed", "settlement", "removal"]

originals = st.one_of(
    penalties(),
    penalties(),
    penalties(),
    penalties(),
    penalties(),
    st.builds(a.arrears, st.integers(1, 2), RARE_DAYS, balance_fen=AMOUNTS),
    court_listings(),
    tax_listings(),
    st.builds(a.a_judgment, st.integers(1, 2), RARE_DAYS, amount_fen=AMOUNTS),
    st.builds(a.a_commendation, st.integers(1, 2), RARE_DAYS),
    st.composite(lambda draw: _changed(draw, draw(st.integers(1, 2)), draw(DAYS)))(),
)


@st.composite
def amendments(draw: st.DrawFn, of: Event, earlier: list[Event]) -> Event:
    """Say something about a record, or about what was said of it."""
    on = draw(DAYS)
    kind = event_type(of)
    choices = ["correction", "correction", "annulled", "repealed", draw(st.sampled_from(UNFIT))]
    choices += FIT.get(kind, [])
    about = [e for e in earlier if getattr(e, "concerns", "") == of.envelope.event_id]
    if about:
        choices += ["taken back", "taken back"]
    match draw(st.sampled_from(choices)):
        case "correction":
            made = a.a_correction(of, on, **draw(changes(kind)))
            wrong = draw(st.sampled_from(["", "", "", "", "labour-zj"]))
            if wrong:
                envelope = msgspec.structs.replace(made.envelope, department=wrong)
                made = a.named(msgspec.structs.replace(made, envelope=envelope))
            return made
        case "settlement":
            return a.a_settlement(of, on, draw(AMOUNTS), cleared=draw(st.booleans()))
        case "removal":
            return a.a_removal(of, on)
        case "taken back":
            return a.a_revocation(of, on, amendment=draw(st.sampled_from(about)))
        case whole:
            effective_on = draw(st.one_of(st.none(), st.dates(on, date(2027, 1, 1))))
            return a.a_revocation(of, on, whole, effective_on=effective_on)


@st.composite
def changes(draw: st.DrawFn, kind: str) -> dict[str, object]:
    """Draw what a correction of a record of this type may say."""
    choices: dict[str, st.SearchStrategy[object]] = {
        "envelope__occurred_on": DAYS.map(date.isoformat),
        "envelope__disclosure": st.sampled_from(["public", "shared"]),
    }
    if kind == "PenaltyImposed":
        choices |= {"fine_fen": AMOUNTS, "simple_procedure": st.booleans()}
    if kind == "TaxArrearsAnnounced":
        choices["balance_fen"] = AMOUNTS
    if kind == "ListEntered":
        choices["notified_on"] = DAYS.map(date.isoformat)
    names = draw(st.lists(st.sampled_from(sorted(choices)), min_size=1, max_size=2, unique=True))
    return {name: draw(choices[name]) for name in names}


@st.composite
def events(draw: st.DrawFn, *, most: int = 12) -> list[Event]:
    """Draw what is said, in any order; some of it twice, some about what nobody said."""
    said: list[Event] = draw(st.lists(originals, min_size=1, max_size=7))
    unsaid = draw(penalties())
    for _ in range(draw(st.integers(0, most - len(said)))):
        of = draw(st.sampled_from([*said, *said, unsaid]))
        if hasattr(of, "concerns"):
            continue
        said.append(draw(amendments(of, said)))
    said += draw(st.lists(st.sampled_from(said), max_size=2))
    return draw(st.permutations(said))


@st.composite
def histories(draw: st.DrawFn, *, most: int = 12) -> History:
    """Draw a history; nothing is recorded before the days that it names."""
    recorded = FIRST
    said = []
    for event in draw(events(most=most)):
        gap = draw(st.sampled_from([0, 0, 0, 1, 9, 60]))
        recorded = max(recorded + timedelta(days=gap), latest_day(event))
        said.append((event, recorded))
    return History(said=tuple(said))


def latest_day(event: Event) -> date:
    """Give the latest past day that an event names: admission has seen to it that it had come."""
    envelope = event.envelope
    days = [envelope.occurred_on, envelope.published_on, getattr(event, "notified_on", None)]
    for change in getattr(event, "changes", []):
        value = msgspec.json.decode(change.value)
        if isinstance(value, str) and value[:1].isdigit():
            days.append(date.fromisoformat(value))
    return max((day for day in days if day is not None), default=FIRST)
