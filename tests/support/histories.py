"""Random histories of one subject, as Hypothesis draws them: late, repeated, conflicting, amended.

Every type of event is drawn, and every amendment about records that it fits and that it does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
from hypothesis import strategies as st

from events.event import Event, event_type
from events.types.objection import ObjectionOutcome
from tests.support import builders as a
from tests.support.given import message
from tests.support.reference import Heard

if TYPE_CHECKING:
    from events.roles import Amendment, Original
    from projections.ledger.message import Message

FIRST = date(2022, 6, 1)
LAST = date(2026, 5, 1)
"""The last day on which anything happens; the law changes a month before."""

DAYS = st.dates(FIRST, LAST)
BUSY_DAYS = st.dates(date(2025, 8, 1), LAST)
RARE_DAYS = st.one_of(
    DAYS, BUSY_DAYS, BUSY_DAYS, st.sampled_from([date(2024, 2, 29), date(2025, 8, 31)])
)
DAYS_TO_COME = st.one_of(st.none(), st.dates(LAST, date(2027, 1, 1)))
AMOUNTS = st.sampled_from([None, 0, 500_000, 3_000_000, 6_000_000, 60_000_000, 250_000_000])
KINDS = st.sampled_from(
    [("fine",), ("warning",), ("fine", "closure"), ("confiscation",), ("licence_revoked",)]
)
NUMBERS = st.integers(1, 2)
BITS = st.integers(0, (1 << 64) - 1)
FEW = st.sampled_from([False, False, False, True])
REGIONS = st.sampled_from(["330100", "330100", "330100", "310100", "331000"])
DEPARTMENTS = {
    "market-zj": "penalty.market",
    "ecology-zj": "penalty.environment",
    "labour-zj": "penalty.labour",
    "emergency-zj": "penalty.safety",
}
MARKET = {"department": "market-zj"}
OBLIGATIONS = ("default.wage", "default.wage", "default.loan", "default.utility")
SCHEMES = {
    "tax": ("A", "B", "M", "C", "D"),
    "labour": ("A", "B", "C"),
    "environment": ("green", "blue", "yellow", "red"),
}
RULES = (
    *("warning.penalties", "warning.list_entry", "warning.wage_arrears"),
    *("warning.judgment_defaulter", "alarm.objections_overdue"),
)


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


def _with(event: Event, **fields: Any) -> Event:
    """Say more in an event than its builder does."""
    return a.named(msgspec.structs.replace(event, **fields))


WRITTEN_NAMES = st.sampled_from([*["杭州样例有限公司"] * 5, "甲", None])


@st.composite
def penalties(draw: st.DrawFn) -> Event:
    """Draw a penalty of one of four departments."""
    department = draw(st.sampled_from(sorted(DEPARTMENTS)))
    on = draw(st.one_of(st.none(), RARE_DAYS, RARE_DAYS, RARE_DAYS))
    ended = None if on is None else draw(st.one_of(st.none(), st.dates(FIRST, on)))
    penalty = a.a_penalty(
        draw(st.integers(1, 8)),
        on,
        kinds=draw(KINDS),
        fine_fen=draw(AMOUNTS),
        simple_procedure=draw(FEW),
        subject_name=draw(WRITTEN_NAMES),
        publish_until=draw(st.one_of(st.none(), st.dates(on or LAST, date(2027, 1, 1)))),
        published_on=draw(st.one_of(st.none(), DAYS)),
        region=draw(REGIONS),
        department=department,
        category=DEPARTMENTS[department],
    )
    until = draw(st.one_of(st.none(), st.none(), st.dates(on or LAST, date(2030, 1, 1))))
    return _with(penalty, conduct_ended_on=ended, effective_until=until)


@st.composite
def listings(draw: st.DrawFn) -> Event:
    """Draw an entry on one of five lists, some of which need a notice or another's."""
    no, on = draw(NUMBERS), draw(RARE_DAYS)
    match draw(st.sampled_from(["court", "tax", "tax", "tax", "abnormal", "industry", "wage"])):
        case "wage":
            labour = {"department": "labour-zj", "category": "list.wage_arrears"}
            made = a.a_tax_listing(no, on, notified_on=on, ground="mass_incident", **labour)
            return _with(made, list="wage_arrears")
        case "court":
            ground = draw(st.sampled_from(["able_but_refuses", "obstructs"]))
            return a.a_court_listing(no, on, ground=ground)
        case "abnormal":
            made = a.a_court_listing(no, on, category="list.abnormal_operation", **MARKET)
            return _with(made, list="abnormal_operation", ground="unreachable")
        case "industry":
            made = a.a_court_listing(no, on, category="list.industry", **MARKET)
            return _with(made, list="industry_manufacturing", ground="fraud")
    listing = a.a_tax_listing(
        no,
        on,
        notified_on=draw(st.one_of(st.none(), DAYS)),
        ground=draw(st.sampled_from(["evasion", "evasion", "fled"])),
        term_months=draw(st.sampled_from([None, 1, 12])),
    )
    notice_no = draw(st.sampled_from([None, None, "告1", "告2"]))
    return _with(listing, notice_no=notice_no)


