"""The keys of departments, read anew whenever their file changes: a key is revoked at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import structlog

from events.rules.rulebook import load_rulebook
from projections.proof.department_keys import DepartmentKeys, read_department_keys
from projections.proof.entries import text_told
from projections.proof.errors import ProofError
from streams.faults import fault

if TYPE_CHECKING:
    from pathlib import Path

    from events.admission.signatures import Handed, SignatureCheck, Unfit
    from events.envelope import Attestation

DEPARTMENT_KEYS_FILE: Final = "departments.toml"
"""Beside the other keys, in the folder of keys."""

_log = structlog.get_logger(__name__)


class DepartmentKeyFile:
    """Checks signatures by a file of keys; without one nobody signs."""

    def __init__(self, path: Path | None) -> None:
        """Read the file. Raises `ProofError` where it cannot be read: then nothing is admitted."""
        self._path = path
        self._seen: tuple[int, int, int] | None = None
        self._keys = DepartmentKeys()
        self._look()

    def __call__(self, handed: Handed) -> Attestation | Unfit | None:
        """Give what was signed, None where nothing was, or why the submission is not taken."""
        return self.keys().check(handed)

    def check_now(self) -> SignatureCheck:
        """Give the check by the keys of now, for all of a round: a look for each costs a tenth."""
        return self.keys().check

    def keys(self) -> DepartmentKeys:
        """Give the keys as the file has them now; where it cannot be read, those of before."""
        try:
            self._look()
        except (ProofError, OSError) as error:
            _log.error("department_keys_unreadable", file=str(self._path), error=fault(error))
        return self._keys

    def _look(self) -> None:
        if self._path is None or (self._seen is None and not self._path.exists()):
            return
        found = self._path.stat()
        seen = found.st_mtime_ns, found.st_size, found.st_ino
        if seen != self._seen:
            # Noted first: what cannot be read is told once, and not at each submission.
            is_first, self._seen = self._seen is None, seen
            try:
                keys = read_department_keys(text_told(self._path.read_bytes()))
                _check_known(keys)
                self._keys = keys
            except ProofError as error:
                self._seen = None if is_first else seen
                raise ProofError(f"{self._path}: {error}") from None


def _check_known(keys: DepartmentKeys) -> None:
    """Check that each row is of a department: of a misspelt code nobody would have to sign."""
    rulebook = load_rulebook()
    for code in keys.departments:
        if rulebook.department(code) is None:
            raise ProofError(
                f"no department has the code {code[:60]!r}; `credit-ledger catalogue departments`"
                " lists all"
            )
