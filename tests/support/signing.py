"""Keys of departments, made of a word, and what they sign."""

from datetime import date

from events.topics import submissions_topic
from projections.proof.department_keys import (
    DatedKey,
    DepartmentKeys,
    SigningDepartment,
    signature_line,
)
from projections.proof.kinds import ED25519
from projections.proof.notes import Signer

ORIGIN = "localhost/credit"


def a_signer(department: str = "market-zj", word: str = "first") -> Signer:
    """Make a key of a department; the same word gives the same key."""
    return Signer(f"{ORIGIN}/departments/{department}", ED25519, word.encode().ljust(32)[:32])


def a_key(signer: Signer, start: str = "2020-01-01", **days: str) -> DatedKey:
    """Make the row of a key, with `end` and `revoked_on` where they are given."""
    dated = {name: date.fromisoformat(day) for name, day in days.items()}
    return DatedKey(vkey=signer.verifier.vkey(), start=date.fromisoformat(start), **dated)


def registered(code: str, *keys: DatedKey, must_sign_from: str | None = None) -> DepartmentKeys:
    """Make the register of one department."""
    day = date.fromisoformat(must_sign_from) if must_sign_from else None
    return DepartmentKeys([SigningDepartment(code=code, must_sign_from=day, key=[*keys])])


def signed_by(
    signer: Signer, value: bytes, department: str = "market-zj", platform: str = "organisation"
) -> bytes:
    """Sign what a department submits on its own topic."""
    return signature_line(signer, submissions_topic(platform, department), value).encode()
