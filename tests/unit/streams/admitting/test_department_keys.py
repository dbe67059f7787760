"""The file of the keys of departments is read anew when it changes, and never for the worse."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from events.admission.rejection import RejectionReason
from events.admission.signatures import Handed, Unfit
from projections.proof.errors import ProofError
from streams.admitting.department_keys import DepartmentKeyFile
from tests.support.signing import a_signer, signed_by

SIGNER = a_signer()
SUBMISSIONS = "credit.organisation.submissions"
KEY = f"""
[[department]]
code = "market-zj"
must_sign_from = 2026-01-01
key = [{{vkey = "{SIGNER.verifier.vkey()}", from = 2026-01-01, MORE}}]
"""


def outcome(file: DepartmentKeyFile, *, signed: bool) -> RejectionReason | None:
    line = signed_by(SIGNER, b"said") if signed else None
    by = file(Handed("market-zj", f"{SUBMISSIONS}.market-zj", date(2026, 6, 1), b"said", line))
    return by.code if isinstance(by, Unfit) else None


def test_a_key_is_revoked_without_a_restart(tmp_path: Path) -> None:
    place = tmp_path / "departments.toml"
    file = DepartmentKeyFile(place)
    assert outcome(file, signed=False) is None

    place.write_text(KEY.replace(", MORE", ""), "utf-8")
    assert outcome(file, signed=False) is RejectionReason.SIGNATURE_MISSING
    assert outcome(file, signed=True) is None

    place.write_text(KEY.replace("MORE", "revoked_on = 2026-06-01"), "utf-8")
    assert outcome(file, signed=True) is RejectionReason.SIGNATURE_KEY_NOT_IN_FORCE


@pytest.mark.parametrize(
    "spoilt", ["[[", "\udcff", f"x = {'[' * 9_999}", f"x = {'9' * 5_000}", None]
)
def test_a_file_that_was_spoilt_or_lost_frees_nobody_from_signing(
    tmp_path: Path, spoilt: str | None
) -> None:
    place = tmp_path / "departments.toml"
    place.write_text(KEY.replace(", MORE", ""), "utf-8")
    file = DepartmentKeyFile(place)
    if spoilt is None:
        place.unlink()
    else:
        place.write_bytes(spoilt.encode("utf-8", "surrogateescape"))

    assert outcome(file, signed=False) is RejectionReason.SIGNATURE_MISSING
    assert outcome(file, signed=True) is None


@pytest.mark.parametrize(
    "data", [b"[[", b"\xff", b"x = " + b"[" * 9_999, b'[[department]]\ncode = "market-jz"']
)
def test_admission_does_not_begin_with_a_file_that_cannot_be_read(
    tmp_path: Path, data: bytes
) -> None:
    place = tmp_path / "departments.toml"
    place.write_bytes(data)
    with pytest.raises(ProofError, match=r"departments\.toml"):
        DepartmentKeyFile(place)


def test_a_round_looks_at_the_file_once(tmp_path: Path) -> None:
    place = tmp_path / "departments.toml"
    file = DepartmentKeyFile(place)
    handed = Handed("market-zj", f"{SUBMISSIONS}.market-zj", date(2026, 6, 1), b"said", None)
    before = file.check_now()
    place.write_text(KEY.replace(", MORE", ""), "utf-8")
    assert before(handed) is None
    after = file.check_now()(handed)
    assert isinstance(after, Unfit)
    assert after.code is RejectionReason.SIGNATURE_MISSING


def test_without_a_folder_of_keys_nobody_signs() -> None:
    assert outcome(DepartmentKeyFile(None), signed=False) is None
    assert outcome(DepartmentKeyFile(None), signed=True) is RejectionReason.SIGNATURE_KEY_UNKNOWN
