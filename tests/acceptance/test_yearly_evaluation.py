"""A year frozen on a real broker: verified from Kafka alone, altered and found out, kept by replay.

Everything is stamped today, as nobody can choose the broker's clock; so what was reported of 2025 is
evaluated as known at a moment given. The midnight itself: `tests/integration/test_evaluations.py`.
"""

from __future__ import annotations

import json
import re
import time
from datetime import date, datetime
from typing import TYPE_CHECKING

import msgspec
import psycopg
import pytest

from events.envelope import CHINA, Platform
from events.partitioning import LEDGER_PARTITIONS
from events.rules.divisions import ZHEJIANG_CITIES, load_divisions
from events.types.subject import SubjectKind
from ops.audit.replay import replay
from ops.audit.state import state_from_kafka
from ops.audit.year_freeze import freeze
from ops.environment import prepare
from ops.filling import fill
from ops.generator import GeneratorPlan, generate_encoded
from ops.local.stack import Stack
from ops.serving import application
from projections.as_of.cut import parse_cut
from projections.as_of.question import Question
from projections.as_of.state import state_bytes
from projections.queries.evaluation_report import subject_year
from projections.store import evaluation as evaluation_store
from tests.support import builders as a
from tests.support.answers import answer_of
from tests.support.asking import client_of
from tests.support.frozen_year import (
    YEAR,
    Frozen,
    alter,
    append_person,
    message,
    project,
    refused,
    verified,
)
from tests.support.given import CALENDAR
from tests.support.stack import private_stack

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


ON = date(2025, 12, 31)
PLAN = GeneratorPlan(
    events=400, subjects=60, seed=3, first_day=date(2023, 1, 1), last_day=date(2025, 11, 30)
)
FIRM = a.OTHER_SUBJECT
BODY = "11330100PDY00002XR"
ORGANISATION = Platform.ORGANISATION

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def frozen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Frozen]:
    """Report 2025, let a moment pass, report more of 2025, and freeze it as known at the moment."""
    folder: Path = tmp_path_factory.mktemp("yearly")
    with private_stack(folder) as servers:
        stack = Stack(kafka=servers.kafka.start(), postgres=servers.postgres.start())
        prepare(stack, LEDGER_PARTITIONS)
        body = {"subject_id": BODY, "subject_name": "杭州市样例局"}
        firm = {"subject_id": FIRM, "region": "330106"}
        own = (
            a.a_registration(kind=SubjectKind.GOVERNMENT_BODY, **body),
            a.an_indicator("gdp_per_head", 15_500_000, "2025-02-01", **body),
            a.a_registration(**firm),
            a.a_penalty(1, "2025-06-01", **firm),
        )
        fill(stack.kafka, [*generate_encoded(PLAN), *map(message, own)])
        person = {"subject_id": a.PERSON, "subject_name": None}
        append_person(stack.kafka, a.a_registration(kind=SubjectKind.NATURAL_PERSON, **person))
        # Both clocks tell milliseconds: what comes now is stamped in a later one.
        time.sleep(0.01)
        moment = datetime.now(CHINA)
        time.sleep(0.01)
        refusals = [refused(stack, datetime.now(CHINA), known_before=moment)]
        late = (a.a_penalty(2, "2025-07-01", **firm), a.a_registration(subject_id=a.SUBJECT))
        fill(stack.kafka, map(message, late))
        project(stack)
        now = datetime.now(CHINA)
        refusals.append(refused(stack, now))
        parts = freeze(stack, YEAR, now=now, known_before=moment, processes=2)
        refusals.append(refused(stack, now, known_before=moment))
        yield Frozen(stack, parts, refusals)


def test_it_is_refused_before_all_is_applied_where_nothing_was_known_and_a_second_time(
    frozen: Frozen,
) -> None:
    not_applied, nothing_known, again = frozen.refusals
    assert "applied up to before offset 0" in not_applied
    assert "nothing was recorded before 2026-01-01" in nothing_known
    assert "frozen only once" in again


@pytest.mark.requirement(83)
def test_kafka_alone_gives_the_very_rows_that_were_frozen(frozen: Frozen) -> None:
    found = verified(frozen)
    assert [(part.part, part.different) for part in found] == [
        ("organisation", 0),
        ("person", 0),
        ("regions", 0),
    ]
    assert [part.rows for part in found] == [part.rows for part in frozen.parts]
    assert [part.digest for part in found] == [part.digest for part in frozen.parts]
    assert found[0].rows > 30
    assert found[1].rows == 1


