"""市县部门: offices of cities and counties report by file, each of its own division."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from ops.clock import today
from tests.support.builders import a_penalty
from tests.unit.ops.submission.test_every_type import the_fields

if TYPE_CHECKING:
    from pathlib import Path

    from events.event import Event
    from tests.acceptance.conftest import Ledger

DECIDED = today() - timedelta(days=40)
YESTERDAY = today() - timedelta(days=1)
SUBJECT = "91330100PDY000028X"


def a_fine(no: str, department: str, region: str) -> Event:
    return a_penalty(no, on=DECIDED, department=department, region=region, subject_id=SUBJECT)


def submit(ledger: Ledger, folder: Path, event: Event, *more: str) -> dict[str, Any]:
    file = folder / f"{event.envelope.event_id}.ndjson"
    file.write_bytes(msgspec.json.encode(the_fields(event)))
    done = ledger.run(
        "submit", str(file), "--department", event.envelope.department, "--json", *more
    )
    assert done.stdout, done.stderr
    (report,) = json.loads(done.stdout)["files"]
    found: dict[str, Any] = report
    return found


@pytest.mark.requirement(56, at="command")
def test_a_city_and_a_county_report_a_file_and_a_foreign_region_is_refused(
    ledger: Ledger, tmp_path: Path
) -> None:
    city = submit(ledger, tmp_path, a_fine("杭市监罚1号", "market-330100", "330106"))
    county = submit(ledger, tmp_path, a_fine("西市监罚1号", "market-330106", "330106"))
    foreign = submit(ledger, tmp_path, a_fine("西市监罚2号", "market-330106", "330105"))

    assert [each["became"][0]["outcome"] for each in (city, county)] == ["recorded"] * 2
    (line,) = foreign["refused"]
    (reason,) = line["reasons"]
    assert (reason["code"], reason["field"]) == ("region_not_of_department", "region")
