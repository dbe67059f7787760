"""What a submission is answered with stands where its readers look for it."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from events.envelope import Platform
from events.event import event_to_record
from events.rules.rulebook import load_rulebook
from events.wire.codec import encode_record
from projections.ledger.message import Raw
from streams.admitting.answers import _traceparent, answer
from streams.batches import Batch
from tests.support.builders import a_dismissal
from tests.support.partition_log import a_record


def test_a_header_that_is_no_trace_is_left_out() -> None:
    trace = b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    for value, expected in [
        (trace, trace.decode()),
        (trace * 9_000, None),
        (b"\xff", None),
        (None, None),
    ]:
        assert _traceparent(Raw(0, 0, None, b"", (("traceparent", value),))) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(("partition", "there"), [(4, True), (99, False)])
def test_a_dismissal_goes_where_what_it_dismisses_stands(partition: int, there: bool) -> None:  # noqa: FBT001
    dismissal = msgspec.structs.replace(a_dismissal(7), partition=partition)
    value = encode_record("credit.EventDismissed", event_to_record(dismissal))
    topic = "credit.organisation.submissions.operator"
    message, refused = answer(
        Raw(0, 1_800_000_000_000, b"", value),
        Batch(topic, 0, [a_record(0)]),
        Platform.ORGANISATION,
        "operator",
        datetime(2026, 6, 15, tzinfo=UTC),
        load_rulebook(),
        lambda _: 12,
    )
    assert refused is None
    assert message[4:] == ((partition,) if there else ())
