"""Who asks, what for, and what is decided about it. Pure data."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import TypeAlias

import msgspec

from events.envelope import Platform
from events.rules.access import Gives, Purpose, Role, View


class Contract(msgspec.Struct, frozen=True, kw_only=True):
    """A contract of an agency or a province: for what, from `start` to the day before `end`.

    `a_day` is how many answers it gives a day in China, None without a bound.
    """

    contract_id: str
    purposes: tuple[Purpose, ...]
    start: date
    end: date | None = None
    a_day: int | None = None

    def covers(self, purpose: Purpose | None, on: date) -> bool:
        """Say whether it is in force on a day for a purpose."""
        in_force = self.start <= on and (self.end is None or on < self.end)
        return in_force and purpose in self.purposes


class ConsentState(StrEnum):
    """What the subject said to who asks, for this purpose, as it stands on the day."""

    NONE = "none"
    GIVEN = "given"
    WITHDRAWN = "withdrawn"
    RUN_OUT = "run_out"


class Asker(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks: in which role, for which organisation, by whose hand.

    `organisation` is the code of a department, agency or province; of a subject its own id.
    `region` is the division of a supervisor. `key_id` names the key shown, never its secret.
    """

    role: Role
    organisation: str | None = None
    person: str | None = None
    region: str | None = None
    contracts: tuple[Contract, ...] = ()
    key_id: str | None = None

    def contract_for(self, purpose: Purpose | None, on: date) -> Contract | None:
        """Give the first contract that is in force on a day for a purpose."""
        return next((each for each in self.contracts if each.covers(purpose, on)), None)


PUBLIC_ASKER = Asker(role=Role.PUBLIC)
"""Whoever shows no key."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for, of whom, and for what.

    `seat` is the division in which the subject has its seat, or that is asked about itself. `of` is
    the organisation whose own matter it is: a department's duty, a subject's record.
    """

    gives: Gives
    platform: Platform | None = None
    subject: str | None = None
    of: str | None = None
    seat: str | None = None
    purpose: Purpose | None = None
    basis: str | None = None
    consent: ConsentState = ConsentState.NONE


class RefusalCode(StrEnum):
    """Why something is not given: what stands as `code` in a refusal."""

    UNAUTHENTICATED = "unauthenticated"
    PURPOSE_MISSING = "purpose_missing"
    PURPOSE_NOT_OF_ROLE = "purpose_not_of_role"
    OUTSIDE_REGION = "outside_region"
    NOT_OWN = "not_own"
    CONSENT_MISSING = "consent_missing"
    CONTRACT_MISSING = "contract_missing"
    PERSON_NEVER_PUBLIC = "person_never_public"
    NOTHING_PUBLIC = "nothing_public"
    ERASED = "erased"
    QUOTA_USED = "quota_used"
    INQUIRY_NOT_RECORDED = "inquiry_not_recorded"


class AccessPermit(msgspec.Struct, frozen=True, kw_only=True):
    """It is given, in this view, by this row. `only_for` narrows what is seen to what is for it.

    `purpose` is the one that counts: the one said, or the one that the role implies. `department`
    is the one that asks, to which its own reports are shown whatever became of them. `contract` is
    the one by which it is given, whose quota counts. `names`: what is sealed of
    persons is opened, as the purpose needs to know who it is.
    """

    rule: str
    view: View
    recorded: bool
    purpose: Purpose | None = None
    only_for: str | None = None
    department: str | None = None
    contract: Contract | None = None
    names: bool = False


class AccessRefusal(msgspec.Struct, frozen=True, kw_only=True):
    """It is not given: why, and by which row; `WITHOUT_A_ROW` where none gives it to the role."""

    rule: str
    code: RefusalCode


AccessDecision: TypeAlias = AccessPermit | AccessRefusal
