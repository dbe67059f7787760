"""The role of the signer: it signs both platforms' logs, until it is told to end."""

from __future__ import annotations

import signal
import threading
import time
from typing import TYPE_CHECKING, Any, Final

import structlog
from confluent_kafka import KafkaException

from events.envelope import Platform
from events.errors import LedgerError
from ops.evidence.asking import Witnesses
from ops.evidence.keys import KeyMissingError, policy_of, signers_of, vkeys
from streams.publishing.fence import FencedError
from streams.reading.reader import LogReader
from streams.signing.checkpoints import CheckpointsTopic
from streams.signing.errors import NotBegunError, TakenError
from streams.signing.folder import Folder
from streams.signing.ledger import LedgerTopic
from streams.signing.signer import LogSigner

if TYPE_CHECKING:
    from ops.evidence.settings import EvidenceSettings
    from streams.signing.log import SignedLog

_log = structlog.get_logger(__name__)
_AGAIN_S: Final = 30.0
_AWAY_S: Final = 2.0
_REST: Final = 15
"""After a cut it rests so many times as long as processors worked for it: signing never takes them.

What a cut waited for disk, broker and other processes costs nobody: it rests as long as that took.
"""


def now_ms() -> int:
    """Give the time of who signs."""
    return time.time_ns() // 1_000_000


class Running:
    """One platform's log while it is signed; after anything that went wrong, opened anew."""

    def __init__(self, settings: EvidenceSettings, platform: Platform, kafka: str) -> None:
        """Name it; nothing is opened yet."""
        self._settings = settings
        self._platform = platform
        self._kafka = kafka
        self._reader: LogReader | None = None
        self._open: tuple[LogSigner, SignedLog] | None = None
        self._witnesses: Witnesses | None = None
        self._due = 0.0

    def turn(self, now: float) -> float:
        """Sign if it is time; give when it is next, on the same monotonic clock."""
        if now < self._due:
            return self._due
        try:
            signer, log = self._open or self._opened()
            worked = time.process_time()
            signer.step(log)
            worked, done = time.process_time() - worked, time.monotonic()
            rest = max(worked * _REST, done - now)
            self._due = max(now + self._settings.cut_every_s, done + rest)
        except KafkaException as error:
            self._failed(now + _AWAY_S, "broker_away", error)
        except (KeyMissingError, NotBegunError, TakenError, FencedError) as error:
            self._failed(now + _AGAIN_S, "signer_waits", error)
        except (LedgerError, OSError) as error:
            self._failed(now + _AGAIN_S, "signer_stopped", error)
        return self._due

    def close(self) -> None:
        """Let everything go."""
        if self._open is not None:
            self._open[1].__exit__()
            self._open = None
        if self._witnesses is not None:
            self._witnesses.close()
            self._witnesses = None
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def _opened(self) -> tuple[LogSigner, SignedLog]:
        name = self._settings.log_name(self._platform)
        keys = signers_of(self._settings, str(self._platform), name)
        self._reader = LogReader(self._kafka)
        topic = CheckpointsTopic(self._kafka, self._platform, self._reader)
        ledger = LedgerTopic(self._platform, self._reader)
        folder = self._settings.log_folder(self._platform)
        if self._settings.policy:
            self._witnesses = Witnesses(policy_of(self._settings))
        former = vkeys(self._settings, str(self._platform))
        signer = LogSigner(keys, folder, ledger, topic, now_ms, self._witnesses, former)
        self._open = signer, signer.open()
        return self._open

    def _failed(self, due: float, what: str, error: Exception) -> None:
        told = str(error.args[0]) if error.args else type(error).__name__
        (_log.warning if what != "signer_stopped" else _log.error)(
            what, platform=str(self._platform), error=told
        )
        self._due = due
        try:
            self.close()
        except (KafkaException, LedgerError):
            self._open = self._reader = None


def run_signer(kafka: str, settings: EvidenceSettings, *, begin: bool = False) -> None:
    """Sign until SIGTERM or SIGINT. With `begin`, a log that there never was is begun."""
    stop = threading.Event()

    def stopped(*_: Any) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, stopped)
    signal.signal(signal.SIGINT, stopped)
    if begin:
        for platform in Platform:
            Folder(settings.log_folder(platform)).begin()
    running = [Running(settings, platform, kafka) for platform in Platform]
    folders = [Folder(settings.log_folder(platform)) for platform in Platform]
    while not stop.is_set():
        try:
            with folders[0].held(), folders[1].held():
                while not stop.is_set():
                    due = min(each.turn(time.monotonic()) for each in running)
                    stop.wait(max(0.05, due - time.monotonic()))
        except TakenError as error:
            _log.warning("signer_waits", error=str(error))
            stop.wait(_AGAIN_S)
    for each in running:
        each.close()
