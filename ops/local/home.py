"""Where a local stack keeps its things, and the lock that lets one command at a time touch them."""

import fcntl
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

HOME_SETTING = "CREDIT_LEDGER_HOME"
KEYS_SETTING = "CREDIT_LEDGER_KEYS"


def default_home() -> Path:
    """Return `$CREDIT_LEDGER_HOME`, else `.local` of the checkout."""
    named = os.environ.get(HOME_SETTING)
    return Path(named).absolute() if named else _checkout() / ".local"


def keys_folder(environment: Mapping[str, str] | None = None) -> Path:
    """Return where keys are kept: `$CREDIT_LEDGER_KEYS`, else `keys` of the home."""
    named = (os.environ if environment is None else environment).get(KEYS_SETTING)
    return Path(named).absolute() if named else default_home() / "keys"


def cache_folder() -> Path:
    """Return where Kafka's jars are kept: `$CREDIT_LEDGER_CACHE`, else `.local/jars`."""
    named = os.environ.get("CREDIT_LEDGER_CACHE")
    return Path(named).absolute() if named else _checkout() / ".local" / "jars"


def closed(folder: Path) -> Path:
    """Make a folder that nobody else may enter (0700), or close one of ours that is open; give it.

    A folder of somebody else, or one that all may write to (`/tmp`), is left as it is: what we make
    in it is closed by itself.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.stat()
    if found.st_uid == os.geteuid() and not found.st_mode & stat.S_ISVTX:
        folder.chmod(0o700)
    return folder


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Hold an exclusive lock on a file, across threads and processes."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _checkout() -> Path:
    root = Path(__file__).resolve().parents[2]
    # Installed as a wheel there is no checkout: the present folder takes its place.
    return root if (root / "pyproject.toml").is_file() else Path.cwd()
