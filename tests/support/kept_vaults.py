"""Where a rotation or a restore is killed, and what opens afterwards."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING

from ops.vault.opener import VaultOpener
from tests.integration.test_vault_erasing import (  # noqa: F401 - `vault` is a fixture
    ERASED,
    OTHER,
    PERSON,
    TABLES,
    Vault,
    report,
    sealed,
    vault,
)
from tests.support.patience import AMPLE_S

if TYPE_CHECKING:
    from pathlib import Path

KILLED_AT = """
import os, signal, sys
from pathlib import Path
import ops.vault.copies as copies, ops.vault.keys as keys, ops.vault.rotating as rotating
from events.sealing.form import SealSuite
from ops.vault.erasures import ErasureReader
from ops.vault.opening import VaultSettings

step, postgres, folder, kafka, topic, file = sys.argv[1:]
settings = VaultSettings(postgres=postgres, keys=Path(folder), suite=SealSuite.INTL)
rotating.BATCH = copies.BATCH = 1


def dies(*_):
    os.kill(os.getpid(), signal.SIGKILL)


if step == "a new key is being written":
    keys.os.fsync = dies
elif step == "the new key is known":
    rotating.wrap_some_anew = dies
elif step == "the old key is no version any more":
    keys.FileMasterKeys.end_destroying = lambda self: dies() if len(self.versions()) == 1 and 2 in self.versions() else None
if step == "half is put back":
    copies.restore_vault(settings, ErasureReader(kafka, postgres, topic), Path(file), dies)
else:
    rotating.rotate(settings, dies if step == "one is wrapped" else lambda _: None)
"""


def killed_at(step: str, of: Vault, file: Path) -> None:
    said = of.settings.postgres, str(of.settings.keys), of.kafka, of.topic, str(file)
    ran = subprocess.run(
        [sys.executable, "-c", KILLED_AT, step, *said], check=False, timeout=AMPLE_S
    )
    assert ran.returncode == -signal.SIGKILL, step


def opener(of: Vault) -> VaultOpener:
    opens = VaultOpener(of.settings, of.kafka)
    opens._erasures = of.reader
    return opens


def records(*numbers: int) -> list[str]:
    """Give the ids of reports; the third is of another person."""
    whose = {3: OTHER}
    return [report(each, whose.get(each, PERSON)).envelope.event_id for each in numbers]


def emptied(of: Vault) -> None:
    for table in ("person_key", "record_key", "erased", "erasure", "gone_through"):
        of.sql(f"TRUNCATE vault.{table} CASCADE")
