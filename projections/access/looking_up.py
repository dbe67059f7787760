"""What has to be known of a subject before it can be decided about, in one order. Pure.

Every door looks up the same: the seat for a supervisor, the consent for an agency, and of a person
whether an erasure hides it. What knows it is the caller's.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Protocol

import msgspec

from events.envelope import Platform
from events.rules.access import Gives, Purpose, Role
from projections.access.asker import ASKS_SEAT, TOLD_OF_HIDDEN
from projections.access.consents import consent_state

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from projections.access.asker import Asker, Wanted
    from projections.access.consents import Consent


class LookUp(Enum):
    """What is looked up of a subject."""

    SEAT = "seat"
    CONSENT = "consent"
    HIDDEN = "hidden"


class SubjectKnown(Protocol):
    """What is known of subjects; each is asked only where the decision may turn on it."""

    def seat(self, platform: Platform, subject: str) -> str | None:
        """Give the division of a subject's seat; None where none is known."""

    def consents(self, subject: str, organisation: str | None) -> Iterable[Consent]:
        """Give what a subject consented to, to an organisation."""

    def is_hidden(self, subject: str) -> bool:
        """Say whether an erasure of a person was approved, or done."""


def asks_by_consent(askers: Sequence[Asker], wanted: Wanted) -> Asker | None:
    """Give who asks by the subject's consent: an agency, or a firm of its partner in trade."""
    for who in askers:
        is_partner = who.role is Role.SUBJECT and wanted.purpose is Purpose.TRADE
        if who.role is Role.AGENCY or is_partner:
            return who
    return None


def look_ups(askers: Sequence[Asker], wanted: Wanted) -> frozenset[LookUp]:
    """Say what a decision for these askers may turn on, and so has to be looked up."""
    if wanted.subject is None:
        return frozenset()
    roles, gives, platform = {each.role for each in askers}, wanted.gives, wanted.platform
    asks_seat = platform is not None and wanted.seat is None and gives in ASKS_SEAT
    needed = {
        LookUp.SEAT: asks_seat and Role.REGION in roles,
        LookUp.CONSENT: gives is not Gives.CONSENTS and asks_by_consent(askers, wanted) is not None,
        LookUp.HIDDEN: platform is Platform.PERSON and gives not in TOLD_OF_HIDDEN,
    }
    return frozenset(each for each, is_needed in needed.items() if is_needed)


def looked_up(askers: Sequence[Asker], wanted: Wanted, known: SubjectKnown, on: date) -> Wanted:
    """Give what is wanted, with all that a decision about it for these askers may turn on."""
    needed, subject, platform = look_ups(askers, wanted), wanted.subject, wanted.platform
    if subject is None or not needed:
        return wanted
    seat, consent, erased = wanted.seat, wanted.consent, wanted.erased
    if LookUp.SEAT in needed and platform is not None:
        seat = known.seat(platform, subject)
    if LookUp.CONSENT in needed:
        who = asks_by_consent(askers, wanted)
        given = known.consents(subject, None if who is None else who.organisation)
        consent = consent_state(given, wanted.purpose, on)
    if LookUp.HIDDEN in needed:
        erased = known.is_hidden(subject)
    return msgspec.structs.replace(wanted, seat=seat, consent=consent, erased=erased)
