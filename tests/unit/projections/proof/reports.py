"""A small ledger in memory, its log and heads, and a forger who has every key."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any

from projections.proof.checkpoints import Checkpoint
from projections.proof.entries import Cut, event_entry, record_bytes, to_base64
from projections.proof.heads import Head, first_head, next_head, tag_of
from projections.proof.inclusion import InclusionProof
from projections.proof.kinds import COSIGNATURE, ED25519
from projections.proof.notes import Signer, signed
from projections.proof.prefix_tree import PrefixTree
from projections.proof.report import FORMAT, Facts, ShownEvent, report, start_of
from projections.proof.tiles import Growth
from projections.proof.tree import inclusion, leaf_hash, node_hash

LOG = Signer("credit.example/organisation", ED25519, bytes(32))
REPORTS = Signer("credit.example/reports", ED25519, b"\1" * 32)
WITNESS = Signer("witness.example", COSIGNATURE, b"\2" * 32)
OTHER = Signer("other.example/reports", ED25519, b"\3" * 32)
POLICY = (
    f"log {LOG.verifier.vkey()}\nwitness W {WITNESS.verifier.vkey()}\ngroup G all W\nquorum G\n"
)
KEYS = f"{REPORTS.verifier.vkey()}\n{OTHER.verifier.vkey()}\n"
SUBJECTS = ["a", "b", "c", "d", "e"]

Change = Callable[[dict[str, Any]], None]


def node_of(leaves: list[bytes]) -> Callable[[int, int], bytes]:
    def node(height: int, index: int) -> bytes:
        if height == 0:
            return leaves[index]
        return node_hash(node(height - 1, 2 * index), node(height - 1, 2 * index + 1))

    return node


def counted(counts: Mapping[str, int]) -> list[tuple[str, bytes | None]]:
    """Give so many records of each: every value undecodable, the second null."""
    return [
        (subject, None if i == 1 else f"{subject}{i}".encode())
        for subject, count in counts.items()
        for i in range(count)
    ]


class Ledger:
    """Two partitions, subject a in the first, and the log of one cut over all records."""

    def __init__(self, records: Mapping[str, int] | Sequence[tuple[str, bytes | None]]) -> None:
        self.events: dict[str, list[ShownEvent]] = {s: [] for s in SUBJECTS}
        self.leaves: list[bytes] = []
        heads: dict[bytes, Head] = {}
        offsets = [0, 0]
        growth = Growth(0, [], [])
        for subject, value in counted(records) if isinstance(records, Mapping) else records:
            partition = 0 if subject in "ac" else 1
            events = self.events.setdefault(subject, [])
            shown = ShownEvent(partition, offsets[partition], 1_000 + len(events), value)
            record = record_bytes(subject.encode(), value)
            entry = event_entry(partition, shown.offset, shown.timestamp_ms, record)
            leaf = leaf_hash(entry)
            tag = tag_of(subject.encode())
            head = heads[tag].head if tag in heads else first_head(record)
            heads[tag] = Head(len(events) + 1, next_head(head, leaf))
            growth.append(entry, leaf)
            self.leaves.append(leaf)
            offsets[partition] += 1
            events.append(shown)
        self.pages: dict[int, bytes] = {}
        self.tree = PrefixTree(lambda _: self.pages)
        self.pages |= {page: data for page, (data, _) in self.tree.change(heads).items()}
        root = self.tree.root
        self.cut = Cut(
            1, 5, "credit.organisation.events.v1", tuple(offsets), root.subjects, root.value
        )
        self.leaves.append(leaf_hash(self.cut.entry()))
        growth.append(self.cut.entry(), self.leaves[-1])
        self.checkpoint = Checkpoint(LOG.name, growth.size, growth.root())

    def proof(self) -> InclusionProof:
        size = self.checkpoint.size
        note = signed(self.checkpoint.text(), [LOG, WITNESS], 9)
        path = inclusion(node_of(self.leaves), size - 1, size)
        return InclusionProof(size - 1, tuple(path), note)

    def report(self, subject: str) -> bytes:
        events = self.events.get(subject, [])
        facts = Facts(
            platform="organisation",
            subject_id=subject,
            purpose="trial",
            made_at_ms=7,
            state=canonical({"note": "信", "subject_id": subject}),
            events=events,
            start=start_of(subject, events[0].value) if events else None,
        )
        found = self.tree.search(tag_of(subject.encode()))
        return report(facts, found, self.cut, self.proof(), [REPORTS])


def canonical(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def resigned(body: dict[str, Any], signer: Signer = REPORTS, first: str = FORMAT) -> bytes:
    """Sign a body that a forger has changed, with the report key in his hand."""
    told = canonical(body)
    note = signed(f"{first}\n{sha256(told).hexdigest()}\n", [signer])
    return b'{"body":' + told + b',"note":' + canonical(note) + b"}"


def lying(body: dict[str, Any], cut: Cut, size: int | None = None) -> bytes:
    """Sign a body with a cut that is not true: the log's key and the witness's are the forger's."""
    checkpoint = Checkpoint(LOG.name, size or cut.size, leaf_hash(cut.entry()))
    note = signed(checkpoint.text(), [LOG, WITNESS], 9)
    proof = InclusionProof(checkpoint.size - 1, (), note).told()
    return resigned({**body, "cut": cut.entry().decode(), "proof": proof})


def forged(data: bytes, change: Change) -> bytes:
    body = json.loads(data)["body"]
    change(body)
    return resigned(body)


def hidden(event: dict[str, Any], subject: str) -> dict[str, str]:
    value = None if event["value"] is None else b64decode(event["value"])
    record = record_bytes(subject.encode(), value)
    entry = event_entry(event["partition"], event["offset"], event["timestamp_ms"], record)
    return {"leaf": to_base64(leaf_hash(entry))}
