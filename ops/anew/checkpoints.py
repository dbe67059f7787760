"""The checkpoints topic, read to its end: every cut, numbered, written down, and then signed."""

from __future__ import annotations

from base64 import b64decode
from hashlib import sha256
from typing import TYPE_CHECKING, Final, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ops.anew.found import FoundAt, differs
from ops.anew.ledger import everything

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from ops.anew.ledger import LedgerPart

_BY: Final = {True: "by a key of the log", False: "by none of them"}


class SignedCut(NamedTuple):
    """A cut, what its checkpoint says of the log, and whether it was signed yet."""

    number: int
    time_ms: int
    topic: str
    offsets: tuple[int, ...]
    subjects: int
    heads: bytes
    entry: bytes
    origin: str
    size: int
    root: bytes
    note: str | None


def cuts_of(part: LedgerPart, vkeys: Collection[str]) -> list[SignedCut]:
    """Give every cut of the topic, in order, each with its signed checkpoint where there is one.

    `vkeys` are the keys of the log that are trusted. Raises `DiffersError` naming the offset of the
    first message that is not as it must be.
    """
    found: list[SignedCut] = []
    origins = {vkey.partition("+")[0] for vkey in vkeys}
    for offset, key, told in _messages(part):
        cut = _read_cut(part, offset, told)
        if origins and cut.origin not in origins:
            if found:  # whoever trusts this log alone is told that it ended
                raise _wrong(part, offset, "origin", found[0].origin, cut.origin)
            continue  # of a log that ended before this one was begun, under another name
        before = found[-1] if found else None
        _require(part, offset, "key", str(cut.number), (key or b"").decode("ascii", "replace"))
        if before is not None and before.number == cut.number:
            for name, expected, value in zip(cut._fields, before, cut, strict=True):
                if name != "note":
                    _require(part, offset, name, expected, value)
            more = (cut.note or "").removeprefix(before.note or "")
            if before.note is not None and more in ("", cut.note):
                raise _wrong(part, offset, "note", "more signatures than before", more or "as many")
            is_signed = signed_by(cut.note or "", vkeys)
            _require(part, offset, "signature", "by a key of the log", _BY[is_signed])
            found[-1] = cut
        else:
            _check_next(part, offset, cut, before)
            found.append(cut)
    return found


def signed_by(note: str, vkeys: Collection[str]) -> bool:
    """Say whether a note has a signature by one of these keys, and none under their name is wrong.

    Kinds of keys other than Ed25519 are skipped, as the format of notes wants it.
    """
    text, _, lines = note.rpartition("\n\n")
    known = {}
    for vkey in vkeys:
        name, _, data = vkey.split("+", 2)
        key = b64decode(data)
        if key[0] == 1:
            known[name, sha256(name.encode() + b"\n" + key).digest()[:4]] = key[1:]
    count = 0
    for line in lines.splitlines():
        try:
            _, name, told = line.split(" ")
            signature = b64decode(told, validate=True)
        except ValueError:
            return False
        public = known.get((name, signature[:4]))
        if public is not None:
            try:
                by = Ed25519PublicKey.from_public_bytes(public)
                by.verify(signature[4:], f"{text}\n".encode())
            except InvalidSignature:
                return False
            count += 1
    return count > 0


def _messages(part: LedgerPart) -> Iterator[tuple[int, bytes | None, str]]:
    for stands in everything(part):
        if stands.value is not None:  # the broker's marks of transactions are no messages
            yield stands.offset, stands.key, stands.value.decode("utf-8", "replace")


def _read_cut(part: LedgerPart, offset: int, value: str) -> SignedCut:
    try:
        entry, _, checkpoint = value.partition("\n\n")
        number, time, topic, offsets, heads = (line.split(" ")[1:] for line in entry.split("\n"))
        places = [each.split(":") for each in offsets[0].split(",")]
        origin, size, root = checkpoint.split("\n")[:3]
        cut = SignedCut(
            *(int(number[0]), int(time[0]), topic[0], tuple(int(at) for _, at in places)),
            *(int(heads[0]), b64decode(heads[1], validate=True), f"{entry}\n".encode()),
            *(origin, int(size), b64decode(root, validate=True)),
            checkpoint if "\n\n" in checkpoint else None,
        )
    except (ValueError, IndexError):
        raise _wrong(part, offset, "value", "a cut and its checkpoint", value) from None
    names = [name for name, _ in places]
    _require(part, offset, "offsets", [str(n) for n in range(int(topic[1]))], names)
    return cut


def _check_next(part: LedgerPart, offset: int, cut: SignedCut, before: SignedCut | None) -> None:
    _require(part, offset, "number", before.number + 1 if before else 1, cut.number)
    _require(part, offset, "signature", None, cut.note)
    _require(part, offset, "size", sum(cut.offsets) + cut.number, cut.size)
    if before is None:
        return
    _require(part, offset, "origin", before.origin, cut.origin)
    _require(part, offset, "topic", before.topic, cut.topic)
    _require(part, offset, "partitions", len(before.offsets), len(cut.offsets))
    latest = max(before.time_ms, cut.time_ms)
    _require(part, offset, "time", latest, cut.time_ms)
    forward = tuple(map(max, before.offsets, cut.offsets))
    _require(part, offset, "offsets", forward, cut.offsets)


def _require(part: LedgerPart, offset: int, field: str, expected: object, found: object) -> None:
    if expected != found:
        raise _wrong(part, offset, field, expected, found)


def _wrong(part: LedgerPart, offset: int, field: str, expected: object, found: object) -> Exception:
    return differs(
        *("checkpoints", field, expected, found),
        FoundAt(part.topic, part.partition, offset),
    )
