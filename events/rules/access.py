"""Who may be given what, for what, and how much of it is shown: the rows of `access.toml`. Pure.

Which claims of a provider's token make which role stands in `claims.toml`.

A role that no row names is given nothing. Which row answers a question is told by four things alone
(role, what is given, platform, purpose), and no two rows that hold on one day have all four in
common: their order means nothing.
"""

from __future__ import annotations

import tomllib
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache
from importlib.resources import files

import msgspec

from events.envelope import Platform
from events.rules.dated import Basis, in_force


class Role(StrEnum):
    """As what somebody asks. Who shows no key is the public."""

    PUBLIC = "public"
    SUBJECT = "subject"
    DEPARTMENT = "department"
    REGION = "region"
    AGENCY = "agency"
    PROVINCE = "province"
    AUDITOR = "auditor"
    OPERATOR = "operator"


class Gives(StrEnum):
    """What a question gives: the kinds of answer that the rows decide about."""

    DOCUMENTS = "documents"
    """What is published of the service itself: schemas, standards, descriptions, that it runs."""
    EVIDENCE = "evidence"
    """Signed heads of the log and what links them: hashes, which name nobody."""
    YEARS = "years"
    """Frozen years of regions."""
    PROFILE = "profile"
    CASES = "cases"
    CONCLUSIONS = "conclusions"
    """What is concluded of one subject: the hint, and its evaluation of a year."""
    REPORT = "report"
    """A report of one subject that proves: in full what the view shows, the rest as hashes."""
    HISTORY = "history"
    """Every event of a subject, its states as of any day, and what proves either."""
    FIND = "find"
    """Subjects by what leads to them: names, numbers, products."""
    FIRMS = "firms"
    """Firms of a region or an industry."""
    LISTS = "lists"
    """Entries of lists."""
    LIST_COUNTS = "list_counts"
    WARNINGS = "warnings"
    REVIEWS = "reviews"
    ANALYSIS = "analysis"
    REGION_NOW = "region_now"
    QUALITY = "quality"
    """How departments report."""
    QUERY_COUNTS = "query_counts"
    USE = "use"
    """How departments, cities and counties use what is recorded; no subject is named."""
    DUTIES = "duties"
    """What a department has to do, and what became of what it handed in."""
    ACTS = "acts"
    """What is said to the service for a department: that it takes note of a warning."""
    LOCAL_ACTS = "local_acts"
    """What is said for a department by verbs, where the ledger's own servers are at hand."""
    INQUIRIES = "inquiries"
    """Who asked of a subject."""
    CONSENTS = "consents"
    """Whom a subject lets ask of it."""
    CONSENTING = "consenting"
    """That it lets somebody ask of it, or no longer, said by itself."""
    SAYING = "saying"
    """That a subject objects to a record of its own, or states something beside it."""
    ERASURES = "erasures"
    """Where erasures of what is kept of persons stand."""
    ERASING = "erasing"
    """That a person is to be erased, or no longer: asked by itself, or by the credit centre."""
    ERASURE_APPROVAL = "erasure_approval"
    """That an erasure is approved, by a second person of the credit centre."""
    OPERATION = "operation"
    """How the service does; no content."""


class View(StrEnum):
    """How much of what is given is shown; `projections.access.views` lists what is in each."""

    PUBLIC = "public"
    AGENCY = "agency"
    SHARED = "shared"
    OWN = "own"
    WHOLE = "whole"


class Purpose(StrEnum):
    """For what somebody asks (查询事由), a closed list; `purposes.toml` has law and roles."""

    SUPERVISION = "supervision"
    LICENSING = "licensing"
    PROCUREMENT = "procurement"
    BIDDING = "bidding"
    SUBSIDY = "subsidy"
    HONOURS = "honours"
    APPOINTMENT = "appointment"
    MEASURES = "measures"
    INVESTIGATION = "investigation"
    OBJECTION = "objection"
    QUALITY = "quality"
    AUDIT = "audit"
    OWN = "own"
    TRADE = "trade"
    AUTHORISED = "authorised"
    LENDING = "lending"
    EMPLOYMENT = "employment"
    STATISTICS = "statistics"
    OPERATION = "operation"