@st.composite
def notices(draw: st.DrawFn) -> Event:
    """Draw a notice of an entry on the tax list; some name the last day of the defence."""
    on = draw(RARE_DAYS)
    last = draw(st.one_of(st.none(), st.dates(on, on + timedelta(days=60))))
    return a.a_notice(draw(NUMBERS), on, defence_until=last)


@st.composite
def judgments(draw: st.DrawFn) -> Event:
    """Draw a judgment, or a conviction."""
    if draw(st.booleans()):
        return a.a_judgment(draw(NUMBERS), draw(RARE_DAYS), amount_fen=draw(AMOUNTS))
    on = draw(RARE_DAYS)
    served = draw(st.one_of(st.none(), st.dates(on, date(2027, 1, 1))))
    conviction = a.a_judgment(f"刑{draw(NUMBERS)}", on, category="judgment.criminal")
    return _with(conviction, sentence_served_on=served)


@st.composite
def facts(draw: st.DrawFn) -> Event:
    """Draw what one of two departments says of who the subject is."""
    department = draw(st.sampled_from(["market-zj", "tax-zj"]))
    if draw(FEW):
        return a.a_registration(draw(DAYS), department=department)
    status = draw(st.sampled_from([None, "suspended", "active"]))
    name = draw(st.sampled_from([None, "甲", "乙"]))
    if status is None and name is None:
        name = "丙"
    no = draw(NUMBERS)
    return a.a_change(no, draw(DAYS), name=name, status=status, department=department)


@st.composite
def licences(draw: st.DrawFn) -> Event:
    """Draw a licence of one of two numbers; one of the same number renews it."""
    on = draw(RARE_DAYS)
    return a.a_licence(
        draw(NUMBERS),
        on,
        licence_no=draw(st.sampled_from(["JY1", "JY1", "JY2"])),
        valid_until=draw(st.one_of(st.none(), st.dates(on, on + timedelta(days=500)))),
    )


@st.composite
def certificates(draw: st.DrawFn) -> Event:
    """Draw a state of a certificate, of which no matter is built."""
    status = draw(st.sampled_from(["granted", "suspended", "withdrawn"]))
    return a.a_certificate(draw(NUMBERS), draw(RARE_DAYS), status=status)


@st.composite
def grades(draw: st.DrawFn) -> Event:
    """Draw a grade of one of three schemes."""
    scheme = draw(st.sampled_from(sorted(SCHEMES)))
    on = draw(RARE_DAYS)
    return a.a_grade(
        draw(st.sampled_from(SCHEMES[scheme])),
        on,
        scheme=scheme,
        period=draw(st.sampled_from([None, 2023, 2024, 2025])),
        valid_until=draw(st.one_of(st.none(), st.dates(on, date(2027, 1, 1)))),
    )


