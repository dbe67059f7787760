"""What a profile shows: its records, who may see each, and all that is concluded. Pure data."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Any

import msgspec

from events.envelope import Source
from projections.calendar.slots import Slots
from projections.conclusions.conclusions import ActiveWarning, Score, Supervised
from projections.day.effects import Effect
from projections.day.shapes import (
    Discrepancy,
    MeasureStatus,
    Membership,
    PendingNotice,
    RepairFlaw,
    RepairState,
)
from projections.profile.category_count import CategoryCount
from projections.record.matters import AnyMatter


class RecordStatus(StrEnum):
    """Where a record stands on a day.

    `run_out` is after its own last day, `replaced` a balance whose place a later one has taken,
    `stopped` what an objection ended and `no_effect` a list entry without one.
    """

    IN_EFFECT = "in_effect"
    SETTLED = "settled"
    BREACHED = "breached"
    RUN_OUT = "run_out"
    REPLACED = "replaced"
    ENDED = "ended"
    REPAIRED = "repaired"
    STOPPED = "stopped"
    NO_EFFECT = "no_effect"


class Shown(msgspec.Struct, frozen=True, gc=False):
    """Who may see a record, each until the first day without; None is not at all, or no end.

    `clock` is the day from which the period ran, `clock_basis` which of the known days that is.
    """

    public: bool
    public_until: date | None
    shared: bool
    shared_until: date | None
    agency: bool
    agency_until: date | None
    clock: date
    clock_basis: str
    rule: str


class OwnWords(msgspec.Struct, frozen=True, gc=False):
    """The subject's statement (说明) beside a record."""

    event_id: str
    day: date
    text: str


class ShownAnswer(msgspec.Struct, frozen=True, gc=False):
    """An answer to an objection."""

    event_id: str
    day: date
    department: str
    outcome: str


class ShownObjection(msgspec.Struct, frozen=True, gc=False):
    """An objection (异议) beside a record, the last day to answer it, and its answers so far.

    `review_of` is the objection whose answer is to be looked at again (复核). `due_provisional`
    says that the last day may move, as the working days of its year are not announced yet.
    """

    event_id: str
    raised_on: date
    review_of: str | None
    due_on: date | None
    answers: tuple[ShownAnswer, ...]
    due_provisional: bool = False


class ShownRecord(msgspec.Struct, frozen=True, gc=False):
    """A record in the profile; amounts are fen, None unknown. `details` are its type's own fields.

    A self-declared record is marked by its `source`, and trusted less: it counts for and against
    nothing.
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
    corrected: int
    ended_on: date | None
    status: RecordStatus
    tier: str
    amount_fen: int | None
    owed_fen: int | None
    details: dict[str, Any]
    objected: bool
    objections: tuple[ShownObjection, ...]
    repair: RepairState
    repair_note: RepairFlaw
    repaired_on: date | None
    statements: tuple[OwnWords, ...]
    shown: Shown


class ConcludedRecord(msgspec.Struct, frozen=True, gc=False):
    """What was concluded of a matter on a day, and up to which day time alone leaves it so.

    It holds by the versions of rules that `arranged` is of, with these times on serious lists, from
    `since` to the day before `until`; and as long as what reaches it from outside is the same: what
    its marks do to it, how its own list entry stands, from when a later balance takes its place.
    """

    matter: AnyMatter
    arranged: Slots
    spans: tuple[tuple[date, date], ...]
    marked: Effect | None
    member: Membership | None
    replaced_on: date
    since: date
    until: date
    record: ShownRecord
    used: tuple[str, ...]
    fen: int | None


class Profile(msgspec.Struct, frozen=True, gc=False):
    """What follows from a record on a day. `next_change_on`: when time alone changes it."""

    name: str | None
    names: dict[str, int]
    kind: str | None
    status: str | None
    industry: str | None
    aliases: list[str]
    merged_into: str | None
    categories: dict[str, CategoryCount]
    records: list[ShownRecord]
    arrears_owed_fen: int
    arrears_unknown: int
    lists: list[Membership]
    notices: list[PendingNotice]
    warnings: list[ActiveWarning]
    supervision: list[Supervised]
    score: Score | None
    measures: list[MeasureStatus]
    discrepancies: list[Discrepancy]
    repeats: int
    anomalies: dict[str, int]
    rules: list[str]
    assessed_on: date
    next_change_on: date | None

    def of(self, event_type: str) -> list[ShownRecord]:
        """Give the records that one type of event opened, oldest first."""
        return [record for record in self.records if record.type == event_type]
