"""The shape of read models changes with tables and states, and with nothing else."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from projections.store import shape as shape_module
from projections.store.shape import shape

TABLES = "CREATE TABLE profile (subject_id text, state bytea);"


class State(msgspec.Struct, array_like=True):
    """A state."""

    events: int = 0


class SameState(msgspec.Struct, array_like=True):
    """The same, described otherwise."""

    events: int = 0


class LongerState(msgspec.Struct, array_like=True):
    """A state."""

    events: int = 0
    parked: bool = False


def shape_of(
    monkeypatch: pytest.MonkeyPatch, folder: Path, tables: str, state: type[msgspec.Struct]
) -> str:
    (folder / "schema.sql").write_text(tables, encoding="utf-8")
    monkeypatch.setattr(shape_module, "files", lambda _: folder)
    # Its name stands in what msgspec says of it, and is no part of what is stored.
    state.__name__ = "State"
    monkeypatch.setattr(shape_module, "SubjectState", state)
    shape.cache_clear()
    found = shape()
    shape.cache_clear()
    return found


def test_a_shape_changes_with_tables_and_states_only(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before = shape_of(monkeypatch, tmp_path, TABLES, State)
    remarked = f"-- Who reads this?\n{TABLES.replace(',', ',  -- first')}"
    assert shape_of(monkeypatch, tmp_path, remarked.replace("first", "first\n"), State) == before
    assert shape_of(monkeypatch, tmp_path, TABLES, SameState) == before
    assert shape_of(monkeypatch, tmp_path, TABLES.replace("bytea", "text"), State) != before
    assert shape_of(monkeypatch, tmp_path, TABLES, LongerState) != before