@st.composite
def findings(draw: st.DrawFn) -> Event:
    """Draw what was found without a penalty: inspections, recalls, conduct."""
    on, no = draw(RARE_DAYS), draw(NUMBERS)
    match draw(st.sampled_from(["inspection", "inspection", "recall", "conduct"])):
        case "inspection":
            result = draw(st.sampled_from(["passed", "failed", "failed", "rectify", "not_found"]))
            risk = draw(st.sampled_from([None, "minor", "serious"]))
            return a.an_inspection(no, on, result=result, risk=risk)
        case "recall":
            return a.a_recall(no, on, level=draw(st.sampled_from([None, 1, 3])))
        case _:
            kind = draw(st.sampled_from(["false_material", "fled"]))
            seriousness = draw(st.sampled_from(["minor", "general", "serious"]))
            return a.a_conduct(no, on, conduct=kind, seriousness=seriousness)


@st.composite
def obligations(draw: st.DrawFn) -> Event:
    """Draw what is owed or promised: defaults, enforcement, commitments."""
    on, no = draw(RARE_DAYS), draw(NUMBERS)
    match draw(st.sampled_from(["arrears", "arrears", "default", "default", "court", "promise"])):
        case "arrears":
            owed = a.arrears(draw(st.integers(1, 4)), on, balance_fen=draw(AMOUNTS))
            return _with(owed, period=draw(st.sampled_from([None, "2024Q1", "2024Q2", "2024Q3"])))
        case "default":
            return a.a_default(
                no,
                on,
                category=draw(st.sampled_from(OBLIGATIONS)),
                amount_fen=draw(AMOUNTS),
                ordered_by=draw(st.one_of(st.none(), st.dates(on, on + timedelta(days=90)))),
            )
        case "court":
            return a.an_enforcement(no, on, target_fen=draw(AMOUNTS), judgment_no="判1")
        case _:
            return a.a_commitment(no, on)


@st.composite
def relations(draw: st.DrawFn) -> Event:
    """Draw who represents or controls the subject, by one of two departments."""
    on = draw(RARE_DAYS)
    return a.a_relation(
        draw(NUMBERS),
        on,
        role=draw(st.sampled_from(["legal_representative", "actual_controller", "shareholder"])),
        other=draw(st.sampled_from([a.PERSON, a.OTHER_SUBJECT])),
        until=draw(st.one_of(st.none(), st.dates(on, date(2027, 1, 1)))),
        department=draw(st.sampled_from(["market-zj", "tax-zj"])),
    )


@st.composite
def others(draw: st.DrawFn) -> Event:
    """Draw what bears on little else: honours, filings, declarations, indicators, and so on."""
    on, no = draw(RARE_DAYS), draw(NUMBERS)
    match draw(
        st.sampled_from(["honour", "filing", "declared", "indicator", "items", "merger", "noted"])
    ):
        case "honour":
            last = draw(st.one_of(st.none(), st.dates(on, date(2027, 1, 1))))
            return a.a_commendation(no, on, valid_until=last)
        case "filing":
            return a.a_filing(no, on, claim_fen=draw(AMOUNTS))
        case "declared":
            return a.a_declaration(no, on)
        case "indicator":
            code = draw(st.sampled_from(["quick_ratio", "loan_overdue_ratio"]))
            value = draw(st.sampled_from([0, 900, 2_000]))
            period = draw(st.sampled_from(["2023", "2024"]))
            return a.an_indicator(code, value, on, period=period)
        case "items":
            paid = str(draw(st.sampled_from([0, 1, 1_250_000])))
            return a.particulars(on, document_no=f"征{no}", tax_kind="增值税", tax_paid=paid)
        case "merger":
            return a.a_merger(no, on)
        case _:
            return a.an_acknowledgement(draw(st.sampled_from(RULES)), on, no=no)


def plain(kind: type[Original]) -> st.SearchStrategy[Event]:
    """Draw an event of a type that has no builder, by its fields alone."""
    return st.builds(a.a_plain, st.just(kind), NUMBERS, RARE_DAYS, BITS)


