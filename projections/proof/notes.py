"""Signed notes, as C2SP signed-note has them, and the keys that sign them. Pure."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING, Final, NamedTuple

from projections.proof.entries import check_text, from_base64, to_base64
from projections.proof.errors import ProofError
from projections.proof.kinds import KINDS, SignatureKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

SIGNATURES_MAX: Final = 16
"""More signatures under a note than these are refused."""

_DASH: Final = "\u2014 "
_ID_BYTES: Final = 4
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f]")
_PRIVATE: Final = "PRIVATE+KEY+"


class Verifier(NamedTuple):
    """A public key under its name, as a vkey tells it."""

    name: str
    key_id: bytes
    kind: SignatureKind
    public: bytes

    def vkey(self) -> str:
        """Write it as a vkey."""
        return _key_text(self.name, self.key_id, self.kind, self.public)


class Signer(NamedTuple):
    """A private key under its name. It is never shown: neither told nor in an error."""

    name: str
    kind: SignatureKind
    private: bytes

    def __repr__(self) -> str:
        return f"Signer({self.name})"

    @property
    def verifier(self) -> Verifier:
        """Give the public key."""
        return verifier_of(self.name, self.kind, self.kind.public_of(self.private))

    def signature(self, text: str, at_s: int = 0) -> str:
        """Give the line of a signature under a text; `at_s` is the time of a cosignature."""
        blob = self.verifier.key_id + self.kind.signs(self.name, self.private, text.encode(), at_s)
        return f"{_DASH}{self.name} {to_base64(blob)}\n"

    def private_text(self) -> str:
        """Write it in the form in which a file keeps it."""
        return _PRIVATE + _key_text(self.name, self.verifier.key_id, self.kind, self.private)


class Signature(NamedTuple):
    """A signature under a note: whose, by which key, and its line as it stands there."""

    name: str
    key_id: bytes
    signature: bytes
    line: str


class Note(NamedTuple):
    """A text, which ends in a newline, and the signatures under it."""

    text: str
    signatures: tuple[Signature, ...]

    def told(self) -> str:
        """Write it."""
        return f"{self.text}\n" + "".join(each.line for each in self.signatures)


def signed(text: str, signers: Iterable[Signer], at_s: int = 0) -> str:
    """Sign a text, which ends in a newline, by several keys."""
    return f"{text}\n" + "".join(signer.signature(text, at_s) for signer in signers)


def parse_note(told: str) -> Note:
    """Read a note; nothing of it is verified. Raises `ProofError` where it is none."""
    check_text(told)
    if _CONTROL.search(told):
        raise ProofError("a note holds control characters")
    text, blank, lines = told.rpartition("\n\n")
    if not blank or not lines.endswith("\n"):
        raise ProofError("a note is a text, an empty line and signatures")
    signatures = tuple(_signature(line) for line in lines[:-1].split("\n"))
    if len(signatures) > SIGNATURES_MAX:
        raise ProofError(f"{len(signatures)} signatures; at most {SIGNATURES_MAX} are taken")
    return Note(f"{text}\n", signatures)


def verified(note: Note, verifiers: Iterable[Verifier]) -> list[Verifier]:
    """Give those of the known keys that signed the note.

    Raises `ProofError` where a signature that names a known key is not by it.
    """
    known: Mapping[tuple[str, bytes], Verifier] = {(v.name, v.key_id): v for v in verifiers}
    signers: list[Verifier] = []
    for each in note.signatures:
        verifier = known.get((each.name, each.key_id))
        if verifier is None or verifier in signers:
            continue
        if not _is_signed(verifier, note, each):
            raise ProofError(f"the signature of {each.name} is not by its key")
        signers.append(verifier)
    return signers


def _is_signed(verifier: Verifier, note: Note, by: Signature) -> bool:
    return verifier.kind.verifies(verifier.name, verifier.public, note.text.encode(), by.signature)


def verifier_of(name: str, kind: SignatureKind, public: bytes) -> Verifier:
    """Give a public key under a name. Raises `ProofError` where a name or key cannot be so."""
    _check_name(name)
    if len(public) != kind.public_bytes:
        raise ProofError(f"a public key of kind {kind.name} has {kind.public_bytes} bytes")
    digest = sha256(name.encode() + b"\n" + bytes([kind.type]) + public).digest()
    return Verifier(name, digest[:_ID_BYTES], kind, public)


def parse_vkey(text: str, kinds: Mapping[int, SignatureKind] = KINDS) -> Verifier | None:
    """Read a vkey; None of a kind that is not known. Raises `ProofError` where it is none."""
    name, key_id, kind, public = _parts(text, kinds)
    if kind is None:
        return None
    verifier = verifier_of(name, kind, public)
    if verifier.key_id != key_id:
        raise ProofError(f"the vkey of {name} names an id that is not its key's")
    return verifier


def parse_vkeys(text: str, kinds: Mapping[int, SignatureKind] = KINDS) -> list[Verifier]:
    """Read a file of vkeys, one a line; empty lines and those after `#` are left out."""
    lines = (line.strip() for line in text.splitlines())
    verifiers = [parse_vkey(line, kinds) for line in lines if line and not line.startswith("#")]
    return [verifier for verifier in verifiers if verifier is not None]


def parse_private(text: str, kinds: Mapping[int, SignatureKind] = KINDS) -> Signer:
    """Read a private key. Raises `ProofError`, which never shows it."""
    told = text.strip()
    if not told.startswith(_PRIVATE):
        raise ProofError("a file of a private key begins with PRIVATE+KEY+")
    try:
        name, key_id, kind, private = _parts(told[len(_PRIVATE) :], kinds)
        signer = None if kind is None else Signer(name, kind, private)
        fits = signer is not None and signer.verifier.key_id == key_id
    except (ProofError, ValueError):
        raise ProofError("a private key is not written as it must be (it is not shown)") from None
    if signer is None or not fits:
        raise ProofError("a private key is of an unknown kind, or names an id that is not its own")
    return signer


def _signature(line: str) -> Signature:
    words = line[len(_DASH) :].split(" ")
    if not line.startswith(_DASH) or len(words) != 2:  # noqa: PLR2004 - a name and a signature
        raise ProofError("a line of a signature is a dash, a name and base64")
    _check_name(words[0])
    data = from_base64(words[1])
    if len(data) <= _ID_BYTES:
        raise ProofError(f"the signature of {words[0]} is too short")
    return Signature(words[0], data[:_ID_BYTES], data[_ID_BYTES:], f"{line}\n")


def _parts(
    text: str, kinds: Mapping[int, SignatureKind]
) -> tuple[str, bytes, SignatureKind | None, bytes]:
    name, _, rest = text.partition("+")
    told_id, _, told_key = rest.partition("+")
    if not re.fullmatch(r"[0-9a-f]{8}", told_id, re.ASCII):
        raise ProofError("a vkey is a name, eight hexadecimal digits and base64, joined by +")
    _check_name(name)
    data = from_base64(told_key)
    return name, bytes.fromhex(told_id), kinds.get(data[0]) if data else None, data[1:]


def _key_text(name: str, key_id: bytes, kind: SignatureKind, key: bytes) -> str:
    return f"{name}+{key_id.hex()}+{to_base64(bytes([kind.type]) + key)}"


def _check_name(name: str) -> None:
    check_text(name)
    if not name or "+" in name or any(letter.isspace() for letter in name):
        raise ProofError(f"{name[:60]!r} is no name of a key: it has a blank or a plus, or nothing")


def names_of(verifiers: Sequence[Verifier]) -> str:
    """Tell several keys by their names."""
    return ", ".join(verifier.name for verifier in verifiers) or "nobody"
