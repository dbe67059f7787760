"""What a witness cosigns (C2SP tlog-witness): only what goes on from what it knows. Pure."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - mypyc needs it at run time
from typing import Final

from projections.proof.checkpoints import Checkpoint
from projections.proof.entries import hash_of, hashes_told, read_number
from projections.proof.errors import ProofError, RefusedByWitnessError
from projections.proof.notes import parse_note
from projections.proof.policy import Policy  # noqa: TC001 - mypyc needs it at run time
from projections.proof.tree import EMPTY_ROOT, check_consistency

BYTES_MAX: Final = 64 * 1024
SIZE_TYPE: Final = "text/x.tlog.size"
"""How a witness tells which size it knows."""

_PATH_MAX: Final = 63
_MALFORMED, _UNSIGNED, _UNKNOWN, _CONFLICT, _UNPROVED = 400, 403, 404, 409, 422


def request_told(old_size: int, path: list[bytes], checkpoint: str) -> str:
    """Write what a log asks of a witness: to cosign a checkpoint that goes on from an old size."""
    return f"old {old_size}\n{hashes_told(path)}\n{checkpoint}"


def to_cosign(body: bytes, policy: Policy, known: Mapping[str, Checkpoint]) -> Checkpoint:
    """Give the checkpoint that may be cosigned, by what is known of each log.

    Raises `RefusedByWitnessError` with the status of the answer.
    """
    old_size, path, told = _read(body)
    try:
        note = parse_note(told)
        origin = note.text.partition("\n")[0]
    except ProofError as error:
        raise RefusedByWitnessError(_MALFORMED, str(error)) from None
    if origin not in {log.verifier.name for log in policy.logs}:
        raise RefusedByWitnessError(_UNKNOWN, f"no log of the policy is named {origin[:100]!r}")
    try:
        new = policy.check_log(note)
    except ProofError as error:
        raise RefusedByWitnessError(_UNSIGNED, str(error)) from None
    if old_size > new.size:
        raise RefusedByWitnessError(_MALFORMED, f"old {old_size} is more than {new.size}")
    _check_goes_on(old_size, path, new, known.get(origin, Checkpoint(origin, 0, EMPTY_ROOT)))
    return new


def _check_goes_on(old_size: int, path: list[bytes], new: Checkpoint, known: Checkpoint) -> None:
    if old_size != known.size:
        raise RefusedByWitnessError(_CONFLICT, f"it knows {known.size} leaves", known.size)
    if new.size == known.size and new.root != known.root:
        raise RefusedByWitnessError(
            _CONFLICT, f"two trees of {known.size} leaves have different roots", known.size
        )
    try:
        check_consistency(known.size, new.size, known.root, new.root, path)
    except ProofError as error:
        raise RefusedByWitnessError(_UNPROVED, str(error)) from None


def _read(body: bytes) -> tuple[int, list[bytes], str]:
    try:
        return _parts(body.decode())
    except (UnicodeDecodeError, ProofError) as error:
        raise RefusedByWitnessError(_MALFORMED, f"no request: {error}") from None


def _parts(told: str) -> tuple[int, list[bytes], str]:
    head, blank, checkpoint = told.partition("\n\n")
    first, *path = head.split("\n")
    if len(told) > BYTES_MAX or not blank or not first.startswith("old ") or len(path) > _PATH_MAX:
        raise ProofError(
            f"it is old SIZE, at most {_PATH_MAX} hashes, an empty line and a checkpoint, of at"
            f" most {BYTES_MAX} bytes"
        )
    return read_number(first.removeprefix("old ")), [hash_of(each) for each in path], checkpoint
