"""A witness: it cosigns the checkpoints of logs, of each only what goes on from the last.

What it cosigned it has on its disk before anybody sees it. Whoever runs one elsewhere, an archive
or a court, makes it impossible to show two people two histories.
"""

from __future__ import annotations

import fcntl
import json
import threading
import time
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from events.errors import LedgerError
from projections.proof.checkpoints import Checkpoint
from projections.proof.entries import hash_of, to_base64
from projections.proof.errors import ProofError, RefusedByWitnessError
from projections.proof.witnessing import BYTES_MAX, SIZE_TYPE, to_cosign
from streams.durable import write_durably

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from starlette.requests import Request

    from projections.proof.notes import Signer
    from projections.proof.policy import Policy


class WitnessStateError(LedgerError):
    """The file of what a witness knows is another's, or was altered: it cosigns nothing."""

    exit_code = 1


class LogWitness:
    """One key, the logs of a policy, and a file of what was cosigned last of each."""

    def __init__(self, signer: Signer, policy: Policy, state: Path) -> None:
        """Read the file, and hold it against others. Raises `WitnessStateError`."""
        if not signer.kind.checkpoints_only:
            raise WitnessStateError(
                f"{signer.name}: a witness signs by a key of its own kind:"
                " `credit-ledger keys new NAME --kind ed25519-cosignature`"
            )
        self._signer = signer
        self._policy = policy
        self._state = state
        self._turn = threading.Lock()
        self._lock = state.with_name(f"{state.name}.lock").open("a")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._known = _read(state)
        except BlockingIOError:
            self._lock.close()
            raise WitnessStateError(f"{state}: another witness is at work on it") from None
        except WitnessStateError:
            self._lock.close()
            raise

    def close(self) -> None:
        """Let the file go."""
        self._lock.close()

    def cosign(self, body: bytes, at_s: int) -> str:
        """Give the line of a cosignature, one request at a time. Raises `RefusedByWitnessError`."""
        with self._turn:
            checkpoint = to_cosign(body, self._policy, self._known)
            known = {**self._known, checkpoint.origin: checkpoint}
            _write(self._state, known)
            self._known = known
        return self._signer.signature(checkpoint.text(), at_s)

    def cosign_derived(self, checkpoint: Checkpoint, roots: Mapping[int, bytes], at_s: int) -> str:
        """Give the line of a cosignature of what was derived whole; `roots` of each cut, by size.

        Raises `WitnessStateError` where what was cosigned before is not the beginning of it.
        """
        with self._turn:
            before = self._known.get(checkpoint.origin)
            if before is not None and (
                before.size > checkpoint.size or roots.get(before.size) != before.root
            ):
                raise WitnessStateError(
                    f"{self._state}: {before.size} leaves of {checkpoint.origin} were cosigned"
                    " before with a root that is not the beginning of this log: there are two"
                    " histories. Keep both, and cosign neither"
                )
            known = {**self._known, checkpoint.origin: checkpoint}
            _write(self._state, known)
            self._known = known
        return self._signer.signature(checkpoint.text(), at_s)

    def app(self) -> Starlette:
        """Give it as a service: `POST /add-checkpoint`."""

        async def add_checkpoint(request: Request) -> Response:
            body = b""
            try:
                async for part in request.stream():
                    body += part
                    if len(body) > BYTES_MAX:
                        break
            except ClientDisconnect:
                return Response(status_code=400)
            try:
                line = await run_in_threadpool(self.cosign, body, int(time.time()))
            except RefusedByWitnessError as error:
                if error.known_size is None:
                    return PlainTextResponse(f"{error}\n", error.status)
                return Response(f"{error.known_size}\n", error.status, {"content-type": SIZE_TYPE})
            return PlainTextResponse(line)

        return Starlette(routes=[Route("/add-checkpoint", add_checkpoint, methods=["POST"])])


def _read(state: Path) -> dict[str, Checkpoint]:
    try:
        told = json.loads(state.read_bytes())
        return {
            str(origin): Checkpoint(str(origin), int(size), hash_of(root))
            for origin, (size, root) in told.items()
        }
    except FileNotFoundError:
        return {}
    except (ValueError, TypeError, AttributeError, ProofError):
        raise WitnessStateError(
            f"{state}: it was altered, so what was cosigned is not known. Restore it from a copy"
            " that is newer than the last cosignature, or begin with a new key"
        ) from None


def _write(state: Path, known: dict[str, Checkpoint]) -> None:
    told = {each.origin: [each.size, to_base64(each.root)] for each in known.values()}
    write_durably(state, [json.dumps(told).encode()])
