"""Copies of the vault in a file: whole or none, opened by the master key of then alone.

A file is lines of JSON: what it is and by what its keys are known; a line for each compartment of a
person; how many, and the SHA-256 of all lines before. It holds wrapped keys and tokens, and no
master key.
"""

from __future__ import annotations

import hashlib
import os
from itertools import islice
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from ops.vault.refused import VaultRefusedError
from ops.vault.rotating import check_masters
from projections.store.vault.copying import (
    CopiedCompartment,
    KnownBy,
    PutBack,
    copied,
    known_by,
    one_moment,
    put_back,
)
from projections.store.vault.opening import hold_master, know_masters, lost, open_vault
from projections.store.vault.vault import Vault
from streams.durable import sync

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ops.vault.erasures import ErasureReader
    from ops.vault.opening import VaultSettings

_T = TypeVar("_T")
FORMAT: Final = "credit-ledger vault copy 1"
BATCH: Final = 500
"""So many compartments are put back in one transaction."""

_LINE_MAX: Final = 64 * 1024 * 1024


class _Head(msgspec.Struct, frozen=True):
    format: str
    known_by: KnownBy


class CopyCounts(msgspec.Struct, frozen=True):
    """What is in a copy: how many compartments of persons, and how many records of theirs."""

    compartments: int
    records: int


class _End(msgspec.Struct, frozen=True):
    counts: CopyCounts
    sha256: str


def back_up(settings: VaultSettings, file: Path) -> CopyCounts:
    """Copy the vault as it is at one moment into a new file, for its owner alone (0600).

    The file has its name once it is whole and on disk. Raises `VaultRefusedError`, and what
    `check_masters` does: a vault that does not open is not copied.
    """
    if file.exists():
        raise VaultRefusedError("copy_there", file=file)
    beside = file.with_name(f"{file.name}.new")
    beside.unlink(missing_ok=True)
    with open_vault(settings.postgres) as connection:
        check_masters(connection, settings)
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as out, one_moment(connection):
            digest, compartments, records = hashlib.sha256(), 0, 0

            def write(item: object) -> None:
                line = msgspec.json.encode(item) + b"\n"
                digest.update(line)
                out.write(line)

            write(_Head(FORMAT, known_by(connection)))
            for each in copied(connection):
                write(each)
                compartments, records = compartments + 1, records + len(each.records)
            counts = CopyCounts(compartments, records)
            write(_End(counts, digest.hexdigest()))
            out.flush()
            os.fsync(out.fileno())
    beside.rename(file)
    sync(file.absolute().parent)
    return counts


def restore_vault(
    settings: VaultSettings,
    reader: ErasureReader,
    file: Path,
    tell: Callable[[int], None] = lambda _: None,
) -> PutBack:
    """Put back of a copy what is missing in the vault; nothing of who was erased by now.

    First the file is read whole, and the erasures in Kafka are gone through to their end. Each
    batch is a transaction: killed, or run twice, it goes on. `tell` is given how many compartments
    were gone over so far. Raises `VaultRefusedError`, `ErasuresUnknownError`, `KeysLostError`.
    """
    head, used = _checked(file)
    with open_vault(settings.postgres) as connection:
        _check_opens(head.known_by, used, settings, known_by(connection))
        for version in settings.masters.versions():
            know_masters(connection, settings.masters, version)
        reader.go_through()
        vault, done, gone_over = Vault(connection, settings.masters, settings.suite), PutBack(), 0
        each = _compartments(file)
        while some := [*islice(each, BATCH)]:
            done = done.and_(put_back(vault, some))
            gone_over += len(some)
            tell(gone_over)
    return done


def _check_opens(kept: KnownBy, used: set[int], settings: VaultSettings, now: KnownBy) -> None:
    """Hold that a copy is of this vault, and that what it is wrapped under is there still."""
    for name, box in kept.keys.items():
        if now.keys.get(name, box) != box:
            raise lost(name)
    gone = sorted(used - {*settings.masters.versions()})
    if gone:
        raise VaultRefusedError("copy_dead", version=gone[0])
    for version in used:
        hold_master(settings.masters, version, kept.masters[version])


def _checked(file: Path) -> tuple[_Head, set[int]]:
    """Read a copy whole; give its head, and the versions under which its keys are wrapped."""
    digest, used, end = hashlib.sha256(), set[int](), None
    compartments = records = 0
    lines = _lines(file)
    first = next(lines, b"")
    head = _read(file, first, _Head)
    if head.format != FORMAT:
        raise VaultRefusedError("no_copy", file=file)
    digest.update(first)
    for line in lines:
        if end is not None:
            raise VaultRefusedError("copy_broken", file=file)
        if not line.startswith(b"["):
            end = _read(file, line, _End)
            continue
        digest.update(line)
        each = _read(file, line, CopiedCompartment)
        used.add(each.master)
        compartments, records = compartments + 1, records + len(each.records)
    if end != _End(CopyCounts(compartments, records), digest.hexdigest()):
        raise VaultRefusedError("copy_broken", file=file)
    return head, used


def _compartments(file: Path) -> Iterator[CopiedCompartment]:
    for line in _lines(file):
        if line.startswith(b"["):
            yield _read(file, line, CopiedCompartment)


def _lines(file: Path) -> Iterator[bytes]:
    with file.open("rb") as source:
        while line := source.readline(_LINE_MAX):
            yield line


def _read(file: Path, line: bytes, kind: type[_T]) -> _T:
    try:
        return msgspec.json.decode(line, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError):
        code = "no_copy" if kind is _Head else "copy_broken"
        raise VaultRefusedError(code, file=file) from None
