"""Commendations (表彰) and other good records (守信激励)."""

from __future__ import annotations

from enum import StrEnum

from events.fields import LaterDay, NeededThingName
from events.roles import Original


class HonourLevel(StrEnum):
    """Who awards an honour."""

    NATIONAL = "national"
    PROVINCIAL = "provincial"
    CITY = "city"
    COUNTY = "county"
    OTHER = "other"


class CommendationAwarded(Original, frozen=True, gc=False):
    """An honour was awarded (表彰、守信激励)."""

    honour: NeededThingName
    level: HonourLevel
    valid_until: LaterDay | None = None
