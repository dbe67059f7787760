"""Whom one trusts: logs, witnesses and how many of them, as C2SP tlog-policy has it. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence  # noqa: TC003 - mypyc needs it at run time
from typing import Final, NamedTuple

from projections.proof.checkpoints import Checkpoint, parse_checkpoint
from projections.proof.entries import read_number
from projections.proof.errors import ProofError
from projections.proof.kinds import KINDS, SignatureKind
from projections.proof.notes import Note, Verifier, names_of, parse_vkey, verified

LINES_MAX: Final = 1_000
_FORBIDDEN: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_NONE: Final = "none"


class PolicyKey(NamedTuple):
    """A key of a policy, and where its holder is reached, if that is told."""

    verifier: Verifier
    url: str | None


class Group(NamedTuple):
    """So many of these members, witnesses or groups, must have cosigned."""

    needed: int
    members: tuple[str, ...]


class Policy(NamedTuple):
    """The logs that are accepted, the witnesses and groups by name, and who must have cosigned."""

    logs: tuple[PolicyKey, ...]
    witnesses: Mapping[str, PolicyKey]
    groups: Mapping[str, Group]
    quorum: str

    def check_log(self, note: Note) -> Checkpoint:
        """Read a checkpoint that a log of the policy signed. Raises `ProofError` of any other."""
        checkpoint = parse_checkpoint(note.text)
        logs = [k.verifier for k in self.logs if k.verifier.name == checkpoint.origin]
        if not logs:
            raise ProofError(f"the policy knows no log {checkpoint.origin[:100]!r}")
        if not verified(note, logs):
            raise ProofError(f"no key of the policy signed the checkpoint of {checkpoint.origin}")
        return checkpoint

    def check_witnesses(self, note: Note) -> list[Verifier]:
        """Give who cosigned, where that is enough. Raises `ProofError` where it is not."""
        cosigners = verified(note, [known.verifier for known in self.witnesses.values()])
        signed_by = {name for name, known in self.witnesses.items() if known.verifier in cosigners}
        if not self.has_quorum(signed_by):
            raise ProofError(
                f"the quorum {self.quorum!r} is not reached: {names_of(cosigners)} cosigned"
            )
        return cosigners

    def has_quorum(self, signed_by: set[str]) -> bool:
        """Say whether the witnesses of these names are enough."""
        reached = set(signed_by)
        for name, group in self.groups.items():  # each names what is defined above it
            if len(reached.intersection(group.members)) >= group.needed:
                reached.add(name)
        return self.quorum == _NONE or self.quorum in reached


class _Reading:
    """A policy as far as its lines were read."""

    def __init__(self, kinds: Mapping[int, SignatureKind]) -> None:
        self.kinds = kinds
        self.logs: list[PolicyKey] = []
        self.witnesses: dict[str, PolicyKey] = {}
        self.groups: dict[str, Group] = {}
        self.names: set[str] = set()
        self.used: set[str] = set()
        self.quorum: str | None = None

    def take(self, words: Sequence[str]) -> None:
        match words:
            case ["log", vkey, *url] if len(url) <= 1:
                known = self._known(vkey, url, [log.verifier for log in self.logs])
                if known is not None:
                    self.logs.append(known)
            case ["witness", name, vkey, *url] if len(url) <= 1:
                self._define(name)
                known = self._known(vkey, url, [w.verifier for w in self.witnesses.values()])
                if known is not None:
                    self.witnesses[name] = known
            case ["group", name, needed, *members] if members:
                self._group(name, needed, members)
            case ["quorum", name] if self.quorum is None:
                if name != _NONE and name not in self.names:
                    raise ProofError(f"the quorum {name[:60]!r} is defined on no line before")
                self.quorum = name
            case _:
                raise ProofError(
                    f"no line of a policy begins and goes on like {words[0][:60]!r} here"
                )

    def _known(self, vkey: str, url: Sequence[str], others: Sequence[Verifier]) -> PolicyKey | None:
        verifier = parse_vkey(vkey, self.kinds)
        if verifier is None:
            return None  # of a kind that is not known: it verifies nothing
        if any(verifier.public == other.public for other in others):
            raise ProofError(f"the key of {verifier.name} stands there twice")
        return PolicyKey(verifier, url[0] if url else None)

    def _define(self, name: str) -> None:
        if name == _NONE or name in self.names:
            raise ProofError(f"the name {name[:60]!r} is taken")
        self.names.add(name)

    def _group(self, name: str, needed: str, members: Sequence[str]) -> None:
        for member in members:
            if member not in self.names:
                raise ProofError(f"the member {member[:60]!r} is defined on no line before")
            if member in self.used:
                raise ProofError(f"the member {member[:60]!r} stands there twice")
            self.used.add(member)
        self._define(name)
        count = {"all": len(members), "any": 1}.get(needed)
        count = read_number(needed) if count is None else count
        if not 1 <= count <= len(members):
            raise ProofError(f"{count} of {len(members)} members can never have cosigned")
        self.groups[name] = Group(count, tuple(members))


def parse_policy(text: str, kinds: Mapping[int, SignatureKind] = KINDS) -> Policy:
    """Read a policy. Raises `ProofError` naming the line that is wrong.

    A witness of an unknown kind of key is there and never cosigns.
    """
    if _FORBIDDEN.search(text):
        raise ProofError("a policy holds control characters other than tab and newline")
    lines = text.split("\n")
    if len(lines) > LINES_MAX:
        raise ProofError(f"a policy of more than {LINES_MAX} lines is not taken")
    reading = _Reading(kinds)
    for place, line in enumerate(lines, 1):
        words = line.replace("\t", " ").split(" ")
        words = [word for word in words if word]
        if not words or words[0].startswith("#"):
            continue
        try:
            reading.take(words)
        except ProofError as error:
            raise ProofError(f"line {place} of the policy: {error}") from None
    if reading.quorum is None:
        raise ProofError("a policy has one line that begins with quorum")
    return Policy(tuple(reading.logs), reading.witnesses, reading.groups, reading.quorum)
