"""The witnesses of a policy, as the signer asks them: all at once, each from the size it knows."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

import httpx
import structlog

from projections.proof.errors import ProofError
from projections.proof.notes import parse_note, verified
from projections.proof.tree import consistency
from projections.proof.witnessing import request_told
from streams.signing.errors import SignerStoppedError

if TYPE_CHECKING:
    from projections.proof.policy import Policy, PolicyKey
    from projections.proof.tiles import TiledTree

_log = structlog.get_logger(__name__)
_ANSWER_WITHIN_S: Final = 5.0
_TURNS_MAX: Final = 3
_BYTES_MAX: Final = 16 * 1024


class Witnesses:
    """Those of a policy who have a URL."""

    def __init__(self, policy: Policy, client: httpx.Client | None = None) -> None:
        """Ask nobody yet."""
        self._policy = policy
        self._asked = {name: key for name, key in policy.witnesses.items() if key.url}
        self._client = client or httpx.Client(timeout=_ANSWER_WITHIN_S)
        self._known: dict[str, int] = {}
        self.silent: frozenset[str] = frozenset()
        """Who did not cosign the last time."""

    def close(self) -> None:
        """Close the connections to them."""
        self._client.close()

    def cosigned(self, note: str, tree: TiledTree) -> str | None:
        """Give a note with the cosignatures that came; None where they are not enough.

        Raises `SignerStoppedError` where a witness knows more of this log than its signer.
        """
        if self._is_enough(note):
            return note
        with ThreadPoolExecutor(max(1, len(self._asked))) as threads:
            lines = dict(
                zip(
                    self._asked,
                    threads.map(lambda name: self._ask(name, note, tree), self._asked),
                    strict=True,
                )
            )
        self.silent = frozenset(name for name, line in lines.items() if line is None)
        told = note + "".join(line for line in lines.values() if line is not None)
        if self._is_enough(told):
            return told
        _log.warning("quorum_missing", silent=sorted(self.silent))
        return None

    def _is_enough(self, note: str) -> bool:
        try:
            self._policy.check_witnesses(parse_note(note))
        except ProofError:
            return False
        return True

    def _ask(self, name: str, note: str, tree: TiledTree) -> str | None:
        known = self._asked[name]
        try:
            for _ in range(_TURNS_MAX):
                old = self._known.get(name, 0)
                if old > tree.size:
                    raise SignerStoppedError(
                        f"the witness {name} knows {old} leaves of this log, and its signer"
                        f" {tree.size}: signed cuts were lost here. Restore the topics from the"
                        " newest export before anything is signed"
                    )
                body = request_told(old, consistency(tree.node, old, tree.size), note)
                answer = self._client.post(
                    f"{(known.url or '').rstrip('/')}/add-checkpoint", content=body
                )
                if answer.status_code == httpx.codes.CONFLICT and _is_size(answer.text):
                    self._known[name] = int(answer.text)
                    continue
                line = self._line_of(known, note, answer)
                self._known[name] = tree.size
                return line
        except (httpx.HTTPError, ProofError) as error:
            _log.warning("witness_silent", witness=name, error=str(error) or type(error).__name__)
        return None

    @staticmethod
    def _line_of(known: PolicyKey, note: str, answer: httpx.Response) -> str:
        """Give the line of the key that is expected; a witness may give others beside it."""
        if answer.status_code != httpx.codes.OK or len(answer.content) > _BYTES_MAX:
            raise ProofError(f"it answers {answer.status_code}: {answer.text[:200].strip()}")
        text = parse_note(note).text
        for line in answer.text.splitlines(keepends=True):
            if verified(parse_note(f"{text}\n{line}"), [known.verifier]):
                return line
        raise ProofError("its answer holds no cosignature by the key of the policy")


def _is_size(text: str) -> bool:
    told = text.removesuffix("\n")
    return told.isascii() and told.isdigit() and len(told) < 19  # noqa: PLR2004 - below 2^63
