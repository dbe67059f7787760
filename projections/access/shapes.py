"""What is in a view that is not the whole: what is not listed here is not there. Pure data.

Neither the place in the log nor a number of events stands here, no repeats, anomalies or rules
used: each of them would tell of a record that the view does not show.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec

from events.envelope import Platform, Source
from events.rules.access import View
from projections.conclusions.conclusions import ActiveWarning, Score, Supervised
from projections.day.shapes import Discrepancy, MeasureStatus, Membership, PendingNotice
from projections.profile.cases import Case
from projections.profile.shapes import OwnWords, RecordStatus


class DisclosedRecord(msgspec.Struct, frozen=True):
    """A record as its readers may have it, until the first day without; amounts are fen.

    `rule` is the rule that says how long it is shown.
    """

    event_id: str
    type: str
    category: str
    department: str
    region: str
    document_no: str
    name: str | None
    source: Source
    day: date
    day_basis: str
    verified: bool | None
    ended_on: date | None
    status: RecordStatus
    tier: str
    amount_fen: int | None
    owed_fen: int | None
    details: dict[str, Any]
    objected: bool
    repaired_on: date | None
    statements: tuple[OwnWords, ...]
    shown_until: date | None
    rule: str


class DisclosedListing(msgspec.Struct, frozen=True):
    """A list that the subject is on, in effect and published; `until` is the first day after."""

    entry_id: str
    list: str
    ground: str
    document_no: str
    region: str
    since: date
    until: date | None


class DisclosedProfile(msgspec.Struct, frozen=True):
    """What the public, or an agency by its contract, is shown of a subject.

    `counts` are of records by category, those among them that are only counted too.
    """

    view: View
    platform: Platform
    subject_id: str
    on: date
    name: str | None
    status: str | None
    counts: dict[str, int]
    records: list[DisclosedRecord]
    lists: list[DisclosedListing]


class DisclosedCases(msgspec.Struct, frozen=True):
    """The court cases of a subject today, chained from the stages that this reader may see."""

    view: View
    platform: Platform
    subject_id: str
    on: date
    cases: tuple[Case, ...]


class SharedProfile(DisclosedProfile, frozen=True):
    """What is shared with an authority: besides, what is concluded, and the evidence it may see."""

    kind: str | None
    industry: str | None
    aliases: list[str]
    memberships: list[Membership]
    notices: list[PendingNotice]
    warnings: list[ActiveWarning]
    supervision: list[Supervised]
    score: Score | None
    measures: list[MeasureStatus]
    discrepancies: list[Discrepancy]
