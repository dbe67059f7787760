"""What a submission is answered with stands where its readers look for it."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from events.admission.rejection import RejectionReason
from events.envelope import Attestation, Platform
from events.event import event_to_record
from events.rules.rulebook import load_rulebook
from events.wire.codec import encode_record
from events.wire.decoding import decode_event
from projections.ledger.message import Raw
from streams.admitting.answers import _traceparent, answer
from streams.batches import Batch
from tests.support.builders import a_dismissal, a_penalty
from tests.support.partition_log import a_record
from tests.support.signing import a_key, a_signer, registered, signed_by


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


@pytest.mark.parametrize("times", [0, 1, 2])
def test_a_signature_is_taken_from_its_header_and_stands_in_the_event(times: int) -> None:
    penalty = msgspec.structs.replace(a_penalty(), final_on=None)
    value = encode_record("credit.PenaltyImposed", event_to_record(penalty))
    signer = a_signer()
    line = signed_by(signer, value)
    message, refused = answer(
        Raw(0, 1_800_000_000_000, b"", value, (("signature", line),) * times),
        Batch("credit.organisation.submissions.market-zj", 0, [a_record(0)]),
        Platform.ORGANISATION,
        "market-zj",
        datetime(2026, 6, 15, tzinfo=UTC),
        load_rulebook(),
        lambda _: 12,
        signature_check=registered("market-zj", a_key(signer)).check,
    )
    if times > 1:
        assert refused is not None
        assert [each.code for each in refused.reasons] == [RejectionReason.SIGNATURE_WRONG]
        return
    assert refused is None
    wanted = Attestation(line.decode(), value) if times else None
    assert decode_event(message[2] or b"").envelope.attestation == wanted