def test_each_row_can_be_checked_alone_by_the_state_at_the_cut(frozen: Frozen) -> None:
    cut = parse_cut(frozen.parts[0].cut)
    with psycopg.connect(frozen.stack.postgres, autocommit=True) as connection:
        rows = list(evaluation_store.read_subjects(connection, ORGANISATION, YEAR))
    for row in [rows[0], rows[-1], next(row for row in rows if row.subject_id == FIRM)]:
        state = state_from_kafka(
            frozen.stack.kafka,
            Question(platform=ORGANISATION, subject_id=row.subject_id, valid_on=ON, cut=cut),
            CALENDAR,
        )
        assert state_bytes(state).endswith(f'"state_hash":"{row.state_hash}"}}'.encode())
        assert len(state.events) == row.events


def test_a_late_record_of_the_year_changes_the_state_of_today_and_not_the_frozen_year(
    frozen: Frozen,
) -> None:
    today = json.loads(frozen.run("state", FIRM, "--valid-on", str(ON), "--json").stdout)
    with psycopg.connect(frozen.stack.postgres, autocommit=True) as connection:
        year = subject_year(connection, ORGANISATION, FIRM, YEAR, CALENDAR).answer
        assert evaluation_store.read_subject(connection, ORGANISATION, YEAR, a.SUBJECT) is None
    assert year.differs == []
    assert year.subject.events == 2
    assert len(today["state"]["events"]) == 3
    assert today["state_hash"] != year.subject.state_hash
    points = today["state"]["profile"]["score"]["points"]
    assert year.subject.points == points + 20


@pytest.mark.requirement(83)
def test_a_replay_that_takes_over_changes_nothing_that_is_frozen(frozen: Frozen) -> None:
    with psycopg.connect(frozen.stack.postgres, autocommit=True) as connection:
        before = evaluation_store.read_frozen(connection, YEAR)
        promoted = replay(frozen.stack, ORGANISATION, processes=1, promote=True)
        assert (promoted.differences, promoted.promoted) == ([], True)
        assert evaluation_store.read_frozen(connection, YEAR) == before
        assert subject_year(connection, ORGANISATION, FIRM, YEAR, CALENDAR).answer.differs == []
    assert [part.different for part in verified(frozen)] == [0, 0, 0]


def test_a_row_that_was_altered_is_named_by_its_field(frozen: Frozen) -> None:
    where = "WHERE year = 2025 AND subject_id = %s"
    alter(frozen, f"UPDATE evaluation.organisation SET grade = 'excellent' {where}", FIRM)
    done = frozen.run("evaluation", "verify", "--year", str(YEAR))
    alter(frozen, f"UPDATE evaluation.organisation SET grade = 'good' {where}", FIRM)

    assert done.returncode == 1
    assert f"{FIRM}: grade frozen 'excellent', derived 'good'" in done.stderr
    assert "the frozen rows: digest at the freeze" in done.stderr
    assert frozen.run("evaluation", "verify", "--year", str(YEAR)).returncode == 0


def test_a_row_left_out_and_a_region_altered_are_named(frozen: Frozen) -> None:
    with psycopg.connect(frozen.stack.postgres, autocommit=True) as connection:
        row = evaluation_store.read_subject(connection, ORGANISATION, YEAR, FIRM)
        assert row is not None
        own = "FROM evaluation.organisation WHERE year = 2025 AND subject_id = %s"
        connection.execute(f"DELETE {own}".encode(), (FIRM,))
        body = evaluation_store.read_regions(connection, YEAR)["330100"]
        spoilt = body.replace('"value":15500000', '"value":15500001')
        set_body = "UPDATE evaluation.region SET body = %s WHERE year = 2025 AND region = '330100'"
        connection.execute(set_body, (spoilt,))
        organisations, _, regions = verified(frozen)
        connection.execute(set_body, (body,))
        evaluation_store.write_subjects(connection, ORGANISATION, YEAR, [row])

    assert f"{FIRM}: in the ledger, and not frozen" in organisations.differences
    place = "readings.0.value frozen 15500001, derived 15500000"
    assert regions.differences[0] == f"region 330100: {place}"
    assert [part.different for part in verified(frozen)] == [0, 0, 0]


