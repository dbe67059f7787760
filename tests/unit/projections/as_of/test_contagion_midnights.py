"""What stood told at a midnight is what holds as known at that midnight, and nothing after a cut matters."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.dates import known_date
from events.rules.rulebook import load_rulebook
from projections.as_of.state import state_bytes
from projections.contagion.contagion import RelatedWarning, rule_of
from projections.notices.notice import Told
from tests.support import builders as a
from tests.support.builders import PERSON, SUBJECT
from tests.support.histories import DAYS, FIRST, LAST, History, histories
from tests.support.whole_ledger import WholeLedger

if TYPE_CHECKING:
    from events.event import Event
    from tests.support.whole_ledger import Said
from tests.support.tied import RULE, SISTER, THIRD

RULEBOOK = load_rulebook()


ROLES = st.sampled_from(["legal_representative"] * 4 + ["actual_controller", "shareholder"])


@st.composite
def ties(draw: st.DrawFn, subject: str) -> list[Said]:
    """Draw a relation of a subject, and up to two amendments of it, each recorded late or not."""
    controller = THIRD if subject != THIRD else SUBJECT
    other = draw(st.sampled_from([PERSON, PERSON, PERSON, controller]))
    since = draw(st.one_of(st.just(FIRST), DAYS))
    until = draw(st.one_of(st.none(), st.none(), st.dates(since, LAST)))
    made = a.a_relation(
        draw(st.integers(50, 51)),
        since,
        role=draw(ROLES),
        other=other,
        until=until,
        subject_id=subject,
    )
    events = [made]
    for _ in range(draw(st.integers(0, 2))):
        events.append(draw(amended(made, subject)))
        if draw(st.integers(0, 3)) == 0:
            events.append(
                a.a_revocation(made, draw(DAYS), amendment=events[-1], subject_id=subject)
            )
    late = st.integers(0, 200).map(lambda days: timedelta(days=days))
    return [(event, known_date(event.envelope, FIRST).day + draw(late)) for event in events]


@st.composite
def amended(draw: st.DrawFn, of: Event, subject: str) -> Event:
    """Draw that a relation ended, never was, or was another."""
    on = draw(DAYS)
    match draw(st.sampled_from(["end", "annulled", "repealed", "other", "role", "since"])):
        case "end":
            return a.a_relation_end(of, on, subject_id=subject)
        case "other":
            return a.a_correction(
                of, on, other=draw(st.sampled_from([PERSON, None, "P" + "9" * 32]))
            )
        case "role":
            return a.a_correction(of, on, role=draw(ROLES))
        case "since":
            return a.a_correction(of, on, envelope__occurred_on=draw(DAYS).isoformat())
        case kind:
            return a.a_revocation(of, on, kind, subject_id=subject)


@st.composite
def reds(draw: st.DrawFn, subject: str) -> list[Said]:
    """Draw what brings a subject into the red and out of it again, by an event or by time."""
    on, no = draw(DAYS), draw(st.integers(8, 9))
    match draw(st.sampled_from(["fled", "court", "wages", "court removed", "fled removed"])):
        case "wages":
            events = [a.a_default(no, on, ordered_by=on + timedelta(days=5), subject_id=subject)]
        case "fled" | "fled removed" as which:
            events = [a.a_tax_listing(no, on, ground="fled", notified_on=FIRST, subject_id=subject)]
            if which == "fled removed":
                events.append(a.a_removal(events[0], draw(DAYS), subject_id=subject))
        case which:
            events = [a.a_court_listing(no, on, subject_id=subject)]
            if which == "court removed":
                events.append(a.a_removal(events[0], draw(DAYS), subject_id=subject))
    late = st.integers(0, 60).map(lambda days: timedelta(days=days))
    return [(event, known_date(event.envelope, FIRST).day + draw(late)) for event in events]


def of_another(history: History, subject: str) -> list[Said]:
    """Give a history as if it were of another subject."""
    return [
        (
            msgspec.structs.replace(
                event, envelope=msgspec.structs.replace(event.envelope, subject_id=subject)
            ),
            recorded,
        )
        for event, recorded in history.said
    ]


MEMBERS = (SUBJECT, SISTER, THIRD)


@st.composite
def ledgers(draw: st.DrawFn) -> WholeLedger:
    """Draw a ledger of three subjects: whatever happens to one, ties and reds of all."""
    said = of_another(draw(histories()), draw(st.sampled_from(MEMBERS)))
    for subject in MEMBERS:
        for _ in range(draw(st.integers(1, 2))):
            said += draw(ties(subject))
        for _ in range(draw(st.integers(0, 2))):
            said += draw(reds(subject))
    return WholeLedger(said)


def by_ties(warning: RelatedWarning | None, ledger: WholeLedger) -> object:
    """Leave out what a red rests on: told once, it may come to rest on more without being told."""
    if warning is None:
        return None
    relations = ledger.entries_of("RelationRecorded")
    kept = tuple(event for event in warning.evidence if event in relations)
    return msgspec.structs.replace(warning, evidence=kept, domain="")


@pytest.mark.requirement(61, 90)
@settings(max_examples=150)
@given(ledgers(), st.data())
def test_what_stands_told_at_a_midnight_is_what_holds_as_known_at_that_midnight(
    ledger: WholeLedger, data: st.DataObject
) -> None:
    later = [ledger.ends_on + timedelta(days=days) for days in (20, 31, 100, 400)]
    midnights = st.sampled_from([*ledger.change_days(), *later])
    days = sorted(data.draw(st.sets(midnights, min_size=4, max_size=10)))
    web, rule = ledger.web(days[-1]), rule_of(RULEBOOK)
    assert rule is not None
    for subject in MEMBERS:
        told, first = Told(), FIRST - timedelta(days=1000)
        for midnight in days:
            news = web.tell(subject, told, first, midnight, RULEBOOK)
            first = midnight + timedelta(days=1)
            cut = ledger.cut_at_midnight(midnight)
            holds = ledger.state(subject, midnight, cut).contagion.warning
            stands = told.warnings.get(RULE)

            assert (stands and stands.level) == (holds and holds.level), (subject, midnight)
            assert by_ties(web.warning(subject, midnight, rule), ledger) == by_ties(holds, ledger)
            if news and news[-1].on == midnight and holds is not None:
                assert (news[-1].rule_from, news[-1].region) == (holds.rule_from, holds.region)


@settings(max_examples=100)
@given(ledgers(), DAYS, st.randoms(use_true_random=False))
def test_what_comes_after_the_cut_of_any_partition_never_matters(
    ledger: WholeLedger, on: date, random: Any
) -> None:
    cut = {p: random.randint(0, end) for p, end in ledger.whole().items()}
    less = WholeLedger(())
    less.partitions = ledger.partitions
    for subject, own in ledger.messages.items():
        less.messages[subject] = own[: cut[ledger.partitions[subject]]]

    assert state_bytes(less.state(SUBJECT, on)) == state_bytes(ledger.state(SUBJECT, on, cut))
