"""Who asks, what for, and what is decided about it. Pure data."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Final, TypeAlias

import msgspec

from events.envelope import Platform
from events.rules.access import Gives, Purpose, Role, View
from events.rules.dated import in_force


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
        return in_force(self.start, self.end, on) and purpose in self.purposes


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


NO_KEY_IN_FORCE: Final = "no_key_in_force"
"""The rule of a refusal where no row is asked: what was shown is no key, or is one no more."""

ASKS_SEAT: Final = frozenset({Gives.PROFILE, Gives.CASES, Gives.CONCLUSIONS, Gives.REPORT})
"""What a region is given of the subjects that are seated in it."""

TOLD_OF_HIDDEN: Final = frozenset(
    {Gives.INQUIRIES, Gives.CONSENTS, Gives.CONSENTING, Gives.ERASURES, Gives.ERASING}
)
"""What goes on being told once an erasure is approved.

Who asked, which the law keeps; and the erasure itself, which may still be taken back.
"""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for, of whom, and for what.

    `seat` is the division in which the subject has its seat, or that is asked about itself. `of` is
    the organisation whose own matter it is: a department's duty, a subject's record. `erased`: what
    is asked for is hidden since the approval of an erasure, or gone.
    """

    gives: Gives
    platform: Platform | None = None
    subject: str | None = None
    of: str | None = None
    seat: str | None = None
    purpose: Purpose | None = None
    basis: str | None = None
    consent: ConsentState = ConsentState.NONE
    erased: bool = False


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


ANSWERED: Final = "answered"
"""The outcome of an inquiry that was answered."""

COUNTED: Final = frozenset({ANSWERED, RefusalCode.NOTHING_PUBLIC.value})
"""Outcomes that count by a quota: that nothing is shown is an answer, else codes could be tried."""


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

    @property
    def bounded_by(self) -> Contract | None:
        """The contract whose quota an answer counts by; None where no quota bounds it."""
        contract = self.contract
        return None if contract is None or contract.a_day is None else contract


class AccessRefusal(msgspec.Struct, frozen=True, kw_only=True):
    """It is not given: why, and by which row; `WITHOUT_A_ROW` where none gives it to the role."""

    rule: str
    code: RefusalCode


AccessDecision: TypeAlias = AccessPermit | AccessRefusal