def test_a_cut_moved_by_one_message_is_named(frozen: Frozen) -> None:
    cut = frozen.parts[0].cut
    first, _, rest = cut.partition(",")
    moved = f"0:{int(first[2:]) - 1},{rest}"
    where = "WHERE year = 2025 AND part = 'organisation'"
    alter(frozen, f"UPDATE evaluation.frozen SET cut = %s {where}", moved)
    found = verified(frozen)[0]
    alter(frozen, f"UPDATE evaluation.frozen SET cut = %s {where}", cut)
    assert found.differences == [f"cut: frozen {moved}, derived {cut}"]


def test_a_row_added_in_no_partition_of_the_ledger_is_counted(frozen: Frozen) -> None:
    with psycopg.connect(frozen.stack.postgres, autocommit=True) as connection:
        row = evaluation_store.read_subject(connection, ORGANISATION, YEAR, FIRM)
        assert row is not None
        stray = msgspec.structs.replace(row, subject_id=a.SUBJECT, partition=99)
        evaluation_store.write_subjects(connection, ORGANISATION, YEAR, [stray])
        found = verified(frozen)[0]
        own = "DELETE FROM evaluation.organisation WHERE year = 2025 AND partition = 99"
        assert connection.execute(own).rowcount == 1
    rows = frozen.parts[0].rows
    assert f"rows that stand there: frozen {rows + 1}, derived {rows}" in found.differences


@pytest.mark.requirement(83, 89)
def test_the_verbs_show_a_subject_a_region_and_what_is_frozen(frozen: Frozen) -> None:
    of_year = ("--year", str(YEAR))
    shown = frozen.run("evaluation", "show", FIRM, *of_year, "--language", "zh")
    assert shown.returncode == 0, shown.stderr
    assert f"{YEAR} 年度评价" in shown.stdout
    assert "罚1" in shown.stdout
    assert "罚2" not in shown.stdout
    region = frozen.run("evaluation", "show", "--region", "330100", *of_year)
    assert "Product per head 155,000.00 yuan" in region.stdout
    now = frozen.run("region", "330100")
    assert "Product per head 155,000.00 yuan" in now.stdout
    asked = json.loads(frozen.run("region", "330100", "--json").stdout)
    index = asked["evaluation"]["index"]
    assert (index["symbol"], index["enough"]) == (None, False), "one figure makes no region"
    assert 0 < index["known"] < index["of"]
    listed = frozen.run("evaluation", "list", "--json")
    assert [part["digest"] for part in answer_of(listed.stdout)] == [
        part.digest for part in frozen.parts
    ]


@pytest.mark.requirement(100, at="page")
def test_the_site_publishes_the_frozen_year_by_city_in_the_order_of_codes(frozen: Frozen) -> None:
    app, pool = application(frozen.stack.postgres, frozen.stack.kafka)
    with pool:
        seen = client_of(app, None).get("/zh/years").text
    cities = [found.name for code in ZHEJIANG_CITIES if (found := load_divisions().current(code))]
    places = [seen.index(f">{name}<") for name in cities]
    hangzhou = seen[places[0] : places[1]]

    assert all(each.digest in seen for each in frozen.parts)
    assert places == sorted(places)
    known, _, of = re.search(r"([0-9]+)( / )([0-9]+) ·", hangzhou).groups()  # type: ignore[union-attr]
    assert 0 < int(known) < int(of)


def test_what_cannot_be_shown_or_frozen_says_why(frozen: Frozen) -> None:
    again = frozen.run("evaluation", "freeze", "--year", str(YEAR), "--known-before", "2026-02-01")
    assert (again.returncode, "frozen only once" in again.stderr) == (1, True)
    ahead = frozen.run("evaluation", "freeze", "--year", "9000")
    assert (ahead.returncode, "is not over" in ahead.stderr) == (1, True)
    for arguments in (
        ("show", FIRM, "--year", "2019"),
        ("show", "--region", "999999", "--year", str(YEAR)),
        ("show", "--year", str(YEAR)),
        ("verify", "--year", "2019"),
    ):
        assert frozen.run("evaluation", *arguments).returncode == 2, arguments
    assert frozen.run("region", "999999").returncode == 2
