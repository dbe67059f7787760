"""Commendations (表彰) and other good records (守信激励)."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from events.envelope import Envelope
from events.fields import LaterDay, NeededThingName


class HonourLevel(StrEnum):
    """Who awards an honour."""

    NATIONAL = "national"
    PROVINCIAL = "provincial"
    CITY = "city"
    COUNTY = "county"
    OTHER = "other"


class CommendationAwarded(msgspec.Struct, frozen=True, gc=False):
    """An honour was awarded (表彰、守信激励)."""

    envelope: Envelope
    honour: NeededThingName
    level: HonourLevel
    valid_until: LaterDay | None = None
