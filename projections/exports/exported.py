"""A subject as it is exported, and the formats that there are. Pure data."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - a NamedTuple reads its hints
from datetime import date  # noqa: TC003 - compiled, a tuple reads it as its module is imported
from enum import StrEnum
from typing import NamedTuple

from projections.access.shapes import DisclosedProfile  # noqa: TC001 - a NamedTuple reads its hints


class ExportFormat(StrEnum):
    """For whom it is written: entities, events, or a table."""

    FTM = "ftm"
    CLOUDEVENTS = "cloudevents"
    CSV = "csv"


class ExportedSubject(NamedTuple):
    """What a reader may see of a subject, and when each of its records was published.

    `published_on` is by event id, as the authority says; what it does not say is not there.
    """

    profile: DisclosedProfile
    published_on: Mapping[str, date]
