"""Standard tools accept us: Go's own library for such logs, Tessera's fsck, torchwood's litewitness.

And a client in Go puts our witness through all that C2SP tlog-witness says.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random

import httpx
import pytest

from events.envelope import Platform
from ops.evidence.asking import Witnesses
from ops.evidence.cuts import KnownCuts
from ops.evidence.proving import prove, prove_consistency
from ops.evidence.settings import EvidenceSettings
from ops.local.port import is_free, kept_port
from projections.proof.entries import hashes_told
from projections.proof.kinds import COSIGNATURE
from projections.proof.notes import Signer, parse_note
from projections.proof.policy import parse_policy
from streams.signing.folder import Folder
from streams.signing.signer import LogSigner
from tests.support.chaos import wait_for
from tests.support.patience import AMPLE_S
from tests.unit.ops.evidence.test_proving import signed_world
from tests.unit.streams.signing.fakes import KEY, FakeTopic, World

SUPPORT = Path(__file__).parents[1] / "support"
LITEWITNESS = "filippo.io/torchwood/cmd/litewitness"
WITNESS = Signer("witness.example/w1", COSIGNATURE, bytes(range(32)))
CUTS = 6
WITHIN_S = AMPLE_S
ORGANISATION = Platform.ORGANISATION


def built(module: str, folder: Path, *others: str) -> Path:
    """Build a module of Go, and programs of others that it names; skip where there is no Go."""
    if shutil.which("go") is None:
        assert os.environ.get("CREDIT_LEDGER_REQUIRE_TOOLS") != "1", "Go is to be here, and is not"
        pytest.skip("no Go here")
    command = ["go", "build", "-o", f"{folder}/", ".", *others]
    env = {**os.environ, "GOFLAGS": "-mod=readonly"}
    subprocess.run(command, cwd=SUPPORT / module, check=True, env=env)
    return folder


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of Tessera's fsck, litewitness, and the client of our witness."""
    return built("logtools", tmp_path_factory.mktemp("logtools"), LITEWITNESS)