class AccessReach(StrEnum):
    """Of whom a row gives: anybody, oneself, or who has the seat in one's region.

    `own_or_centre` is oneself, and for the credit centre anybody; `centre` the credit centre
    alone. `addressed` leaves it to the view to show what is addressed to who asks, and no more.
    """

    ANY = "any"
    OWN = "own"
    OWN_OR_CENTRE = "own_or_centre"
    SEATED = "seated"
    CENTRE = "centre"
    ADDRESSED = "addressed"


class Need(StrEnum):
    """What has to be there besides: a contract in force, the consent of the subject, a basis."""

    CONTRACT = "contract"
    CONSENT = "consent"
    BASIS = "basis"


class AccessRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One row of the policy, in force from `start` to the day before `end`.

    What is left empty does not narrow it. `recorded`: each answer is an inquiry. `names`: persons
    are named though no inquiry is recorded, for a law publishes their names.
    """

    id: str
    roles: tuple[Role, ...]
    gives: tuple[Gives, ...]
    platforms: tuple[Platform, ...] = ()
    purposes: tuple[Purpose, ...] = ()
    reach: AccessReach = AccessReach.ANY
    needs: tuple[Need, ...] = ()
    view: View
    recorded: bool
    names: bool = False
    start: date = msgspec.field(name="from")
    end: date | None = msgspec.field(name="until", default=None)
    reference: str
    basis: Basis

    def holds(self, on: date) -> bool:
        """Say whether the row is in force on a day."""
        return in_force(self.start, self.end, on)


class PurposeRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A purpose: its names, who may have it, by which law. `implied`: it need not be said.

    `names`: whoever has it needs to know of a person who it is. `seen_after_days`: so long the
    subject is not shown that it was asked of for this; auditors are at once.
    """

    code: Purpose
    name_zh: str
    name_en: str
    roles: tuple[Role, ...]
    implied: bool = False
    names: bool = True
    seen_after_days: int | None = None
    start: date = msgspec.field(name="from")
    reference: str
    basis: Basis


class AccessPolicy(msgspec.Struct, frozen=True):
    """The rows, the purposes, and the departments that are the credit centre."""

    rows: tuple[AccessRow, ...]
    purposes: tuple[PurposeRow, ...]
    centre: frozenset[str]

    def rows_of(self, role: Role, gives: Gives, on: date) -> list[AccessRow]:
        """Give what a role is given of this kind on a day, whatever the platform and purpose."""
        return [
            row for row in self.rows if role in row.roles and gives in row.gives and row.holds(on)
        ]

    def needs_names(self, purpose: Purpose | None) -> bool:
        """Say whether a purpose needs to know who a person is; without one nobody does."""
        return any(row.code is purpose and row.names for row in self.purposes)

    def seen_from(self, role: Role, purpose: Purpose | None, at: datetime) -> datetime | None:
        """Give from when a subject sees that a role asked for a purpose; None at once.

        Whoever may not have the purpose hides nothing by saying it.
        """
        for row in self.purposes:
            if row.code is purpose and role in row.roles and row.seen_after_days is not None:
                return at + timedelta(days=row.seen_after_days)
        return None


@cache
def load_access_policy() -> AccessPolicy:
    """Read both files. Raises `msgspec.ValidationError` naming the field that is malformed."""
    folder = files("events") / "rules"
    rows = tomllib.loads((folder / "access.toml").read_text(encoding="utf-8"))
    purposes = tomllib.loads((folder / "purposes.toml").read_text(encoding="utf-8"))
    return AccessPolicy(
        msgspec.convert(rows["row"], type=tuple[AccessRow, ...]),
        msgspec.convert(purposes["purpose"], type=tuple[PurposeRow, ...]),
        frozenset(rows["centre"]),
    )


class ClaimRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A role that a value of a claim makes, in force from `start` to the day before `end`.

    `organisation`, `region` and `number` name the claim that says for whom; one of each row's kind.
    """

    id: str
    role: Role
    claim: str
    value: str
    organisation: str | None = None
    region: str | None = None
    number: str | None = None
    start: date = msgspec.field(name="from")
    end: date | None = msgspec.field(name="until", default=None)

    def holds(self, on: date) -> bool:
        """Say whether the row is in force on a day."""
        return in_force(self.start, self.end, on)


@cache
def load_claim_rows() -> tuple[ClaimRow, ...]:
    """Read the file. Raises `msgspec.ValidationError` naming the field that is malformed."""
    text = (files("events") / "rules" / "claims.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text)["row"], type=tuple[ClaimRow, ...])
