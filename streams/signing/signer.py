"""Signs the log of a platform: what is written down first, and never two histories.

The journal on the disk, then the topic, fenced; then the signature, on the topic; then everybody.
Whoever is killed in between finds what was written down, and signs exactly that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

import structlog

from projections.proof.notes import parse_note, signed, verified
from projections.proof.tiles import TiledTree
from streams.signing.checkpoints import CheckpointTopic, cuts_told, read_told, told_value
from streams.signing.errors import NotBegunError, SignerStoppedError
from streams.signing.folder import Folder, Written
from streams.signing.log import SignedLog

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from projections.proof.entries import Cut
    from projections.proof.notes import Signer, Verifier
    from streams.signing.checkpoints import ToldCheckpoint
    from streams.signing.ledger import LedgerSource

_log = structlog.get_logger(__name__)

_OTHER_ROOT: Final = "cut {} was written down with another root than is derived from the ledger"
_ALTERED: Final = "its last line is not the cut that the heads are of; it was altered"
_NO_KEY: Final = (
    "no key that is known here signed cut {} of {}. Put the `.vkey` of the key that did back into"
    " the folder of keys; its `.key` need not be there"
)
SETTLED_AFTER_MS: Final = 2_000
"""Younger records are left out: acknowledged is not on disk yet, and the broker may lose them."""


class MomentGiver(Protocol):
    """The time of who signs, in ms since the epoch."""

    def __call__(self) -> int:
        """Give it."""
        ...


class Cosigners(Protocol):
    """The witnesses whom readers of the log trust."""

    def cosigned(self, note: str, tree: TiledTree) -> str | None:
        """Give a checkpoint with enough cosignatures, or None; `tree` proves what it goes on from.

        Raises `SignerStoppedError` where a witness knows more of the log.
        """
        ...


class LogSigner:
    """Signs one log; the first key is the log's, others sign beside it while keys are changed."""

    def __init__(
        self,
        keys: list[Signer],
        path: Path,
        ledger: LedgerSource,
        topic: CheckpointTopic,
        now_ms: MomentGiver,
        cosigners: Cosigners | None = None,
        former: Collection[Verifier] = (),
    ) -> None:
        """Name what it works on; nothing is read yet. Without cosigners its word is enough.

        `former` are public keys under which the log was signed before: of a key that was lost, or
        is used no more, what it signed last is gone on from.
        """
        self._cosigners = cosigners
        self._former = former
        self._unshown: tuple[Cut, str] | None = None
        self._keys = keys
        self._folder = Folder(path)
        self._ledger = ledger
        self._topic = topic
        self._now_ms = now_ms

    def open(self) -> SignedLog:
        """Take topic and folder over, and bring both to where the further of them stands.

        Raises `NotBegunError` where there is neither, `SignerStoppedError` where they contradict.
        """
        self._topic.take()
        log = SignedLog(self._keys[0].name, self._folder, self._ledger)
        try:
            log.check_standing()
            self._catch_up(log)
        except BaseException:
            log.__exit__()
            raise
        return log

    def step(self, log: SignedLog) -> Cut | None:
        """Make and sign the next cut, if there is anything new.

        While witnesses are too few for the last, they are asked again, and no further cut is made.
        """
        if not self._shows(log):
            return None
        now_ms = self._now_ms()
        closed = log.next_cut(now_ms, now_ms - SETTLED_AFTER_MS)
        if closed is None:
            return None
        number = closed.cut.number
        self._folder.note(Written(number, closed.value))
        self._topic.write(number, closed.value)
        log.accept(closed)
        self._sign(log, closed.cut, closed.checkpoint.text())
        _log.info("cut_signed", cut=number, size=closed.checkpoint.size, log=self._keys[0].name)
        return closed.cut

    def _sign(self, log: SignedLog, cut: Cut, text: str) -> None:
        note = signed(text, self._keys, self._now_ms() // 1000)
        self._topic.write(cut.number, told_value(cut, note))
        self._unshown = cut, note
        self._shows(log)

    def _shows(self, log: SignedLog) -> bool:
        """Show what was signed last once enough witnesses cosigned it; say whether all is shown."""
        if self._unshown is None:
            return True
        cut, note = self._unshown
        told: str | None = note
        if self._cosigners is not None:
            tree = TiledTree(log.checkpoint.size, self._folder.read_tile)
            told = self._cosigners.cosigned(note, tree)
        if told is None:
            return False
        if told != note:
            self._topic.write(cut.number, told_value(cut, told))
        self._folder.show(told)
        self._unshown = None
        return True

    def _catch_up(self, log: SignedLog) -> None:
        noted = self._folder.last_noted()
        last, pending = self._compared(log, noted)
        for each in pending:
            self._derive_again(log, each)
        known = last.cut.number if last else 0
        here = max(noted.number if noted else 0, log.cut.number if log.cut else 0)
        if noted is not None and noted.number == known + 1:
            self._finish(log, read_told(noted.value), noted)
        elif here > known:
            raise SignerStoppedError(
                f"the checkpoints topic ends at cut {known}, and this folder knows cut {here}: the"
                " broker has lost what was signed"
            )
        elif last is None:
            if not self._folder.has_begun:
                raise NotBegunError(
                    f"{self._folder.path}: no log, and none on the topic. If there never was one,"
                    " `credit-ledger worker --role signer --new-log` begins it"
                )
        elif last.note is None:
            self._sign(log, last.cut, last.checkpoint.text())
        else:
            keys = [*(key.verifier for key in self._keys), *self._former]
            if not verified(parse_note(last.note), keys):
                raise SignerStoppedError(_NO_KEY.format(known, self._keys[0].name))
            self._unshown = last.cut, last.note
            self._shows(log)

    def _derive_again(self, log: SignedLog, told: ToldCheckpoint) -> None:
        """Go on by a cut that stands on the topic; what was held of it is let go with that."""
        closed = log.again(told.cut)
        if closed.checkpoint != told.checkpoint:
            raise SignerStoppedError(_OTHER_ROOT.format(told.cut.number))
        self._folder.note(Written(told.cut.number, closed.value))
        log.accept(closed)

    def _compared(
        self, log: SignedLog, noted: Written | None
    ) -> tuple[ToldCheckpoint | None, list[ToldCheckpoint]]:
        """Compare the topic with the folder; give its last value, and the cuts that are beyond."""
        done = log.cut.number if log.cut else 0
        last: ToldCheckpoint | None = None
        pending: list[ToldCheckpoint] = []
        for each in self._written():
            last = each
            if noted is not None and each.cut.number == noted.number:
                self._check_noted(each, noted, done)
            if each.cut.number == done and (each.cut, each.checkpoint) != (log.cut, log.checkpoint):
                raise SignerStoppedError(_OTHER_ROOT.format(done))
            beyond = pending[-1].cut.number if pending else done
            if each.cut.number > beyond:
                pending.append(each)
        return last, pending

    def _finish(self, log: SignedLog, pending: ToldCheckpoint, noted: Written) -> None:
        """Bring to the topic what stands in the journal alone.

        Its signer was killed in between; or it went on, and the broker lost what it had not yet
        flushed, which is one cut at most. The same text again makes no second history.
        """
        if log.cut is not None and log.cut.number == noted.number:
            if told_value(log.cut, log.checkpoint.text()) != noted.value:
                raise SignerStoppedError(f"{self._folder.path}/journal: {_ALTERED}")
            self._topic.write(noted.number, noted.value)
        else:
            closed = log.again(pending.cut)
            if closed.value != noted.value:
                raise SignerStoppedError(_OTHER_ROOT.format(noted.number))
            self._topic.write(noted.number, noted.value)
            log.accept(closed)
        self._sign(log, pending.cut, pending.checkpoint.text())

    def _check_noted(self, each: ToldCheckpoint, noted: Written, done: int) -> None:
        """Compare a cut of the topic with the journal's last.

        One that stands in the journal alone was never signed: its signer was fenced, or killed,
        before it came to the topic, and who came after made another. Only of one that was accepted
        here (`done`) another on the topic is a second history.
        """
        value = told_value(each.cut, each.checkpoint.text())
        if value == noted.value:
            return
        if noted.number > done:
            self._folder.supersede(Written(noted.number, value))
            return
        raise SignerStoppedError(
            f"cut {noted.number} on the checkpoints topic is not the one in the journal of"
            f" {self._folder.path}: there are two histories, and neither is signed further. Keep"
            " both as they are; whoever holds an older checkpoint can tell which of them is true"
        )

    def _written(self) -> Iterator[ToldCheckpoint]:
        """Give what stands on the topic: each cut unsigned, then, the same, signed."""
        before: ToldCheckpoint | None = None
        for key, found in cuts_told(self._topic.values(), self._keys[0].name):
            number = found.cut.number
            if key != str(number).encode():
                raise SignerStoppedError(f"the checkpoints topic has cut {number} under {key!r}")
            if before is not None and number == before.cut.number:
                if (found.cut, found.checkpoint) != (before.cut, before.checkpoint):
                    raise SignerStoppedError(f"the checkpoints topic has two cuts {number}")
            elif number != (before.cut.number + 1 if before else 1) or found.note is not None:
                raise SignerStoppedError(f"the checkpoints topic has cut {number} out of order")
            yield found
            before = found
