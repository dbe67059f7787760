"""Signers that are killed, paused and cut off, on a real broker."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import sys
from collections.abc import Iterator
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from random import Random

import psutil

from events.envelope import Platform
from events.topics import ledger_topic
from ops.evidence.keys import make_keys, policy_of, vkeys
from ops.evidence.settings import EvidenceSettings
from ops.local.kafka import LocalKafka
from ops.local.port import is_free, kept_port
from projections.proof.checkpoints import parse_checkpoint
from projections.proof.entries import event_entry, record_bytes
from projections.proof.kinds import COSIGNATURE
from projections.proof.notes import Signer, parse_note
from projections.proof.tiles import TiledTree, tiles_of, unpack_entries
from projections.proof.tree import check_consistency, consistency
from streams.publishing.producer import Sender, create_producer
from streams.reading.reader import LogReader
from streams.signing.checkpoints import CheckpointsTopic, read_told
from streams.signing.folder import Folder
from streams.signing.ledger import LedgerTopic
from tests.support.chaos import wait_for
from tests.support.signer_lives import GONE_WRONG, PLACES, Deed, Home, live, note

ORGANISATION = Platform.ORGANISATION
DAYS = int(os.environ.get("SIGNER_DAYS", "10"))
SEED = os.environ.get("SIGNER_SEED", "1")
WITHIN_S = 180.0
AWAY_S = 1.0
"""For how long the broker stays away where nothing shows that it is missed."""
WITNESS = Signer("witness.example", COSIGNATURE, bytes(32))
FORKS = multiprocessing.get_context("forkserver")


class Broker:
    """The broker, whose ledger and checkpoints all days share, and a witness that may be away."""

    def __init__(self, server: LocalKafka, kafka: str, folder: Path) -> None:
        self.server = server
        port = kept_port(folder / "port")
        self.listen = f"127.0.0.1:{port}"
        self.port = port
        self.folder = folder
        self.kafka = kafka
        self.settings = EvidenceSettings(
            origin="killed.example",
            folder=folder / "evidence",
            keys=folder / "keys",
            policy=folder / "policy",
        )
        make_keys(self.settings)
        (log,) = vkeys(self.settings, str(ORGANISATION))
        witness = f"witness w {WITNESS.verifier.vkey()} http://{self.listen}"
        (folder / "policy").write_text(f"log {log.vkey()}\n{witness}\nquorum w\n", "utf-8")
        key = folder / "witness.key"
        key.write_text(WITNESS.private_text(), "utf-8")
        key.chmod(0o600)
        self.witness: psutil.Popen | None = None

    def witness_begins(self) -> None:
        files = {"policy": "policy", "key": "witness.key", "state": "witness.state"}
        options = [part for name, file in files.items() for part in (f"--{name}", file)]
        command = [sys.executable, "-m", "ops", "witness", "--listen", self.listen, *options]
        env = {**os.environ, "PYTHONPATH": str(Path.cwd())}
        self.witness = psutil.Popen(command, cwd=self.folder, env=env)
        wait_for(lambda: not is_free(self.port), WITHIN_S, "the witness listens")

    def witness_is_killed(self) -> None:
        if self.witness is not None:
            self.witness.kill()
            self.witness.wait()
            self.witness = None


class Lives:
    """Folders from which signers sign, one day after the other, and what befell them."""

    def __init__(self, broker: Broker) -> None:
        self.broker = broker
        self.first = broker.settings.log_folder(ORGANISATION)
        self.folders = [self.first]
        self.shown = broker.folder / "shown"
        self.backup = broker.folder / "backup"
        self.sent = 0
        self.story: list[str] = []
        Folder(self.first).begin()

    def send(self, count: int) -> None:
        rows = range(self.sent, self.sent + count)
        topic = ledger_topic(ORGANISATION)
        sender = Sender(create_producer(self.broker.kafka))
        sender.send([(topic, f"subject-{n % 17}".encode(), b"%d" % n, None) for n in rows])
        self.sent += count

    def begin(self, folder: Path, deed: Deed | None, steps: int) -> ForkServerProcess:
        home = Home(self.broker.kafka, self.broker.settings, folder, self.shown)
        process = FORKS.Process(target=live, args=(home, deed, steps))
        process.start()
        return process

    def ends(self, process: ForkServerProcess) -> int:
        process.join(WITHIN_S)
        code = process.exitcode
        assert code not in (None, 1, GONE_WRONG), "\n".join([*self.story, f"ended with {code}"])
        self.see()
        return code or 0

    def see(self) -> None:
        """Take note of whatever anybody could be shown now."""
        for folder in self.folders:
            told = Folder(folder).checkpoint()
            if told is not None:
                note(self.shown, told)

    def day(self, number: int) -> None:
        chance = Random(f"{SEED} {number}")
        self.send(chance.randrange(1, 30))
        self.befall_folder(chance)
        if chance.randrange(6) == 0:
            self.story.append("the witness is killed")
            self.broker.witness_is_killed()
        at_work = chance.choice(self.folders)
        what = chance.choice(["killed"] * 5 + ["asleep", "disk full", "two at once"])
        place, nth = chance.choice(list(PLACES)), chance.choice([0, 0, 0, 1, 2])
        deed = Deed("killed" if what == "two at once" else what, place, chance.random() < 0.5, nth)
        self.story.append(f"day {number}: {at_work.name}: {what}, {deed}")
        process = self.begin(at_work, deed, chance.randrange(1, 3))
        if what == "asleep":
            self.while_it_sleeps(process, chance)
        elif what == "two at once":
            other = self.begin(chance.choice(self.folders), None, 2)
            self.story.append(f"the other ended with {self.ends(other)}")
        self.story.append(f"ended with {self.ends(process)}")
        if self.broker.witness is None:
            self.broker.witness_begins()

    def while_it_sleeps(self, process: ForkServerProcess, chance: Random) -> None:
        """Let another take over while one sleeps, and wake it up in the midst of what it did."""
        sleeper = psutil.Process(process.pid)
        wait_for(lambda: not process.is_alive() or _sleeps(sleeper), WITHIN_S, "it sleeps, or ends")
        if process.is_alive():
            self.send(chance.randrange(1, 9))
            heir = self.begin(self.elsewhere(chance), None, 2)
            self.story.append(f"meanwhile another ended with {self.ends(heir)}")
            sleeper.send_signal(signal.SIGCONT)

    def while_both_are_away(self) -> None:
        """Broker and witness go in the midst of a cut; the broker is back first, the witness later."""
        before = Folder(self.first).checkpoint()
        self.send(3)
        process = self.begin(self.first, Deed("asleep", "topic", after=False, nth=0), 1)
        sleeper = psutil.Process(process.pid)
        wait_for(lambda: _sleeps(sleeper), WITHIN_S, "it sleeps before it writes the cut down")
        self.broker.witness_is_killed()
        self.broker.server.pause()
        try:
            sleeper.send_signal(signal.SIGCONT)
            process.join(AWAY_S)
        finally:
            self.broker.server.resume()
        self.story.append(f"broker and witness were away: ended with {self.ends(process)}")
        shown = Folder(self.first).checkpoint()
        assert shown == before, "nobody is shown a cut that no witness has seen"
        self.broker.witness_begins()
        assert self.ends(self.begin(self.first, None, 2)) == 0
        assert Folder(self.first).checkpoint() != before, "all is shown once both are back"

    def elsewhere(self, chance: Random) -> Path:
        """Start elsewhere: from nothing, or with a copy of a folder as it stands."""
        new = self.broker.folder / f"elsewhere-{chance.randrange(2)}"
        if new in self.folders:
            return new
        if chance.random() < 0.5:
            shutil.copytree(self.first, new)
        else:
            new.mkdir()
        self.folders.append(new)
        return new

    def befall_folder(self, chance: Random) -> None:
        folder = chance.choice(self.folders)
        match chance.randrange(8):
            case 0:
                self.story.append(f"{folder.name} is lost")
                shutil.rmtree(folder)
                folder.mkdir()
            case 1:
                shutil.rmtree(self.backup, ignore_errors=True)
                shutil.copytree(folder, self.backup)
            case 2 if self.backup.exists():
                self.story.append(f"{folder.name} is that of last week")
                shutil.rmtree(folder)
                shutil.copytree(self.backup, folder)
            case 3:
                self.story.append(f"{self.elsewhere(chance).name} begins")
            case _:
                pass

    def check(self) -> None:
        """Whoever is left goes on; nothing is missing, and all that was shown or told agrees."""
        policy = policy_of(self.broker.settings)
        for folder in self.folders:
            self.send(1)
            assert self.ends(self.begin(folder, None, 3)) == 0
            last = policy.check_log(parse_note(Folder(folder).checkpoint() or ""))
            tree = TiledTree(last.size, Folder(folder).read_tile)
            assert tree.root() == last.root
            tiles = [tile for tile in tiles_of(last.size) if tile.level is None]
            entries = [e for t in tiles for e in unpack_entries(t, Folder(folder).read_tile(t))]
            logged = [entry for entry in entries if entry.startswith(b"event ")]
            assert sorted(logged) == sorted(self.on_the_ledger())
            assert len(logged) == self.sent
            shown = self.shown.read_bytes().decode().split("\0")[:-1]
            assert len(shown) > DAYS // 2
            for told in {*shown, *self.on_the_topic()}:
                then = policy.check_log(parse_note(told))
                between = consistency(tree.node, then.size, last.size)
                check_consistency(then.size, last.size, then.root, last.root, between)
            for told in shown:
                policy.check_witnesses(parse_note(told))

    def on_the_ledger(self) -> list[bytes]:
        with LogReader(self.broker.kafka) as reader:
            ledger = LedgerTopic(ORGANISATION, reader)
            return [
                event_entry(p, raw.offset, raw.timestamp_ms, record_bytes(raw.key, raw.value))
                for p, end in enumerate(ledger.ends())
                if end
                for raw in ledger.records(p, 0, end)
            ]

    def on_the_topic(self) -> Iterator[str]:
        """Give every signed checkpoint that was written down; each cut stands there once."""
        roots: dict[int, object] = {}
        with LogReader(self.broker.kafka) as reader:
            values = list(CheckpointsTopic(self.broker.kafka, ORGANISATION, reader).values())
        for _, value in values:
            told = read_told((value or b"").decode())
            assert roots.setdefault(told.cut.number, told.checkpoint) == told.checkpoint
            if told.note is not None:
                assert parse_checkpoint(parse_note(told.note).text) == told.checkpoint
                yield told.note


def _sleeps(process: psutil.Process) -> bool:
    try:
        return process.status() == psutil.STATUS_STOPPED
    except psutil.NoSuchProcess:
        return False
