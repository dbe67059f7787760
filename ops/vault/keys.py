"""Keys of the vault in files of the folder of keys, each for its owner alone (0600).

`vault-1.key` is the master key, of which a rotation makes the next; `person-tokens.key` makes the
tokens of persons, `seals.key` the seals by which admission knows a sealed text. Whoever has these
and the vault has everything: keep copies apart from those of the database.
"""

from __future__ import annotations

import os
import re
import secrets
import stat
from typing import TYPE_CHECKING, Final

from events.errors import LedgerError
from events.sealing.errors import UnopenedError
from ops.local.home import closed
from projections.sealing.suites import KEY_BYTES
from projections.sealing.wrapping import unwrapped_key, wrapped_key
from projections.store.vault.vault import fresh_key
from streams.durable import sync

if TYPE_CHECKING:
    from pathlib import Path

    from events.sealing.form import SealSuite

TOKENS: Final = "person-tokens"
SEALS: Final = "seals"
_MASTER: Final = re.compile(r"vault-([1-9][0-9]{0,5})\.key")
_DOOMED: Final = ".destroyed"
_OPEN_TO_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


class VaultKeyError(LedgerError):
    """A key of the vault is missing, open to others, or no key."""


def make_key(folder: Path, name: str) -> bytes:
    """Make a key in a new file, which is whole and on disk before it has its name; give it.

    Raises `FileExistsError` where there is one of that name.
    """
    closed(folder)
    key = fresh_key()
    beside = folder / f".{name}.{secrets.token_hex(4)}.new"
    try:
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(f"{key.hex()}\n")
            file.flush()
            os.fsync(file.fileno())
        (folder / f"{name}.key").hardlink_to(beside)
    finally:
        beside.unlink(missing_ok=True)
    sync(folder)
    return key


def read_vault_key(folder: Path, name: str) -> bytes | None:
    """Give a key; None where there is no file. Raises `VaultKeyError`, which shows no key."""
    place = folder / f"{name}.key"
    try:
        if place.stat().st_mode & _OPEN_TO_OTHERS:
            raise VaultKeyError(f"{place}: others may read it; chmod 600 it, or rotate it")
        key = bytes.fromhex(place.read_text("utf-8").strip())
    except FileNotFoundError:
        return None
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise VaultKeyError(
            f"{place}: no key of {KEY_BYTES} bytes in hexadecimal; put the copy back"
        )
    return key


class FileMasterKeys:
    """The master key in files, a version each. It is read when it is used, and not given out."""

    def __init__(self, folder: Path, suite: SealSuite) -> None:
        """Keep where the files are, and by which suite what is new is wrapped."""
        self._folder = folder
        self._suite = suite

    def versions(self) -> list[int]:
        """Give the versions that there are, the newest last."""
        names = (_MASTER.fullmatch(place.name) for place in self._folder.glob("vault-*.key"))
        return sorted(int(match[1]) for match in names if match is not None)

    def make(self, version: int) -> None:
        """Make a version, which is from then on the newest."""
        make_key(self._folder, f"vault-{version}")

    def destroy(self, version: int) -> None:
        """Destroy a version: what is wrapped under it opens nowhere again, in no copy either."""
        place = self._folder / f"vault-{version}.key"
        if place.exists():
            # From here on it is no version any more, whoever is killed.
            place.rename(place.with_suffix(_DOOMED))
            sync(self._folder)
        self.end_destroying()

    def end_destroying(self) -> None:
        """Overwrite and delete what an end in the midst of destroying left."""
        for place in self._folder.glob(f"vault-*{_DOOMED}"):
            with place.open("r+b") as file:
                file.write(b"0" * 2 * KEY_BYTES)
                file.flush()
                os.fsync(file.fileno())
            place.unlink()
            sync(self._folder)

    def newest(self) -> int:
        """Give the version under which new keys are wrapped. Raises `VaultKeyError`."""
        found = self.versions()
        if not found:
            raise VaultKeyError(
                f"{self._folder}: no master key (vault-1.key); `up` makes the first"
            )
        return found[-1]

    def wrap(self, version: int, key: bytes, place: tuple[str, ...]) -> bytes:
        """Wrap a key for a place."""
        return wrapped_key(self._suite, self._key(version), key, place)

    def unwrap(self, version: int, wrapped: bytes, place: tuple[str, ...]) -> bytes:
        """Give a key that was wrapped for a place. Raises `UnopenedError`."""
        return unwrapped_key(self._key(version), wrapped, place)[1]

    def _key(self, version: int) -> bytes:
        key = read_vault_key(self._folder, f"vault-{version}")
        if key is None:
            raise UnopenedError(f"version {version} of the master key is not there any more")
        return key
