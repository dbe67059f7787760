"""CloudEvents 1.0, structured: each record as the event that opened it, as it may be shown today.

One event a line of JSON. Its id, type and source are those that the event has on the ledger's
topics, so both are told to be the same; `data` is what the reader may see of the record. `time`
is left out: of a decision the day is known, not the hour.
Source: CloudEvents 1.0.2, JSON format 3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from events.wire.codec import cloud_event_type, department_source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from projections.exports.exported import ExportedSubject


def cloud_events(subject: ExportedSubject) -> Iterator[bytes]:
    """Write the records of a subject, one line each."""
    profile = subject.profile
    for record in profile.records:
        event: dict[str, Any] = {
            "specversion": "1.0",
            "id": record.event_id,
            "source": department_source(record.department),
            "type": cloud_event_type(f"credit.{record.type}"),
            "subject": profile.subject_id,
            "datacontenttype": "application/json",
            "disclosure": profile.view.value,
            "legalbasis": record.rule,
            "data": record,
        }
        yield msgspec.json.encode(event, order="sorted") + b"\n"
