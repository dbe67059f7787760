"""Which departments sign what they submit, from when, and by which keys: dated data, and its use.

Written as TOML, a row a department. Days are days in China; `to` and `revoked_on` are the first day
on which a key no longer holds.

    [[department]]
    code = "market-zj"
    must_sign_from = 2026-12-01        # left out: it may sign
    reference = "电子签名法 第13、14条"   # on what that rests

    [[department.key]]
    vkey = "credit.zj.example/departments/market-zj+0a1b2c3d+AU…"
    from = 2026-11-01
    to = 2027-11-01
    revoked_on = 2027-02-01
"""

from __future__ import annotations

import tomllib
from datetime import date
from typing import TYPE_CHECKING, Final

import msgspec

from events.admission.rejection import RejectionReason
from events.admission.signatures import Unfit, submission_text
from events.envelope import Attestation
from projections.proof.errors import ProofError
from projections.proof.notes import Verifier, parse_note, parse_vkey, verified

if TYPE_CHECKING:
    from collections.abc import Sequence

    from events.admission.signatures import Handed
    from projections.proof.notes import Note, Signer

DEPARTMENTS: Final = "departments/"
_ONE_LINE: Final = "the header `signature` holds the line of one signature of a note (C2SP)"


class DatedKey(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename={"start": "from", "end": "to"},
    forbid_unknown_fields=True,
):
    """A key of a department, and from which day up to before which it holds."""

    vkey: str
    start: date
    end: date | None = None
    revoked_on: date | None = None

    def holds(self, on: date) -> bool:
        """Say whether what is submitted on a day may be signed by it."""
        ends = [each for each in (self.end, self.revoked_on) if each is not None]
        return self.start <= on and all(on < each for each in ends)

    def told(self) -> str:
        """Tell the days on which it holds."""
        words = [f"from {self.start}"]
        words += [f"to before {self.end}"] if self.end else []
        words += [f"revoked on {self.revoked_on}"] if self.revoked_on else []
        return ", ".join(words)


class SigningDepartment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A department that signs: from which day it must, on what that rests, and its keys."""

    code: str
    must_sign_from: date | None = None
    reference: str = "assumption"
    key: list[DatedKey] = []

    def must_sign(self, on: date) -> bool:
        """Say whether what it submits on a day must be signed."""
        return self.must_sign_from is not None and self.must_sign_from <= on


class _Register(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    department: list[SigningDepartment] = []


class DepartmentKeys:
    """The keys of all departments that sign."""

    def __init__(self, departments: Sequence[SigningDepartment] = ()) -> None:
        """Read the keys. Raises `ProofError` naming the department whose row cannot be."""
        self.departments = {each.code: each for each in departments}
        if len(self.departments) != len(departments):
            raise ProofError("a department stands twice; write its keys in one row")
        self._keys = {
            (each.code, verifier.key_id): (verifier, key)
            for each in departments
            for key in each.key
            for verifier in [_verifier(each.code, key)]
        }

    def check(self, handed: Handed) -> Attestation | Unfit | None:
        """Give what was signed, None where nothing was, or why the submission is not taken."""
        if handed.signature is None:
            return self._unsigned(handed)
        line = handed.signature.decode("utf-8", "replace").removesuffix("\n")
        try:
            note = parse_note(f"{submission_text(handed.topic, handed.value)}\n{line}\n")
        except ProofError as error:
            return Unfit(RejectionReason.SIGNATURE_WRONG, line, f"{_ONE_LINE}: {error}")
        if len(note.signatures) != 1 or "\n" in line:
            return Unfit(RejectionReason.SIGNATURE_WRONG, line, _ONE_LINE)
        return self._verified(handed, note, line)

    def _unsigned(self, handed: Handed) -> Unfit | None:
        row = self.departments.get(handed.department)
        if row is None or not row.must_sign(handed.on):
            return None
        rule = (
            f"{row.code} signs what it submits from {row.must_sign_from} on ({row.reference}):"
            " `submit … --key FILE`, or the header `signature`"
        )
        return Unfit(RejectionReason.SIGNATURE_MISSING, "", rule)

    def _verified(self, handed: Handed, note: Note, line: str) -> Attestation | Unfit:
        by = note.signatures[0]
        named = f"{by.name}+{by.key_id.hex()}"
        verifier, key = self._keys.get((handed.department, by.key_id), (None, None))
        if verifier is None or key is None or verifier.name != by.name:
            known = self.told(handed.department)
            rule = f"the key must be registered for {handed.department}: {known}"
            return Unfit(RejectionReason.SIGNATURE_KEY_UNKNOWN, named, rule)
        try:
            verified(note, [verifier])
        except ProofError:
            rule = (
                f"the signature must be of these bytes on {handed.topic}, by the key that it names:"
                " sign what is submitted, and change nothing after"
            )
            return Unfit(RejectionReason.SIGNATURE_WRONG, named, rule)
        if not key.holds(handed.on):
            rule = f"the key holds {key.told()}, and not on {handed.on}: sign by one in force"
            return Unfit(RejectionReason.SIGNATURE_KEY_NOT_IN_FORCE, named, rule)
        return Attestation(line, handed.value)

    def told(self, department: str) -> str:
        """Tell the keys of a department by name, id and days."""
        told = [
            f"{verifier.name}+{verifier.key_id.hex()} ({key.told()})"
            for (code, _), (verifier, key) in self._keys.items()
            if code == department
        ]
        return "; ".join(told) or "none is"


def read_department_keys(text: str) -> DepartmentKeys:
    """Read the file of the keys of departments. Raises `ProofError` saying what is wrong where."""
    try:
        register = msgspec.convert(tomllib.loads(text), _Register)
    except RecursionError:
        raise ProofError("the keys of departments cannot be read: nested too deeply") from None
    except (ValueError, msgspec.ValidationError) as error:  # also of a number of too many digits
        raise ProofError(f"the keys of departments cannot be read: {str(error)[:200]}") from None
    return DepartmentKeys(register.department)


def signature_line(signer: Signer, topic: str, value: bytes) -> str:
    """Sign the bytes that a department submits on a topic, as the header `signature` holds it."""
    return signer.signature(submission_text(topic, value)).removesuffix("\n")


def _verifier(code: str, key: DatedKey) -> Verifier:
    try:
        verifier = parse_vkey(key.vkey)
    except ProofError as error:
        raise ProofError(f"{code}: {error}") from None
    if verifier is None or verifier.kind.checkpoints_only:
        raise ProofError(f"{code}: a key of a kind that signs no submissions: {key.vkey[:100]}")
    if not verifier.name.endswith(f"/{DEPARTMENTS}{code}"):
        rule = f"its name ends in /{DEPARTMENTS}{code}"
        raise ProofError(f"{code}: a key named {verifier.name}; {rule}")
    if key.end is not None and key.end <= key.start:
        raise ProofError(f"{code}: a key that holds on no day: from {key.start} to {key.end}")
    return verifier
