"""A version that is meant to differ takes over when somebody agrees, and what came meanwhile is in."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import sql

from events.envelope import Platform
from events.partitioning import LEDGER_PARTITIONS
from ops.audit.comparison import Compared
from ops.audit.ledger import LedgerReader
from ops.audit.replay import fold_partition, replay
from ops.environment import prepare
from ops.filling import fill_ledger
from ops.generator import GeneratorPlan
from ops.local.stack import Stack
from projections.store.database import OtherShapeError, live_schema, live_version
from projections.store.live import live as find_live
from tests.support.stack import private_stack

if TYPE_CHECKING:
    from collections.abc import Iterator

ORGANISATION = Platform.ORGANISATION


def plan(seed: int) -> GeneratorPlan:
    return GeneratorPlan(
        events=120, subjects=30, seed=seed, first_day=date(2024, 1, 1), last_day=date(2026, 8, 31)
    )


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Hand out a ledger of its own with live read models that no worker moves."""
    with private_stack(tmp_path_factory.mktemp("take-over")) as servers:
        stack = Stack(kafka=servers.kafka.start(), postgres=servers.postgres.start())
        prepare(stack, LEDGER_PARTITIONS)
        fill_ledger(stack.kafka, plan(1))
        assert replay(stack, ORGANISATION, take_over=True).promoted
        yield stack


def live(stack: Stack) -> int:
    with psycopg.connect(stack.postgres, autocommit=True) as connection:
        version = live_version(connection, ORGANISATION)
    assert version is not None
    return version


def in_live(stack: Stack, statement: str) -> list[tuple[object, ...]]:
    """Run a statement on the tables of the live version."""
    schema = sql.Identifier(f"organisation_v{live(stack)}")
    with psycopg.connect(stack.postgres, autocommit=True) as connection:
        done = connection.execute(sql.SQL(statement).format(schema=schema))  # type: ignore[arg-type]
        return done.fetchall() if done.description else []


def move_on(stack: Stack) -> dict[int, int]:
    """Record more, and let the live version apply it, as a worker would; give where it stands."""
    fill_ledger(stack.kafka, plan(2))
    with LedgerReader(stack.kafka, ORGANISATION) as reader:
        ends = {p: reader.end(p) for p in reader.partitions}
    for partition, end in ends.items():
        fold_partition(stack.kafka, stack.postgres, ORGANISATION, live(stack), partition, end)
    return ends


def test_a_version_that_differs_takes_over_only_if_agreed_to(loaded: Stack) -> None:
    before = live(loaded)
    in_live(loaded, "UPDATE {schema}.profile SET warning_level = warning_level + 1")
    asked: list[Compared] = []
    ends: list[dict[int, int]] = []

    def refuse(found: Compared) -> bool:
        asked.append(found)
        return False

    def agree(found: Compared) -> bool:
        asked.append(found)
        ends.append(move_on(loaded))
        return True

    kept = replay(loaded, ORGANISATION, promote=True)
    refused = replay(loaded, ORGANISATION, promote=True, agree=refuse)
    assert (kept.promoted, refused.promoted, live(loaded)) == (False, False, before)

    taken = replay(loaded, ORGANISATION, promote=True, agree=agree)
    assert taken.promoted
    assert live(loaded) == taken.version
    assert [d.table for found in asked for d in found.differences] == ["profile", "profile"]
    (difference,) = taken.differences
    assert difference.only_live == difference.only_replayed > 0
    assert all(",(packed)," in row and "\\x" not in row for row in difference.examples)
    # What was recorded while somebody was asked is applied, too.
    stands = in_live(loaded, "SELECT partition, next_offset FROM {schema}.position")
    assert dict(stands) == ends[0]  # type: ignore[arg-type,comparison-overlap]
    assert replay(loaded, ORGANISATION).differences == []


def test_where_a_table_changed_nothing_is_compared_and_it_is_said(loaded: Stack) -> None:
    in_live(loaded, "ALTER TABLE {schema}.profile DROP COLUMN warning_level")
    kept = replay(loaded, ORGANISATION, promote=True)
    assert (kept.incomparable, kept.differences, kept.promoted) == (["profile"], [], False)

    taken = replay(loaded, ORGANISATION, promote=True, agree=lambda found: bool(found.incomparable))
    assert taken.promoted
    assert replay(loaded, ORGANISATION).incomparable == []


def test_models_of_another_shape_serve_nobody_until_they_are_made_anew(loaded: Stack) -> None:
    with psycopg.connect(loaded.postgres, autocommit=True) as connection:
        connection.execute("UPDATE control.projection SET shape = NULL WHERE live")
        for ask in (live_schema, find_live):
            with pytest.raises(OtherShapeError, match=r"organisation_v\d+.*replay --take-over"):
                ask(connection, ORGANISATION)
        assert replay(loaded, ORGANISATION, take_over=True).promoted
        assert live_schema(connection, ORGANISATION) == f"organisation_v{live(loaded)}"
        assert find_live(connection, ORGANISATION).version == live(loaded)


def test_what_is_equal_is_asked_of_nobody(loaded: Stack) -> None:
    def ask(_: Compared) -> bool:
        raise AssertionError("nobody is asked where nothing differs")

    assert replay(loaded, ORGANISATION, promote=True, agree=ask).promoted
