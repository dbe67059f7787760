"""The headers of a message are those of a CloudEvent in binary mode."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from events.wire.codec import (
    UnencodableError,
    cloud_event_headers,
    cloud_event_type,
    department_source,
)
from events.wire.schemas import load_schemas

SCHEMAS = load_schemas()
PENALTY = "credit.PenaltyImposed"


def test_headers_are_those_of_a_cloud_event_in_binary_mode() -> None:
    noon_in_hangzhou = datetime(2026, 9, 18, 12, 0, 0, 7000, tzinfo=timezone(timedelta(hours=8)))

    headers = cloud_event_headers(
        event_id="8c5c1f2e-0000-5000-8000-000000000001",
        record=PENALTY,
        source=department_source("zj-tax"),
        time=noon_in_hangzhou,
        subject_id="91330000MA27U00000",
        schema_base="https://ledger.example/registry/",
        traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    )

    written_with = SCHEMAS.current(PENALTY).id
    assert headers == [
        ("ce_specversion", b"1.0"),
        ("ce_id", b"8c5c1f2e-0000-5000-8000-000000000001"),
        ("ce_type", b"cn.zj.credit.PenaltyImposed.v1"),
        ("ce_source", b"/departments/zj-tax"),
        ("ce_time", b"2026-09-18T04:00:00.007Z"),
        ("ce_subject", b"91330000MA27U00000"),
        ("ce_dataschema", f"https://ledger.example/registry/schemas/ids/{written_with}".encode()),
        ("content-type", b"application/avro"),
        ("traceparent", b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
    ]


@pytest.mark.parametrize(
    "traceparent", [None, "", "00-xyz", b"\xff\x00", "00-" + "0" * 32 + "-" + "0" * 16 + "-01\n"]
)
def test_what_is_no_trace_is_not_passed_on(traceparent: Any) -> None:
    headers = cloud_event_headers(
        event_id="e",
        record=PENALTY,
        source="/platforms/organisation",
        time=datetime(2026, 9, 18, tzinfo=UTC),
        traceparent=traceparent,
    )

    names = [name for name, _ in headers]
    assert names == ["ce_specversion", "ce_id", "ce_type", "ce_source", "ce_time", "content-type"]


def test_the_time_of_an_event_needs_a_zone() -> None:
    naive = datetime(2026, 9, 18, 12)  # noqa: DTZ001 - the case itself
    with pytest.raises(UnencodableError, match="time zone"):
        cloud_event_headers(event_id="e", record=PENALTY, source="/", time=naive)


def test_every_record_has_a_type_of_its_own() -> None:
    types = {cloud_event_type(entry.record) for entry in SCHEMAS}

    assert len(types) == len({entry.record for entry in SCHEMAS})