originals = st.one_of(
    # Each call gives a strategy of its own: of equal ones only one would be drawn from.
    *[penalties() for _ in range(4)],
    *[listings() for _ in range(3)],
    *[obligations() for _ in range(4)],
    *[kind() for kind in (findings, facts, others) for _ in range(2)],
    *[plain(kind) for kind in a.without_builder()],
    *[notices(), judgments(), licences(), certificates(), grades(), relations()],
)

ANY = ("correction", "correction", "annulled", "repealed", "statement")
DISPUTE = ("objection", "application", "repair", "repair")
FIT = {
    "TaxArrearsAnnounced": ("settlement", "settlement", "settled"),
    "PenaltyImposed": ("settled", "settled"),
    "ObligationDefaulted": ("settled", "settled", "settled"),
    "EnforcementOpened": ("settled", "settled", "settled"),
    "CommitmentMade": ("settled", "settled", "settled"),
    "ListEntered": ("removal", "removal", "removal"),
    "ListNoticeGiven": ("defence", "defence", "defence"),
    "RelationRecorded": ("end", "end"),
    "MeasureInitiated": ("answered", "answered", "lift"),
}
UNFIT = ("settlement", "settled", "removal", "defence", "end", "answered", "lift")


OUTCOMES = st.sampled_from([each.value for each in ObjectionOutcome])


@st.composite
def answers(draw: st.DrawFn, objection: Event) -> Event:
    """Draw an answer to an objection, some of them before it was raised."""
    raised = objection.envelope.occurred_on or FIRST
    soon = st.dates(raised, min(LAST, raised + timedelta(days=60)))
    return a.an_answer(objection, draw(st.one_of(soon, soon, DAYS)), draw(OUTCOMES))


@st.composite
def amendments(draw: st.DrawFn, of: Event, earlier: list[Event]) -> Event:
    """Say something about a record, or about what was said of it."""
    on = draw(DAYS)
    choices: list[str | type[Amendment]] = [
        *(*ANY, *DISPUTE, draw(st.sampled_from(UNFIT)), *FIT.get(event_type(of), ()) * 2),
        *a.amendments_without_builder(),
    ]
    about = [e for e in earlier if getattr(e, "concerns", "") == of.envelope.event_id]
    raised = [e for e in about if event_type(e) == "ObjectionRaised"]
    choices += ["taken back", "taken back"] if about else []
    choices += ["answer", "answer", "answer", "review", "review"] if raised else []
    what = draw(st.sampled_from(choices))
    if not isinstance(what, str):
        return a.a_plain_amendment(what, of, on, draw(BITS))
    match what:
        case "correction":
            made = a.a_correction(of, on, **draw(changes(event_type(of))))
            wrong = draw(st.sampled_from(["", "", "", "", "labour-zj"]))
            return _by(made, wrong) if wrong else made
        case "taken back":
            target = draw(st.sampled_from(about))
            back = a.a_revocation(of, on, amendment=target)
            whose = draw(st.sampled_from(["record's", "own", "own", "own"]))
            return back if whose == "record's" else _by(back, target.envelope.department)
        case "annulled" | "repealed":
            effective_on = draw(st.one_of(st.none(), st.dates(on, date(2027, 1, 1))))
            return a.a_revocation(of, on, what, effective_on=effective_on)
        case "answer":
            return draw(answers(draw(st.sampled_from(raised))))
        case "review":
            reviewed = draw(st.sampled_from(raised))
            soon = st.dates(reviewed.envelope.occurred_on, LAST)
            return a.an_objection(of, draw(st.one_of(soon, DAYS)), review_of=reviewed)
        case _:
            return draw(_said_of(of, what, on))


