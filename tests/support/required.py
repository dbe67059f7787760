"""Events as departments report them, held against what admission and the read models make of them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from events.admission.admission import Submission, check
from events.admission.rejection import Rejection
from events.envelope import CHINA, Disclosure, Platform
from events.event import Event
from events.rules.rulebook import load_rulebook

if TYPE_CHECKING:
    from events.rules.rulebook import Rulebook
    from projections.profile.shapes import Profile

RULEBOOK = load_rulebook()
ROWS = [versions[-1] for versions in RULEBOOK.categories.values()]
NOON = datetime(2025, 6, 15, 12, tzinfo=CHINA)
TODAY = "2025-06-15"
ORGANISATION, PERSON = Platform.ORGANISATION, Platform.PERSON
SHARED, AUTHORISED = Disclosure.SHARED, Disclosure.AUTHORISED


def reported(
    event: Event,
    platform: Platform = ORGANISATION,
    rulebook: Rulebook = RULEBOOK,
    on: str | None = None,
) -> Event | Rejection:
    """Submit an event on its department's own topic, or on that of another."""
    name = msgspec.structs.replace(event.envelope, event_id="")
    event = msgspec.structs.replace(event, envelope=name)
    topic_of = on or event.envelope.department
    return check(
        Submission(platform=platform, department=topic_of, submitted_at=NOON, event=event), rulebook
    )


def admitted(event: Event, platform: Platform = ORGANISATION, **setting: Any) -> Event:
    found = reported(event, platform, **setting)
    assert not isinstance(found, Rejection), found.reasons
    return found


def why_not(event: Event, platform: Platform = ORGANISATION, **setting: Any) -> list[str]:
    found = reported(event, platform, **setting)
    return [each.code.value for each in found.reasons] if isinstance(found, Rejection) else []


def classes(profile: Profile) -> dict[str, str]:
    return {each.rule: each.class_code for each in profile.supervision}


def without_basis(event: Event) -> Event:
    blank = msgspec.structs.replace(event.envelope, legal_basis="")
    return msgspec.structs.replace(event, envelope=blank)
