"""Where evidence is kept and by what names: the settings of the transparency log."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from events.errors import LedgerError
from ops.local.home import default_home, keys_folder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from events.envelope import Platform

ORIGIN_SETTING: Final = "CREDIT_LEDGER_ORIGIN"
POLICY_SETTING: Final = "CREDIT_LEDGER_POLICY"
ORIGIN: Final = "localhost/credit"
_CUT_EVERY_S: Final = 10.0


class SettingUnfitError(LedgerError):
    """A setting of the transparency log is not as it must be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceSettings:
    """The logs' common name, where keys and files are, whom one trusts, and how often to cut."""

    origin: str
    folder: Path
    keys: Path
    policy: Path | None = None
    cut_every_s: float = _CUT_EVERY_S

    def log_name(self, platform: Platform) -> str:
        """Give the name of a platform's log, under which it signs."""
        return f"{self.origin}/{platform}"

    @property
    def reports_name(self) -> str:
        """Give the name under which reports are signed."""
        return f"{self.origin}/reports"

    def log_folder(self, platform: Platform) -> Path:
        """Give where a platform's log is kept."""
        return self.folder / platform


def read_evidence_settings(environment: Mapping[str, str] | None = None) -> EvidenceSettings:
    """Read the settings, each of which has a default. Raises `SettingUnfitError`."""
    env = os.environ if environment is None else environment
    home = default_home()
    origin = env.get(ORIGIN_SETTING, ORIGIN)
    if not origin or "+" in origin or any(letter.isspace() for letter in origin):
        raise SettingUnfitError(f"{ORIGIN_SETTING}: {origin[:60]!r} has a blank or a plus")
    told = env.get("CREDIT_LEDGER_CUT_EVERY_S", str(_CUT_EVERY_S))
    try:
        cut_every_s = float(told)
    except ValueError:
        cut_every_s = 0.0
    if not 0 < cut_every_s < float("inf"):
        raise SettingUnfitError(f"CREDIT_LEDGER_CUT_EVERY_S: {told[:30]!r} is no number of seconds")
    policy = env.get(POLICY_SETTING)
    return EvidenceSettings(
        origin=origin,
        folder=home / "evidence",
        keys=keys_folder(env),
        policy=home.__class__(policy).absolute() if policy else None,
        cut_every_s=cut_every_s,
    )
