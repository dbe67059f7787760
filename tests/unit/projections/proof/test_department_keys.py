"""The keys of departments as dated data: on which day which key holds, and what cannot be written."""

from __future__ import annotations

from datetime import date

import pytest

from events.admission.rejection import RejectionReason
from events.admission.signatures import Handed, Unfit
from events.envelope import Attestation
from projections.proof.department_keys import DepartmentKeys, read_department_keys
from projections.proof.errors import ProofError
from projections.proof.kinds import ML_DSA_44
from projections.proof.notes import Signer
from tests.support.signing import a_key, a_signer, signed_by

TOPIC = "credit.organisation.submissions.market-zj"
FIRST, SECOND = a_signer("market-zj", "first"), a_signer("market-zj", "second")
REGISTER = f"""
[[department]]
code = "market-zj"
must_sign_from = 2026-03-01
reference = "电子签名法 第13、14条"

[[department.key]]
vkey = "{FIRST.verifier.vkey()}"
from = 2026-01-01
to = 2026-07-01

[[department.key]]
vkey = "{SECOND.verifier.vkey()}"
from = 2026-06-01
revoked_on = 2026-09-01

[[department]]
code = "tax-zj"

[[department.key]]
vkey = "{a_signer("tax-zj").verifier.vkey()}"
from = 2026-01-01
"""


def looked_at(day: str, signature: bytes | None, department: str = "market-zj") -> object:
    handed = Handed(department, TOPIC, date.fromisoformat(day), b"said", signature)
    by = read_department_keys(REGISTER).check(handed)
    return by.code if isinstance(by, Unfit) else by


@pytest.mark.parametrize(
    ("day", "first", "second", "unsigned"),
    [
        ("2025-12-31", False, False, True),
        ("2026-01-01", True, False, True),
        ("2026-02-28", True, False, True),
        ("2026-03-01", True, False, False),
        ("2026-06-01", True, True, False),
        ("2026-06-30", True, True, False),
        ("2026-07-01", False, True, False),
        ("2026-08-31", False, True, False),
        ("2026-09-01", False, False, False),
    ],
)
def test_two_keys_hold_while_they_are_changed(
    day: str,
    first: bool,  # noqa: FBT001
    second: bool,  # noqa: FBT001
    unsigned: bool,  # noqa: FBT001
) -> None:
    for signer, holds in ((FIRST, first), (SECOND, second)):
        line = signed_by(signer, b"said")
        wanted = Attestation(line.decode(), b"said")
        assert looked_at(day, line) == (
            wanted if holds else RejectionReason.SIGNATURE_KEY_NOT_IN_FORCE
        )
    assert looked_at(day, None) == (None if unsigned else RejectionReason.SIGNATURE_MISSING)


def test_a_newline_after_the_line_is_no_part_of_it() -> None:
    line = signed_by(FIRST, b"said")
    assert looked_at("2026-02-01", line + b"\n") == Attestation(line.decode(), b"said")
    assert looked_at("2026-02-01", line + b"\n\n") == RejectionReason.SIGNATURE_WRONG


@pytest.mark.parametrize(
    "line", [b"", b"\xff", b"\n", "— x".encode(), "— x AAAA".encode(), b"0" * 99_999]
)
def test_what_is_no_signature_is_told_so(line: bytes) -> None:
    assert looked_at("2026-02-01", line) == RejectionReason.SIGNATURE_WRONG


def test_a_key_under_another_name_is_unknown() -> None:
    """Its id is drawn from its name, so another name is another key."""
    false = Signer("localhost/credit/departments/tax-zj", FIRST.kind, FIRST.private)
    assert (
        looked_at("2026-02-01", signed_by(false, b"said")) == RejectionReason.SIGNATURE_KEY_UNKNOWN
    )
    renamed = signed_by(FIRST, b"said").replace(b"market-zj", b"market-xx")
    assert looked_at("2026-02-01", renamed) == RejectionReason.SIGNATURE_KEY_UNKNOWN


def test_a_department_that_is_not_registered_has_no_key() -> None:
    assert looked_at("2026-05-01", None, "court-zj") is None
    by = looked_at("2026-05-01", signed_by(FIRST, b"said"), "court-zj")
    assert by == RejectionReason.SIGNATURE_KEY_UNKNOWN


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (("market-zj+", "market-zj-"), "market-zj"),
        (('code = "market-zj"', 'code = "health-zj"'), "ends in /departments/health-zj"),
        (('code = "tax-zj"', 'code = "market-zj"'), "stands twice"),
        (("to = 2026-07-01", "to = 2026-01-01"), "holds on no day"),
        (("to = 2026-07-01", 'to = "soon"'), "$.department[0].key[0].to"),
        (("to = 2026-07-01", "until = 2026-07-01"), "unknown field `until`"),
        (("from = 2026-06-01", ""), "missing required field `from`"),
        (("[[department.key]]", "[[department.key]"), "cannot be read"),
        (("must_sign_from = ", f"x = {'[' * 9_999}"), "nested too deeply"),
        (("must_sign_from = ", f"x = {'9' * 5_000} #"), "cannot be read"),
    ],
)
def test_what_cannot_be_is_named(change: tuple[str, str], why: str) -> None:
    with pytest.raises(ProofError, match=r".") as told:
        read_department_keys(REGISTER.replace(*change))
    assert why in str(told.value)


def test_a_kind_that_signs_checkpoints_signs_no_submissions() -> None:
    signer = Signer("localhost/credit/departments/market-zj", ML_DSA_44, bytes(32))
    text = f'[[department]]\ncode = "market-zj"\nkey = [{{vkey = "{signer.verifier.vkey()}", from = 2026-01-01}}]'
    with pytest.raises(ProofError, match="signs no submissions"):
        read_department_keys(text)


def test_without_a_register_nobody_has_to_sign() -> None:
    assert read_department_keys("").check(Handed("x", TOPIC, date(2026, 1, 1), b"", None)) is None
    assert DepartmentKeys().told("x") == "none is"
    assert a_key(FIRST, end="2021-01-01").told() == "from 2020-01-01, to before 2021-01-01"
