"""What is looked up before a decision: each thing only where the decision turns on it, the same for every door."""

from __future__ import annotations

import itertools
from datetime import date
from typing import TYPE_CHECKING

import msgspec

from events.envelope import Platform
from events.rules.access import Gives, Purpose, Role, load_access_policy
from projections.access.asker import ASKS_SEAT, Asker, ConsentState, Contract, Wanted
from projections.access.consents import Consent
from projections.access.decide import decide
from projections.access.looking_up import looked_up

if TYPE_CHECKING:
    from collections.abc import Sequence

DAY = date(2026, 6, 15)
CONSENT = Consent(
    consent_id="c",
    platform=Platform.PERSON,
    subject_id="s",
    organisation="agency-1",
    purpose=Purpose.LENDING,
    since=date(2026, 1, 1),
    until=date(2027, 1, 1),
)
CONTRACT = Contract(contract_id="c", purposes=tuple(Purpose), start=date(2020, 1, 1))


class Known:
    """Knows all of a subject, and keeps what was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def seat(self, _platform: Platform, _subject: str) -> str:
        self.asked.append("seat")
        return "330106"

    def consents(self, _subject: str, organisation: str | None) -> Sequence[Consent]:
        self.asked.append(f"consents to {organisation}")
        return [msgspec.structs.replace(CONSENT, purpose=each) for each in Purpose]

    def is_hidden(self, _subject: str) -> bool:
        self.asked.append("is_hidden")
        return True


def an_asker(role: Role) -> Asker:
    return Asker(role=role, organisation="agency-1", region="330100", contracts=(CONTRACT,))


def test_each_thing_is_looked_up_once_and_stands_in_what_is_wanted() -> None:
    known = Known()
    wanted = Wanted(
        gives=Gives.PROFILE, platform=Platform.PERSON, subject="s", purpose=Purpose.LENDING
    )
    found = looked_up([an_asker(Role.REGION), an_asker(Role.AGENCY)], wanted, known, DAY)

    assert known.asked == ["seat", "consents to agency-1", "is_hidden"]
    assert (found.seat, found.consent, found.erased) == ("330106", ConsentState.GIVEN, True)


def test_where_nobody_is_asked_about_nothing_is_looked_up() -> None:
    known = Known()
    wanted = Wanted(gives=Gives.PROFILE, platform=Platform.PERSON)

    assert looked_up([an_asker(role) for role in Role], wanted, known, DAY) == wanted
    assert known.asked == []


def test_what_is_not_looked_up_never_changes_a_decision() -> None:
    """Walked over every role, kind of answer, platform and purpose."""
    policy = load_access_policy()
    for role, gives, platform, purpose in itertools.product(Role, Gives, Platform, Purpose):
        who = an_asker(role)
        wanted = Wanted(gives=gives, platform=platform, subject="s", purpose=purpose, basis="ZJ 21")
        whole = msgspec.structs.replace(
            wanted,
            # Of other kinds the division is the one that is asked about itself, and is said.
            seat="330106" if gives in ASKS_SEAT else None,
            consent=ConsentState.NONE if gives is Gives.CONSENTS else ConsentState.GIVEN,
        )
        found = looked_up([who], wanted, Known(), DAY)
        whole = msgspec.structs.replace(whole, erased=found.erased)

        assert decide(who, found, policy, DAY) == decide(who, whole, policy, DAY)