@contextmanager
def running(*command: str | Path, cwd: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(command, cwd=cwd, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def read_by_go(folder: Path, proofs: Path, program: Path) -> subprocess.CompletedProcess[str]:
    command = [str(program), str(folder), KEY.verifier.vkey(), str(proofs)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_go_reads_checkpoint_tiles_entries_proofs_and_consistency(tmp_path: Path) -> None:
    (tmp_path / "built").mkdir()
    program = built("sumdb", tmp_path / "built") / "sumdb"
    world, settings = signed_world(tmp_path, cuts=CUTS, records=200)
    folder, proofs = settings.log_folder(ORGANISATION), tmp_path / "proofs"
    proofs.mkdir()
    events = 0
    for partition, rows in enumerate(world.ledger.logs):
        for raw in rows[::7]:
            told = prove(settings, ORGANISATION, partition, raw.offset).told
            (proofs / f"{partition}-{raw.offset}.proof").write_text(told, "utf-8")
            events += 1
    cuts = KnownCuts(settings, ORGANISATION)
    for new in range(1, CUTS + 1):
        for old in range(1, new + 1):
            path = prove_consistency(settings, ORGANISATION, old, new)
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


def fsck(tools: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(tools / "logtools"), "fsck", str(folder), KEY.verifier.vkey()]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_tesseras_fsck_passes_the_folder_and_no_other(tools: Path, tmp_path: Path) -> None:
    _, settings = signed_world(tmp_path, cuts=CUTS, records=400)
    folder = settings.log_folder(ORGANISATION)
    assert fsck(tools, folder).stdout == "ok\n"
    for pattern in ("tile/0/*[0-9]", "tile/1/*.p/*", "tile/entries/*[0-9]"):  # max: the widest
        place = max(folder.glob(pattern))
        true = place.read_bytes()
        place.write_bytes(true[:40] + bytes([true[40] ^ 1]) + true[41:])
        assert fsck(tools, folder).returncode != 0, place
        place.write_bytes(true)
    assert fsck(tools, folder).stdout == "ok\n"


def signed_and_cosigned(world: World, settings: EvidenceSettings, policy: str) -> None:
    """Let a signer make cuts that a witness elsewhere cosigns, each going on from the last."""
    topic = FakeTopic(world.stored, world.owner)
    with httpx.Client(timeout=WITHIN_S) as client:
        cosigners = Witnesses(parse_policy(policy), client)
        signer = LogSigner([KEY], world.path, world.ledger, topic, lambda: world.now_ms, cosigners)
        with signer.open() as log:
            for seed in range(CUTS):
                world.now_ms += 10_000
                world.fill(Random(seed), 50)
                world.now_ms += 10_000
                assert signer.step(log) is not None
                told = Folder(world.path).checkpoint() or ""
                assert parse_policy(policy).check_witnesses(parse_note(told)) == [WITNESS.verifier]
    assert KnownCuts(settings, ORGANISATION).shown.cut.number == CUTS + 2


def test_litewitness_cosigns_our_log(tools: Path, tmp_path: Path) -> None:
    world, settings = signed_world(tmp_path, cuts=2)
    port = kept_port(tmp_path / "port")
    url = f"http://127.0.0.1:{port}"
    policy = f"log {KEY.verifier.vkey()}\nwitness w1 {WITNESS.verifier.vkey()} {url}\nquorum w1\n"
    settings = EvidenceSettings(
        origin=settings.origin, folder=settings.folder, keys=settings.keys, policy=tmp_path / "p"
    )
    (tmp_path / "p").write_text(policy, "utf-8")
    program = tools / "logtools"
    with running(program, "agent", "socket", WITNESS.private.hex(), cwd=tmp_path) as agent:
        assert agent.stdout is not None
        given = {
            "name": WITNESS.name,
            "db": "witness.db",
            "ssh-agent": "socket",
            "listen": f"127.0.0.1:{port}",
            "key": agent.stdout.readline().strip(),
        }
        options = [f"-{name}={value}" for name, value in given.items()]
        with running(tools / "litewitness", *options, cwd=tmp_path):
            wait_for(lambda: knows_log(tmp_path / "witness.db"), WITHIN_S, "it takes the log")
            wait_for(lambda: not is_free(port), WITHIN_S, "it listens")
            signed_and_cosigned(world, settings, policy)


def knows_log(place: Path) -> bool:
    """Tell litewitness of our log, as its witnessctl does, once it has made its tables."""
    empty = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
    if not place.exists():
        return False
    with closing(sqlite3.connect(place, timeout=WITHIN_S)) as db:
        if len(db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()) < 2:
            return False
        db.execute("INSERT INTO log VALUES (?, 0, ?)", (KEY.name, empty))
        db.execute("INSERT INTO key VALUES (?, ?)", (KEY.name, KEY.verifier.vkey()))
        db.commit()
    return True


def test_a_client_in_go_puts_our_witness_through_the_protocol(tools: Path, tmp_path: Path) -> None:
    """Every status; races of two histories; killed in the midst, and what it cosigned it knows."""
    key, policy = tmp_path / "w1.key", tmp_path / "policy"
    key.write_text(f"{WITNESS.private_text()}\n", "utf-8")
    key.chmod(0o600)
    policy.write_text(f"log {KEY.verifier.vkey()}\nquorum none\n", "utf-8")
    listen = f"127.0.0.1:{kept_port(tmp_path / 'port')}"
    given = {"listen": listen, "policy": policy, "key": key, "state": tmp_path / "state"}
    witness = [sys.executable, "-m", "ops", "witness"]
    witness += [str(part) for name, value in given.items() for part in (f"--{name}", value)]
    tried = [str(tools / "logtools"), "try", f"http://{listen}", KEY.private_text()]
    done = subprocess.run(
        [*tried, WITNESS.verifier.vkey(), *witness],
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "true\n"), done.stderr
