"""Standard tools accept us: Go's own library for such logs reads everything, unchanged."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from events.envelope import Platform
from ops.evidence.cuts import KnownCuts
from ops.evidence.proving import prove, prove_consistency
from projections.proof.entries import hashes_told
from tests.unit.ops.evidence.test_proving import signed_world
from tests.unit.streams.signing.fakes import KEY

PROGRAM = Path(__file__).parents[1] / "support/sumdb"
CUTS = 6


def read_by_go(folder: Path, proofs: Path, program: Path) -> subprocess.CompletedProcess[str]:
    command = [str(program), str(folder), KEY.verifier.vkey(), str(proofs)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_go_reads_checkpoint_tiles_entries_proofs_and_consistency(tmp_path: Path) -> None:
    if shutil.which("go") is None:
        assert os.environ.get("CREDIT_LEDGER_REQUIRE_TOOLS") != "1", "Go is to be here, and is not"
        pytest.skip("no Go here")
    program = tmp_path / "read"
    built = ["go", "build", "-o", str(program), "."]
    subprocess.run(built, cwd=PROGRAM, check=True, env={**os.environ, "GOFLAGS": "-mod=readonly"})
    world, settings = signed_world(tmp_path, cuts=CUTS, records=200)
    folder, proofs = settings.log_folder(Platform.ORGANISATION), tmp_path / "proofs"
    proofs.mkdir()
    events = 0
    for partition, rows in enumerate(world.ledger.logs):
        for raw in rows[::7]:
            told = prove(settings, Platform.ORGANISATION, partition, raw.offset).told
            (proofs / f"{partition}-{raw.offset}.proof").write_text(told, "utf-8")
            events += 1
    cuts = KnownCuts(settings, Platform.ORGANISATION)
    for new in range(1, CUTS + 1):
        for old in range(1, new + 1):
            path = prove_consistency(settings, Platform.ORGANISATION, old, new)
            name = f"{cuts.numbered(old).size}-{cuts.numbered(new).size}.hashes"
            (proofs / name).write_text(hashes_told(path), "utf-8")

    done = read_by_go(folder, proofs, program)
    size = cuts.shown.cut.size
    pairs = CUTS * (CUTS + 1) // 2
    assert (done.stderr, done.stdout.split()) == ("", [str(n) for n in (size, size, events, pairs)])

    altered = next(iter(proofs.glob("*.proof")))
    lines = altered.read_text("utf-8").split("\n")
    lines[3], lines[4] = lines[4], lines[3]
    altered.write_text("\n".join(lines), "utf-8")
    assert "invalid" in read_by_go(folder, proofs, program).stderr
