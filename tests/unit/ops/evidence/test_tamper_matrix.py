"""Across all that evidence rests on: each alteration of each thing is found, and its place is named.

Things times harms times seeds, counted here: at least 300. What a column of Postgres adds is in
`tests/integration/test_altered_columns.py`. `TAMPERED=100` for a long night.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import cache, partial
from itertools import product
from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest

from events.envelope import Platform
from events.errors import LedgerError
from ops.evidence.copies.exporting import copy_out
from ops.evidence.copies.restoring import restore
from ops.evidence.pages.documents import ReportFormat, document_of
from ops.evidence.settings import EvidenceSettings
from ops.evidence.verify_alone import CHECKS
from ops.evidence.verifying import checks_of
from ops.terms.terms import Language
from projections.ledger.message import Raw
from projections.proof.entries import from_base64, to_base64
from projections.proof.tiles import tiles_of
from streams.signing import heads_file
from streams.signing.folder import Folder
from tests.support.tampering import HARMS, Harm, altered, flip, in_parts, redate
from tests.unit.ops.anew.test_audit import AuditedWorld
from tests.unit.ops.evidence.copies.test_copies import Filled
from tests.unit.ops.evidence.pages.test_documents import made
from tests.unit.ops.evidence.test_proving import signed_world
from tests.unit.projections.proof.reports import KEYS, POLICY, Ledger, canonical, resigned
from tests.unit.streams.signing.fakes import FakeTopic, World

ORGANISATION = Platform.ORGANISATION
FORGED = Ledger({"a": 6, "b": 2, "c": 1})
SEEDS = int(os.environ.get("TAMPERED", "6"))
HEADS = [("page", "heads"), ("page", "value"), ("page_group", "value")]
LEDGER, TOPIC = "credit.organisation.events.v1", "credit.organisation.checkpoints.v1"


class Truth(NamedTuple):
    """A signed world of several cuts, a copy of it, and a place to alter both in."""

    world: World
    settings: EvidenceSettings
    copy: Path
    folder: Path

    def altered_world(self) -> World:
        """Give the world again, to be altered."""
        path = self.folder / "log"
        shutil.rmtree(path, ignore_errors=True)
        shutil.copytree(self.world.path, path)
        world = World(path)
        world.ledger.logs = [list(log) for log in self.world.ledger.logs]
        world.stored[:] = self.world.stored
        return world


Case = Callable[[Truth, Harm, Random], tuple[str, list[str]]]
"""Alter a thing; give what was found then, and the places of which one must be named."""


def audited(world: World) -> str:
    with pytest.MonkeyPatch.context() as patch:
        try:
            AuditedWorld(world, world.path, patch).audited().check_log()
        except LedgerError as error:
            return str(error)
    return ""


def of_ledger(truth: Truth, harm: Harm, chance: Random) -> tuple[str, list[str]]:
    """Alter values in one partition, or, where it is re-dated, the stamp of one record."""
    world = truth.altered_world()
    partition = chance.randrange(len(world.ledger.logs))
    log = world.ledger.logs[partition]
    if harm is redate:
        at = chance.randrange(len(log))
        known = log[at]
        stamp = known.timestamp_ms + chance.choice([-1, 1])
        log[at] = Raw(at, stamp, known.key, known.value)
        return audited(world), [f"{LEDGER}, {partition}@{at}"]
    values = altered(harm, chance, [raw.value or b"" for raw in log])
    kept = [log[min(at, len(log) - 1)] for at in range(len(values))]
    rows = [
        Raw(at, raw.timestamp_ms, raw.key, value)
        for at, (raw, value) in enumerate(zip(kept, values, strict=True))
    ]
    world.ledger.logs[partition] = rows
    first = next((at for at, (a, b) in enumerate(zip(log, rows, strict=False)) if a != b), 0)
    return audited(world), [f"{LEDGER}, {partition}@{at}" for at in (first, len(rows))]


def of_tiles(truth: Truth, harm: Harm, chance: Random, *, entries: bool) -> tuple[str, list[str]]:
    """Alter one of the tiles, or bundles of entries, of the newest tree."""
    world = truth.altered_world()
    size = int((Folder(world.path).checkpoint() or "").split("\n")[1])
    tiles = [tile for tile in tiles_of(size) if (tile.level is None) == entries]
    tile = chance.choice(tiles)
    return alter_file(world, world.path / tile.path, harm, chance, 61 if entries else 32)


def alter_file(
    world: World, place: Path, harm: Harm, chance: Random, width: int
) -> tuple[str, list[str]]:
    place.write_bytes(b"".join(altered(harm, chance, in_parts(place.read_bytes(), width))))
    return audited(world), [str(place)]


def of_file(
    truth: Truth, harm: Harm, chance: Random, *, name: str, width: int
) -> tuple[str, list[str]]:
    world = truth.altered_world()
    return alter_file(world, world.path / name, harm, chance, width)


def of_heads(truth: Truth, harm: Harm, chance: Random) -> tuple[str, list[str]]:
    """Alter pages of heads, or values above them; where they are re-dated, the cut they are of."""
    world = truth.altered_world()
    place = world.path / "heads.sqlite"
    with closing(sqlite3.connect(place)) as file, file:
        if harm is redate:
            earlier = world.stored[2 * chance.randrange(4)][1].decode()
            file.execute("UPDATE at SET value = ?", (earlier,))
        else:
            alter_table(file, *chance.choice(HEADS), harm, chance)
    return audited(world), [str(place)]


def alter_table(
    file: sqlite3.Connection, table: str, column: str, harm: Harm, chance: Random
) -> None:
    """Alter one column over all rows of a table; a row too many stands at a key of its own."""
    names = [row[1] for row in file.execute(f"PRAGMA table_info({table})")]
    rows = [dict(zip(names, row, strict=True)) for row in file.execute(f"SELECT * FROM {table}")]
    values = altered(harm, chance, [row[column] for row in rows])
    free = next(at for at in range(1 << 16) if at not in {row[names[0]] for row in rows})
    rows.append({**rows[0], names[0]: free})
    file.execute(f"DELETE FROM {table}")
    for row, value in zip(rows, values, strict=False):
        told = tuple((row | {column: value}).values())
        file.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(told))})", told)


def of_topic(truth: Truth, harm: Harm, chance: Random) -> tuple[str, list[str]]:
    """Alter values of the checkpoints topic."""
    world = truth.altered_world()
    keys = [key for key, _ in world.stored]
    values = altered(harm, chance, [value for _, value in world.stored])
    world.stored[:] = list(zip([*keys, keys[-1]], values, strict=False))
    return audited(world), [TOPIC]


def of_events(truth: Truth, harm: Harm, chance: Random) -> tuple[str, list[str]]:
    """Alter the events of a report, and sign it anew: the forger has its key."""
    del truth
    body = json.loads(FORGED.report("a"))["body"]
    events = body["events"]
    one = chance.choice([each for each in events if each["value"]])
    if harm is flip:
        one["value"] = to_base64(altered(flip, chance, [from_base64(one["value"])])[0])
    elif harm is redate:
        one["timestamp_ms"] += chance.choice([-1, 1])
    else:
        told = altered(harm, chance, [canonical(event) for event in events])
        body["events"] = [json.loads(each) for each in told]
    return checked(resigned(body)), ["completeness: "]


def checked(data: bytes) -> str:
    wrong = [each for each in checks_of(data, POLICY, KEYS) if not each["ok"]]
    return "; ".join(f"{each['check']}: {each['why']}" for each in wrong)


def of_report(
    truth: Truth, harm: Harm, chance: Random, *, form: ReportFormat
) -> tuple[str, list[str]]:
    """Alter a report, or the pages that hold it."""
    del truth
    data = pages(form)
    told = b"".join(altered(harm, chance, in_parts(data, max(8, len(data) // 50))))
    return checked(told), [f"{check}: " for check in (*CHECKS, "pages")]


@cache
def pages(form: ReportFormat) -> bytes:
    return document_of(made(), form, Language.ZH)


def of_export(truth: Truth, harm: Harm, chance: Random) -> tuple[str, list[str]]:
    """Alter a file of a copy of the ledger: none of it is put back."""
    copy = truth.folder / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(truth.copy, copy)
    place = chance.choice(sorted(p for p in copy.rglob("*") if p.is_file()))
    width = 0 if place.parent.name == "cuts" else 29
    place.write_bytes(b"".join(altered(harm, chance, in_parts(place.read_bytes(), width))))
    filled = Filled()
    try:
        restore(truth.settings, ORGANISATION, copy, filled, FakeTopic([], []))
    except LedgerError as error:
        assert not any(filled.ends())
        return str(error), [str(copy / ORGANISATION)]
    return "", []


THINGS: dict[str, Case] = {
    "Kafka's copy": of_ledger,
    "tiles": partial(of_tiles, entries=False),
    "entries": partial(of_tiles, entries=True),
    "heads": of_heads,
    "journal": partial(of_file, name="journal", width=0),
    "checkpoint": partial(of_file, name="checkpoint", width=0),
    "checkpoints topic": of_topic,
    "events of a report": of_events,
    "report": partial(of_report, form=ReportFormat.JSON),
    "pages": partial(of_report, form=ReportFormat.HTML),
    "PDF": partial(of_report, form=ReportFormat.PDF),
    "export": of_export,
}


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Truth]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(heads_file, "DURABLE", "OFF")
        patch.setattr(os, "fsync", lambda _: None)
        folder = tmp_path_factory.mktemp("truth")
        world, settings = signed_world(folder / "true", cuts=5, records=250)
        copy = folder / "true copy"
        copy_out(settings, ORGANISATION, world.ledger, FakeTopic(world.stored, []), copy)
        yield Truth(world, settings, copy, folder / "altered")


def test_what_nobody_altered_is_found_whole(truth: Truth) -> None:
    assert audited(truth.altered_world()) == ""
    for form in ReportFormat:
        assert all(each["ok"] for each in checks_of(pages(form), POLICY, KEYS))


def test_the_matrix_has_three_hundred_cases() -> None:
    assert len(THINGS) * len(HARMS) * SEEDS >= 300


@pytest.mark.parametrize("thing", THINGS)
def test_each_alteration_is_found_and_its_place_is_named(truth: Truth, thing: str) -> None:
    missed = []
    for harm, seed in product(HARMS, range(SEEDS)):
        said, places = THINGS[thing](truth, harm, Random(f"{thing} {harm.__name__} {seed}"))
        if not any(place in said for place in places):
            missed.append((harm.__name__, seed, said, places))
    assert missed == []
