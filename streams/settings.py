"""The environment, read once into one frozen value."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where broker and database are, and how a worker behaves."""

    kafka: str
    postgres: str
    batch_records_max: int = 100_000
    parallel_max: int = 2
    session_timeout_s: float = 10.0
    sweep_every_s: float = 30.0
    latency_objective_s: float = 5.0
    disk_floor_mb: int = 512
    data_folders: tuple[Path, ...] = ()
    signed_folder: Path | None = None
    department_keys: Path | None = None
    seal_key: bytes | None = field(default=None, repr=False)


def read_settings(
    kafka: str, postgres: str, environment: Mapping[str, str] | None = None
) -> Settings:
    """Read `CREDIT_LEDGER_*` settings that have a default; README lists them all."""
    env = os.environ if environment is None else environment
    given = {field: kind(env[name]) for name, field, kind in _READ if name in env}
    return Settings(kafka=kafka, postgres=postgres, **given)


_READ: Final[tuple[tuple[str, str, Callable[[str], Any]], ...]] = (
    ("CREDIT_LEDGER_BATCH_RECORDS_MAX", "batch_records_max", int),
    ("CREDIT_LEDGER_PARALLEL_MAX", "parallel_max", int),
    ("CREDIT_LEDGER_SESSION_TIMEOUT_S", "session_timeout_s", float),
    ("CREDIT_LEDGER_SWEEP_EVERY_S", "sweep_every_s", float),
    ("CREDIT_LEDGER_LATENCY_OBJECTIVE_S", "latency_objective_s", float),
    ("CREDIT_LEDGER_DISK_FLOOR_MB", "disk_floor_mb", int),
)
"""Each setting's name in the environment, its field, and how it is read."""
SETTING_FIELDS: Final[Mapping[str, str]] = {name: field for name, field, _ in _READ}
"""The field of each setting that has a default, by its name in the environment."""
