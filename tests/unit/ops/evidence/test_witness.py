"""A witness answers by C2SP tlog-witness, never for two histories; and a signer waits for enough of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

import httpx
import pytest
from starlette.testclient import TestClient

from ops.evidence.asking import Witnesses
from ops.evidence.witness import LogWitness, WitnessStateError
from projections.proof.checkpoints import Checkpoint, parse_checkpoint
from projections.proof.entries import to_base64
from projections.proof.kinds import COSIGNATURE, ED25519
from projections.proof.notes import Signer, parse_note, signed, verified
from projections.proof.policy import Policy, parse_policy
from projections.proof.tiles import TiledTree
from projections.proof.tree import consistency, leaf_hash, node_hash, root
from projections.proof.witnessing import SIZE_TYPE, request_told
from streams.signing.checkpoints import read_told
from streams.signing.errors import SignerStoppedError
from streams.signing.folder import Folder
from streams.signing.log import SignedLog
from streams.signing.signer import LogSigner
from tests.unit.streams.signing.fakes import KEY, FakeTopic, World

KEYS = [Signer(f"w{i}.example", COSIGNATURE, bytes(31) + bytes([i])) for i in range(2)]
LOG_LINE = f"log {KEY.verifier.vkey()}\n"
POLICY = parse_policy(f"{LOG_LINE}quorum none\n")
LEAVES = [leaf_hash(b"%d" % i) for i in range(20)]


def node(height: int, index: int) -> bytes:
    if height == 0:
        return LEAVES[index]
    return node_hash(node(height - 1, 2 * index), node(height - 1, 2 * index + 1))


def note(size: int, key: Signer = KEY, origin: str = KEY.name, of: bytes | None = None) -> str:
    return signed(Checkpoint(origin, size, of or root(node, size)).text(), [key])


def ask(old: int, new: int, told: str | None = None) -> str:
    return request_told(old, consistency(node, old, new) if old <= new else [], told or note(new))


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def client(state: Path) -> Iterator[TestClient]:
    witness = LogWitness(KEYS[0], POLICY, state)
    yield TestClient(witness.app())
    witness.close()


def answered(client: TestClient, body: str | bytes) -> tuple[int, str]:
    answer = client.post("/add-checkpoint", content=body)
    return answer.status_code, answer.text


def test_it_cosigns_what_goes_on_and_nothing_else(client: TestClient) -> None:
    for old, new in ((0, 3), (3, 3), (3, 8), (8, 20)):
        status, line = answered(client, ask(old, new))
        assert status == 200
        told = parse_note(f"{parse_note(note(new)).text}\n{line}")
        assert verified(told, [KEYS[0].verifier]) == [KEYS[0].verifier]


def test_each_status_of_the_protocol(client: TestClient) -> None:
    assert answered(client, ask(0, 8))[0] == 200
    other = Signer("other.example", ED25519, b"\1" * 32)
    stolen = Signer(KEY.name, ED25519, b"\2" * 32)
    refused = {
        404: [ask(8, 9, note(9, other, other.name))],
        403: [ask(8, 9, note(9, stolen)), ask(8, 9, note(9, other, KEY.name))],
        400: [
            *("", "old 8", "old 08\n\n" + note(9), "old 8\nx\n\n" + note(9), "new 8\n\n" + note(9)),
            ask(9, 8),
            "old 8\n" + f"{to_base64(bytes(32))}\n" * 64 + "\n" + note(9),
            "old 8\n\nno note",
            ask(8, 9) + "x" * 70_000,
        ],
        422: [request_told(8, [bytes(32)], note(9)), request_told(8, [], note(9))],
    }
    for status, bodies in refused.items():
        assert [answered(client, body)[0] for body in bodies] == [status] * len(bodies)
    for old, new in ((0, 9), (3, 9), (9, 9)):
        conflict = client.post("/add-checkpoint", content=ask(old, new))
        told = conflict.status_code, conflict.text, conflict.headers["content-type"]
        assert told == (409, "8\n", SIZE_TYPE)
    assert answered(client, request_told(8, [], note(8, of=bytes(32))))[0] == 409
    assert answered(client, b"\xff\xfe")[0] == 400
    assert answered(client, ask(8, 9))[0] == 200


def test_of_many_at_once_only_those_of_one_history_are_cosigned(client: TestClient) -> None:
    assert answered(client, ask(0, 4))[0] == 200
    forks = [request_told(4, consistency(node, 4, 9), note(9)), ask(4, 8), ask(4, 12)]
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda body: answered(client, body)[0], forks * 4))
    assert sorted(found) == [200] + [409] * 11


def test_what_it_cosigned_is_on_the_disk_before_anybody_sees_it(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    witness = LogWitness(KEYS[0], POLICY, state)
    witness.cosign(ask(0, 3).encode(), 1)
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "full")))
        with pytest.raises(OSError, match="full"):
            witness.cosign(ask(3, 8).encode(), 2)
    witness.cosign(ask(3, 9).encode(), 3)
    with pytest.raises(WitnessStateError, match="at work"):
        LogWitness(KEYS[0], POLICY, state)
    witness.close()
    again = LogWitness(KEYS[0], POLICY, state)
    with pytest.raises(Exception, match="knows 9"):
        again.cosign(ask(3, 8).encode(), 4)
    again.close()


def test_a_state_that_was_altered_or_a_key_of_another_kind_begins_nothing(state: Path) -> None:
    state.write_text("{", "utf-8")
    with pytest.raises(WitnessStateError, match="altered"):
        LogWitness(KEYS[0], POLICY, state)
    with pytest.raises(WitnessStateError, match="--kind"):
        LogWitness(KEY, POLICY, state)


def policy_of(quorum: str) -> Policy:
    witnesses = "".join(
        f"witness W{i} {key.verifier.vkey()} http://w{i}.example/\n" for i, key in enumerate(KEYS)
    )
    return parse_policy(f"{LOG_LINE}{witnesses}group G {quorum} W0 W1\nquorum G\n")


class Town:
    """Two witnesses, one of whom may be away."""

    def __init__(self, folder: Path) -> None:
        self.witnessing = [LogWitness(key, POLICY, folder / key.name) for key in KEYS]
        self.clients = [TestClient(each.app()) for each in self.witnessing]
        self.away: set[int] = set()

    def answer(self, request: httpx.Request) -> httpx.Response:
        number = int(request.url.host[1])
        if number in self.away:
            raise httpx.ConnectError("refused", request=request)
        found = self.clients[number].post(request.url.path, content=request.read())
        return httpx.Response(found.status_code, content=found.content)

    def witnesses(self, quorum: str) -> Witnesses:
        client = httpx.Client(transport=httpx.MockTransport(self.answer))
        return Witnesses(policy_of(quorum), client)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    found = Town(tmp_path)
    yield found
    for each in found.witnessing:
        each.close()


def signing(world: World, witnesses: Witnesses) -> tuple[LogSigner, SignedLog]:
    topic = FakeTopic(world.stored, world.owner)
    signer = LogSigner([KEY], world.path, world.ledger, topic, lambda: world.now_ms, witnesses)
    return signer, signer.open()


def test_a_checkpoint_is_shown_once_the_quorum_cosigned_it(tmp_path: Path, town: Town) -> None:
    world = World(tmp_path / "log")
    Folder(world.path).begin()
    witnesses = town.witnesses("all")
    signer, log = signing(world, witnesses)
    with log:
        world.fill(Random(1), 9)
        world.now_ms += 5_000
        signer.step(log)
        first = parse_note(Folder(world.path).checkpoint() or "")
        assert len(policy_of("all").check_witnesses(first)) == 2
        town.away = {1}
        world.fill(Random(2), 9)
        world.now_ms += 5_000
        signer.step(log)
        signer.step(log)
        assert parse_note(Folder(world.path).checkpoint() or "") == first
        assert witnesses.silent == {"W1"}
        assert log.cut is not None
        assert log.cut.number == 2
    town.away = set()
    signer, log = signing(world, town.witnesses("all"))  # a new process, that knows no sizes
    with log:
        shown = parse_note(Folder(world.path).checkpoint() or "")
        assert parse_checkpoint(shown.text) == log.checkpoint
        assert len(policy_of("all").check_witnesses(shown)) == 2
    notes = [read_told(value.decode()).note for _, value in world.stored]
    assert [len(parse_note(n).signatures) if n else 0 for n in notes] == [0, 1, 3, 0, 1, 3]
    stored = list(world.stored)
    signing(world, town.witnesses("all"))[1].__exit__()
    assert world.stored == stored


def test_one_of_two_is_enough_where_the_policy_says_so(tmp_path: Path, town: Town) -> None:
    world = World(tmp_path / "log")
    Folder(world.path).begin()
    town.away = {0}
    world.fill(Random(1), 9)
    world.now_ms += 5_000
    signer, log = signing(world, town.witnesses("any"))
    with log:
        signer.step(log)
    shown = parse_note(Folder(world.path).checkpoint() or "")
    assert policy_of("any").check_witnesses(shown) == [KEYS[1].verifier]


def test_a_signer_stops_where_a_witness_knows_more_than_it_does(tmp_path: Path, town: Town) -> None:
    world = World(tmp_path / "log")
    Folder(world.path).begin()
    world.fill(Random(1), 9)
    world.now_ms += 5_000
    signer, log = signing(world, town.witnesses("all"))
    with log:
        signer.step(log)
    lost = World(tmp_path / "anew")
    lost.ledger = world.ledger
    lost.ledger.logs = [each[:1] for each in lost.ledger.logs]
    lost.now_ms = world.now_ms
    Folder(lost.path).begin()
    signer, log = signing(lost, town.witnesses("all"))
    with log, pytest.raises(SignerStoppedError, match=r"knows .* leaves of this log"):
        signer.step(log)
    assert Folder(lost.path).checkpoint() is None
    assert isinstance(TiledTree(0, Folder(lost.path).read_tile), TiledTree)


def test_who_derived_all_cosigns_without_a_proof_and_never_two_histories(state: Path) -> None:
    auditor = LogWitness(KEYS[0], POLICY, state)
    roots = {size: root(node, size) for size in (3, 8, 20)}
    for size in (3, 3, 20):
        checkpoint = Checkpoint(KEY.name, size, roots[size])
        line = auditor.cosign_derived(checkpoint, roots, 9)
        told = parse_note(f"{checkpoint.text()}\n{line}")
        assert verified(told, [KEYS[0].verifier]) == [KEYS[0].verifier]
    for size, known in ((8, roots), (20, {**roots, 20: bytes(32)}), (20, {})):
        with pytest.raises(WitnessStateError, match="two histories"):
            auditor.cosign_derived(Checkpoint(KEY.name, size, roots[size]), known, 10)
    auditor.close()
    again = LogWitness(KEYS[0], POLICY, state)
    assert again.cosign(ask(20, 20).encode(), 11)
    again.close()