@st.composite
def _said_of(draw: st.DrawFn, of: Event, what: str, on: date) -> Event:
    match what:
        case "objection":
            return a.an_objection(of, on)
        case "statement":
            return a.a_statement(of, on)
        case "application":
            return a.a_repair_application(of, on, committed=draw(st.booleans()))
        case "repair":
            granted = draw(st.sampled_from([True, True, True, False]))
            until = st.one_of(st.none(), st.none(), st.dates(on, on + timedelta(days=300)))
            return a.a_repair(of, on, granted=granted, until=draw(until) if granted else None)
        case "settlement":
            return a.a_settlement(of, on, draw(AMOUNTS), cleared=draw(st.booleans()))
        case "settled":
            outcome = draw(st.sampled_from(["performed", "partly_performed", "breached", "waived"]))
            return a.a_settled(of, on, outcome, draw(AMOUNTS))
        case "removal":
            return a.a_removal(of, on)
        case "defence":
            return a.a_defence(of, on, waived=draw(st.booleans()))
        case "end":
            return a.a_relation_end(of, on)
        case "answered":
            department = draw(st.sampled_from(["tax-zj", "labour-zj", "court-zj"]))
            answer = draw(st.sampled_from(["acknowledged", "applied", "not_applicable"]))
            return a.a_measure_answer(of, on, answer, department=department)
        case _:
            return a.a_measure_lift(of, on)


def _by(event: Event, department: str) -> Event:
    """Have another department say it."""
    return _with(event, envelope=msgspec.structs.replace(event.envelope, department=department))


@st.composite
def changes(draw: st.DrawFn, kind: str) -> dict[str, object]:
    """Draw what a correction of a record of this type may say."""
    choices: dict[str, st.SearchStrategy[object]] = {
        "envelope__occurred_on": DAYS.map(date.isoformat),
        "envelope__disclosure": st.sampled_from(["public", "shared"]),
    }
    match kind:
        case "PenaltyImposed":
            choices |= {"fine_fen": AMOUNTS, "simple_procedure": st.booleans()}
        case "TaxArrearsAnnounced":
            choices["balance_fen"] = AMOUNTS
        case "ListEntered":
            choices["notified_on"] = DAYS.map(date.isoformat)
        case "InspectionReported":
            choices["result"] = st.sampled_from(["passed", "failed"])
        case "JudgmentRendered":
            choices["amount_fen"] = AMOUNTS
        case "SubjectChanged":
            choices["name"] = st.sampled_from(["甲", "乙"])
        case _:
            pass
    names = draw(st.lists(st.sampled_from(sorted(choices)), min_size=1, max_size=2, unique=True))
    return {name: draw(choices[name]) for name in names}


@st.composite
def measures(draw: st.DrawFn, because: Event) -> Event:
    """Draw a measure that rests on a record, whether or not it may."""
    what, department = draw(
        st.sampled_from(
            [("credit_warning", "market-zj"), ("spending_ban", "court-zj"), ("no_such", "tax-zj")]
        )
    )
    until = draw(DAYS_TO_COME)
    no, on = draw(NUMBERS), draw(RARE_DAYS)
    return a.a_measure(because, on, no=no, measure=what, until=until, department=department)


@st.composite
def events(draw: st.DrawFn, *, most: int = 13) -> list[Event]:
    """Draw what is said, in any order; some of it twice, some about what nobody said."""
    records: list[Event] = draw(st.lists(originals, min_size=1, max_size=7))
    unsaid = draw(penalties())
    said = list(records)
    for _ in range(draw(st.integers(0, most - len(said)))):
        of = draw(st.sampled_from([*records, *records, unsaid]))
        if draw(st.integers(0, 9)) == 0:
            said.append(draw(measures(of)))
            records.append(said[-1])
            continue
        said.append(draw(amendments(of, said)))
        if event_type(said[-1]) == "ObjectionRaised" and draw(st.booleans()):
            said.append(draw(answers(said[-1])))
    said += draw(st.lists(st.sampled_from(said), max_size=2))
    return draw(st.permutations(said))


@st.composite
def histories(draw: st.DrawFn, *, most: int = 13) -> History:
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
