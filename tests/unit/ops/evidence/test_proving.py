"""Proofs from the files of a log of many cuts: every place, every pair of cuts, altered files."""

from __future__ import annotations

from base64 import b64decode
from pathlib import Path
from random import Random

import pytest

from events.envelope import Platform
from ops.evidence.cuts import CutUnknownError, KnownCuts
from ops.evidence.proving import prove, prove_consistency
from ops.evidence.settings import EvidenceSettings
from ops.terms.errors import error_told
from ops.terms.terms import Language, Terms
from projections.proof.entries import event_entry, record_bytes
from projections.proof.errors import LogAlteredError, NotYetSignedError, ProofError
from projections.proof.inclusion import parse_inclusion_proof
from projections.proof.notes import parse_note
from projections.proof.policy import parse_policy
from projections.proof.tree import leaf_hash, root_of_inclusion
from tests.unit.streams.signing.fakes import KEY, World

ORGANISATION = Platform.ORGANISATION


def signed_world(folder: Path, cuts: int = 7, records: int = 130) -> tuple[World, EvidenceSettings]:
    """Give a log of some cuts, with the files that the signer writes, and the settings to read them."""
    settings = EvidenceSettings(
        origin="credit.example", folder=folder / "evidence", keys=folder / "keys"
    )
    settings.keys.mkdir(parents=True)
    (settings.keys / "organisation.vkey").write_text(f"{KEY.verifier.vkey()}\n", "utf-8")
    world = World(settings.log_folder(ORGANISATION))
    chance = Random(5)
    signer = world.signer()
    signer._folder.begin()
    with signer.open() as log:
        for _ in range(cuts):
            world.fill(chance, chance.randrange(1, records))
            world.now_ms += 10_000
            assert signer.step(log) is not None
            world.now_ms += 10_000
    return world, settings


def test_every_event_is_proved_by_its_own_record(tmp_path: Path) -> None:
    world, settings = signed_world(tmp_path)
    policy = parse_policy(f"log {KEY.verifier.vkey()}\nquorum none\n")
    count = 0
    for partition, records in enumerate(world.ledger.logs):
        for raw in records:
            proof = parse_inclusion_proof(prove(settings, ORGANISATION, partition, raw.offset).told)
            record = record_bytes(raw.key, raw.value)
            entry = event_entry(partition, raw.offset, raw.timestamp_ms, record)
            checkpoint = policy.check_log(parse_note(proof.checkpoint))
            assert proof.extra == entry
            leaf, size = leaf_hash(entry), checkpoint.size
            assert root_of_inclusion(leaf, proof.leaf_index, size, proof.path) == checkpoint.root
            count += 1
    assert count > 200


def test_what_is_in_no_cut_yet_or_in_no_partition_is_refused(tmp_path: Path) -> None:
    world, settings = signed_world(tmp_path)
    end = len(world.ledger.logs[0])
    with pytest.raises(ProofError, match=f"0@{end} is in no signed cut yet"):
        prove(settings, ORGANISATION, 0, end)
    with pytest.raises(ProofError, match="3 partitions"):
        prove(settings, ORGANISATION, 3, 0)


def test_who_names_a_place_is_not_believed_about_what_stands_there(tmp_path: Path) -> None:
    world, settings = signed_world(tmp_path)
    first, other = world.ledger.logs[0][:2]
    record = record_bytes(first.key, first.value)
    assert prove(settings, ORGANISATION, 0, first.offset, record).entry.startswith("event 0 0 ")
    for said in (record_bytes(other.key, other.value), record + b"x", b""):
        with pytest.raises(ProofError, match="0@0: another record was logged"):
            prove(settings, ORGANISATION, 0, first.offset, said)


def test_each_pair_of_cuts_is_consistent_and_a_cut_that_there_is_not_is_named(
    tmp_path: Path,
) -> None:
    _, settings = signed_world(tmp_path)
    for new in range(1, 8):
        for old in range(1, new + 1):
            assert (prove_consistency(settings, ORGANISATION, old, new) == []) == (old == new)
    for number in (0, 8, 1_000):
        with pytest.raises(CutUnknownError, match="the newest is 7"):
            KnownCuts(settings, ORGANISATION).numbered(number)
    with pytest.raises(ProofError, match="older one first"):
        prove_consistency(settings, ORGANISATION, 3, 2)


def test_altered_files_are_found_and_named(tmp_path: Path) -> None:
    world, settings = signed_world(tmp_path, cuts=5, records=400)
    newest = len(world.ledger.logs[0]) - 1
    folder = settings.log_folder(ORGANISATION)
    journal = folder / "journal"
    kept = journal.read_bytes()
    lines = kept.splitlines(keepends=True)
    altered = {
        "cannot be read": (kept.replace(b'"value"', b'"other"'), 0, newest),
        "does not stand there": (b"".join(lines[:-1]), 0, newest),
        "is not that of": (kept.replace(b"offsets 0:", b"offsets 0:1", 1), 2, 0),
    }
    for why, (data, partition, offset) in altered.items():
        journal.write_bytes(data)
        with pytest.raises(ProofError, match=why):
            prove(settings, ORGANISATION, partition, offset)
    journal.write_bytes(kept)
    bundle = folder / "tile/entries/000"
    data = bundle.read_bytes()
    bundle.write_bytes(data.replace(b"event 0 0", b"event 0 9"))
    with pytest.raises(ProofError, match="leaf 0 is not that of 0@0"):
        prove(settings, ORGANISATION, 0, 0)
    proof = prove(settings, ORGANISATION, 0, 1)
    assert proof.told.startswith("c2sp.org/tlog-proof@v1\nextra ")
    assert b64decode(proof.told.split()[2]).decode() == proof.entry


def test_a_journal_that_is_not_there_is_told_with_what_to_do(tmp_path: Path) -> None:
    world, settings = signed_world(tmp_path)
    (world.path / "journal").unlink()
    with pytest.raises(LogAlteredError, match=r"journal: it is not there\. Move the folder away"):
        prove(settings, ORGANISATION, 0, 0)


def test_what_is_not_signed_yet_is_no_fault_of_a_file(tmp_path: Path) -> None:
    settings = EvidenceSettings(
        origin="x.example", folder=tmp_path / "none", keys=tmp_path / "keys"
    )
    with pytest.raises(NotYetSignedError, match="nothing is signed yet") as raised:
        prove(settings, ORGANISATION, 0, 0)
    told = error_told(raised.value, Terms(Language.ZH))
    assert "尚未签入日志" in told
    assert str(tmp_path) in told
