"""The demo's forger has the report key, and is found all the same: his amount is not the one that was logged."""

from __future__ import annotations

import json
from base64 import b64decode

import msgspec
import pytest

from events.types.penalty import PenaltyImposed
from events.wire.decoding import decode_event
from events.wire.encoding import encode_event
from ops.demo.evidence import forged_report
from projections.proof.errors import ProofError
from tests.support import builders as a
from tests.unit.ops.evidence.test_verify_alone import wrong
from tests.unit.projections.proof.reports import REPORTS, Ledger


def test_an_altered_fine_is_found_though_the_file_was_signed_anew() -> None:
    penalty = msgspec.structs.replace(a.a_penalty(1), fine_fen=1_000_000)
    key = penalty.envelope.subject_id
    ledger = Ledger([(key, encode_event(a.a_registration())), (key, encode_event(penalty))])
    report = ledger.report(key)
    assert wrong(report) == []

    forged = forged_report(report, [REPORTS])

    told = json.loads(forged.report)["body"]["events"][1]["value"]
    event = decode_event(b64decode(told))
    assert isinstance(event, PenaltyImposed)
    assert (event.fine_fen, forged.before_fen, forged.after_fen) == (100_000, 1_000_000, 100_000)
    assert wrong(forged.report) == ["completeness"]


def test_where_no_fine_is_shown_there_is_none_to_alter() -> None:
    registration = a.a_registration()
    key = registration.envelope.subject_id
    report = Ledger([(key, encode_event(registration))]).report(key)
    with pytest.raises(ProofError, match="shows no fine"):
        forged_report(report, [REPORTS])
