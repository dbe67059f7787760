"""A frozen year, made up: what pages and answers show of one, without freezing a ledger."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from events.envelope import Platform
from events.rules.divisions import ZHEJIANG, ZHEJIANG_CITIES
from events.rules.rulebook import load_rulebook
from projections.evaluation.region_figures import RegionEvaluation
from projections.evaluation.region_index import RegionIndex
from projections.store.evaluation import REGIONS, Frozen, write_frozen, write_region

if TYPE_CHECKING:
    from psycopg import Connection


def freeze_made_up(connection: Connection[Any], year: int) -> None:
    """Freeze a year in which each region but the last has an index, and no subject has a row."""
    model = load_rulebook().regions[0]
    version = model.in_force[-1]
    end = date(year, 12, 31)
    for number, region in enumerate((ZHEJIANG, *ZHEJIANG_CITIES[:-1])):
        symbol = version.symbols[number % len(version.symbols)].code
        index = RegionIndex(
            *(model.id, version.start, 300 + 40 * number, symbol, {}, ()),
            known=number,
            of=20,
            enough=True,
        )
        tallies = {"enterprise.known": 1_000 + number, "enterprise.listed": number}
        write_region(connection, year, RegionEvaluation(region, None, end, index, (), tallies))
    frozen_at = datetime(year + 1, 2, 1, 4, tzinfo=UTC)
    write_frozen(
        connection,
        [
            Frozen(year, part, end, 0, "", [f"{model.id}@{version.start}"], 12, "0" * 64, frozen_at)
            for part in (*Platform, REGIONS)
        ],
    )
