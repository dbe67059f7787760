"""What reaches a subject through its ties on a day, as known at a cut of all partitions."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.dates import known_date
from events.envelope import Platform
from events.rules.rulebook import load_rulebook
from ops.generator.subjects import subject_id_at
from projections.as_of.contagion import ContagionAsked
from projections.as_of.state import state_bytes
from projections.contagion.contagion import RelatedWarning, rule_of
from projections.notices.notice import Told
from tests.support import builders as a
from tests.support.builders import OTHER_SUBJECT, PERSON, SUBJECT
from tests.support.histories import DAYS, FIRST, LAST, History, histories
from tests.support.whole_ledger import WholeLedger

if TYPE_CHECKING:
    from events.event import Event
    from projections.as_of.contagion import Contagion
    from tests.support.whole_ledger import Said

RULEBOOK = load_rulebook()
THIRD = subject_id_at(Platform.ORGANISATION, 7)
SISTER = OTHER_SUBJECT
RULE = "warning.related"


def fled(subject: str, on: str, no: object = 1) -> Event:
    """Give that a subject fled its taxes: red from that day on."""
    return a.a_tax_listing(no, on, ground="fled", subject_id=subject, notified_on="2024-01-10")


def tie(subject: str, on: str = "2024-05-01", no: object = 1, **fields: Any) -> Event:
    """Give that a subject is represented by the boss."""
    return a.a_relation(no, on, subject_id=subject, **fields)


def said(*events: Event | tuple[Event, str]) -> list[Said]:
    """Give events with the day of recording: that beside one, else its own."""
    days = [each if isinstance(each, tuple) else (each, None) for each in events]
    return [
        (event, date.fromisoformat(on) if on else known_date(event.envelope, FIRST).day)
        for event, on in days
    ]


OWN, ITS, RED = tie(SUBJECT), tie(SISTER), fled(SISTER, "2025-03-10")
PAIR = WholeLedger(said(OWN, ITS, (RED, "2025-03-20")))


def asked(ledger: WholeLedger, on: str, cut: dict[int, int] | None = None) -> Contagion:
    return ledger.state(SUBJECT, date.fromisoformat(on), cut).contagion


@pytest.mark.requirement(90)
def test_the_answer_names_rule_ties_and_what_is_red_there_and_the_whole_cut() -> None:
    found = asked(PAIR, "2025-03-10")
    assert found.warning is not None
    red, listed = found.red

    assert found.asked is ContagionAsked.CONCLUDED
    assert (found.warning.rule, found.warning.rule_from.year) == (RULE, 1980)
    assert found.warning.level == "yellow"
    assert found.warning.region == OWN.envelope.region
    ids = [event.envelope.event_id for event in (OWN, ITS, RED)]
    assert found.warning.evidence == (*sorted(ids[:2]), ids[2])
    assert listed.rule == "warning.list_entry"
    assert (red.subject_id, red.partition, red.rule) == (SISTER, 1, "warning.fled")
    assert (red.through, set(red.ties), red.evidence) == ((PERSON,), set(ids[:2]), (ids[2],))
    assert (found.cut, found.relatives, found.red_relatives) == ("0:1,1:2", 1, 1)
    assert [(each.other, each.since) for each in found.ties] == [(PERSON, date(2024, 5, 1))]


@pytest.mark.requirement(59)
def test_the_same_day_is_answered_as_known_at_the_cut_of_the_relative() -> None:
    assert asked(PAIR, "2025-03-25").warning is not None
    assert asked(PAIR, "2025-03-25", {0: 1, 1: 1}).warning is None, "not yet known of the sister"
    assert asked(PAIR, "2025-03-25", {0: 1, 1: 0}).relatives == 0, "nor that there is one"
    assert asked(PAIR, "2025-03-09").warning is None, "the day before it fled"
    assert PAIR.state(SISTER, date(2025, 3, 25)).contagion.warning is None, "nobody is its own"


def test_where_the_cut_says_nothing_of_a_partition_nothing_is_concluded_and_that_is_said() -> None:
    found = asked(PAIR, "2025-03-25", {0: 1})

    assert (found.asked, found.silent) == (ContagionAsked.CUT_SILENT, [1])
    assert (found.warning, found.cut, found.relatives) == (None, None, 0)


def test_who_is_tied_to_nobody_needs_no_other_partition() -> None:
    shareholder = tie(SUBJECT, role="shareholder")
    ended = tie(SUBJECT, no=2, until="2025-01-01")
    alone = WholeLedger(said(shareholder, ended, ITS, RED))

    assert asked(alone, "2025-03-25").asked is ContagionAsked.NOBODY_TIED
    assert asked(alone, "2025-03-25", {0: 2}) == asked(alone, "2025-03-25")
    assert asked(alone, "2025-01-01").asked is ContagionAsked.CONCLUDED, "the last day of the tie"


@pytest.mark.requirement(29)
@pytest.mark.parametrize(
    ("own", "more", "warned"),
    [
        pytest.param(OWN, [ITS], True, id="both tied"),
        pytest.param(OWN, [], False, id="the sister is not"),
        pytest.param(tie(SUBJECT, other=SISTER), [], True, id="the sister itself controls it"),
        pytest.param(
            OWN, [ITS, a.a_relation_end(ITS, "2025-03-15", subject_id=SISTER)], False, id="ended"
        ),
        pytest.param(
            OWN, [ITS, a.a_revocation(ITS, "2025-04-15", subject_id=SISTER)], False, id="annulled"
        ),
        pytest.param(tie(SUBJECT, other=THIRD), [ITS], False, id="another boss"),
        pytest.param(OWN, [tie(SISTER, "2025-03-26")], False, id="tied later"),
        pytest.param(
            OWN,
            [ITS, a.named(msgspec.structs.replace(a.a_correction(ITS, "2025-04-15", other=THIRD)))],
            False,
            id="corrected to another",
        ),
        pytest.param(
            OWN,
            [
                tie(SISTER, other=THIRD),
                a.a_correction(tie(SISTER, other=THIRD), "2025-04-15", other=PERSON),
            ],
            True,
            id="corrected to the same",
        ),
    ],
)
def test_one_is_reached_while_both_are_tied(own: Event, more: list[Event], warned: bool) -> None:  # noqa: FBT001 - a column of the table
    ledger = WholeLedger(said(own, RED, *((event, "2025-05-01") for event in more)))

    assert (asked(ledger, "2025-03-25").warning is not None) is warned


def test_a_relative_with_messages_that_wait_is_named() -> None:
    wrong = a.a_correction(ITS, "2025-03-01", other=PERSON)
    bad = msgspec.structs.replace(wrong.changes[0], value='{"no": "text"}')
    wrong = a.named(msgspec.structs.replace(wrong, changes=[bad]))
    ledger = WholeLedger(said(OWN, ITS, wrong, RED))
    found = asked(ledger, "2025-03-25")

    assert found.parked == [SISTER]
    assert (found.relatives, found.warning) == (1, None), "what waits is not known yet"


def test_without_anybody_who_looks_the_answer_says_so() -> None:
    from tests.support.given import answer  # noqa: PLC0415 - only asked for here

    found = answer(PAIR.messages[SUBJECT], date(2025, 3, 25)).contagion

    assert (found.asked, found.warning) == (ContagionAsked.NOT_LOOKED, None)


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
