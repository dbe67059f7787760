"""What a subject consented to: whom it lets ask of it, for what, from when to when. Pure."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Final

import msgspec

from events.envelope import Platform
from events.persons import may_hold_identity_number
from events.rules.access import Purpose
from projections.access.asker import ConsentState

if TYPE_CHECKING:
    from collections.abc import Iterable


_AGENCY_CODE: Final = re.compile(r"[a-z0-9][a-z0-9-]{1,39}")


def is_agency_code(text: str) -> bool:
    """Say whether an agency or a province may be named so; never by somebody's identity number.

    It stands in topics for good.
    """
    return _AGENCY_CODE.fullmatch(text) is not None and not may_hold_identity_number(text)


class Consent(msgspec.Struct, frozen=True, kw_only=True):
    """A subject lets an organisation ask of it, for one purpose (单独同意).

    From `since` to the day before `until`, unless it is withdrawn before.
    """

    consent_id: str
    platform: Platform
    subject_id: str
    organisation: str
    purpose: Purpose
    since: date
    until: date
    withdrawn: bool = False


def consent_state(consents: Iterable[Consent], purpose: Purpose | None, on: date) -> ConsentState:
    """Say how consents to one organisation stand on a day, for a purpose; one given is enough."""
    states = {_state(each, on) for each in consents if each.purpose is purpose and each.since <= on}
    for state in (ConsentState.GIVEN, ConsentState.RUN_OUT, ConsentState.WITHDRAWN):
        if state in states:
            return state
    return ConsentState.NONE


def _state(consent: Consent, on: date) -> ConsentState:
    if consent.withdrawn:
        return ConsentState.WITHDRAWN
    return ConsentState.GIVEN if on < consent.until else ConsentState.RUN_OUT
