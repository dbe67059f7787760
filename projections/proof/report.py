"""A report: all events of a subject up to a cut, or that there are none, and the proof. Pure.

One file that whoever is handed it checks offline (`ops/evidence/verify_alone.py`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence  # noqa: TC003 - mypyc needs it at run time
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from projections.proof.entries import Cut, record_bytes, to_base64
from projections.proof.errors import ProofError
from projections.proof.heads import first_head
from projections.proof.notes import Signer, signed

if TYPE_CHECKING:
    from projections.proof.inclusion import InclusionProof
    from projections.proof.prefix_tree import SearchEnd

FORMAT: Final = "credit-ledger.report.v1"


class ShownEvent(NamedTuple):
    """An event in full, at its place."""

    partition: int
    offset: int
    timestamp_ms: int
    value: bytes | None


class HiddenEvent(NamedTuple):
    """An event that the reader may not see: the hash of its entry."""

    leaf: bytes


class Facts(NamedTuple):
    """What a report is of. `state` are the canonical bytes of the state, as `state` answers.

    `start` is where the chain of the subject's events begins; None where it has none.
    """

    platform: str
    subject_id: str
    purpose: str
    made_at_ms: int
    state: bytes
    events: Sequence[ShownEvent | HiddenEvent]
    start: bytes | None


def start_of(subject_id: str, value: bytes | None) -> bytes:
    """Give where the chain of a subject begins, by the value of its first event."""
    return first_head(record_bytes(subject_id.encode(), value))


def report(
    facts: Facts, search: SearchEnd, cut: Cut, proof: InclusionProof, signers: Sequence[Signer]
) -> bytes:
    """Write a report and sign it; `found` is where the subject stands among the heads of the cut.

    Raises `ProofError` where events and heads do not agree: such a report would prove nothing.
    """
    counted = search.head.events if search.head else 0
    if counted != len(facts.events):
        raise ProofError(
            f"the log counts {counted} events of {facts.subject_id}, and {len(facts.events)} are"
            " at hand"
        )
    body = _body(facts, search, cut, proof)
    note = signed(f"{FORMAT}\n{sha256(body).hexdigest()}\n", signers)
    return b'{"body":' + body + b',"note":' + _canonical(note) + b"}"


def _body(facts: Facts, search: SearchEnd, cut: Cut, proof: InclusionProof) -> bytes:
    heads: dict[str, Any] = {"copath": [to_base64(each) for each in search.copath]}
    if facts.start is not None:
        heads["start"] = to_base64(facts.start)
    elif search.other is not None:
        heads["other"] = {
            "tag": to_base64(search.other.tag),
            "commitment": to_base64(search.other.commitment),
        }
    parts: dict[str, Any] = {
        "cut": cut.entry().decode(),
        "events": [_told(event) for event in facts.events],
        "format": FORMAT,
        "heads": heads,
        "made_at_ms": facts.made_at_ms,
        "platform": facts.platform,
        "proof": proof.told(),
        "purpose": facts.purpose,
        "state": json.loads(facts.state),
        "state_hash": sha256(facts.state).hexdigest(),
        "subject_id": facts.subject_id,
    }
    if _canonical(parts["state"]) != facts.state:
        raise ProofError("the state is not in the one form of JSON that a report is written in")
    return _canonical(parts)


def _told(event: ShownEvent | HiddenEvent) -> dict[str, Any]:
    if isinstance(event, HiddenEvent):
        return {"leaf": to_base64(event.leaf)}
    return {
        "offset": event.offset,
        "partition": event.partition,
        "timestamp_ms": event.timestamp_ms,
        "value": None if event.value is None else to_base64(event.value),
    }


def _canonical(value: object) -> bytes:
    told = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return told.encode()
