"""Looks for plaintext where none may be: topics, tables, files, in every writing that it may have.

A word is looked for as UTF-8, UTF-16 and GB 18030, each as it is, in hexadecimal and in Base64 at
any place of a longer text, and as JSON escapes it. What is looked for is shown nowhere.
"""

from __future__ import annotations

import base64
import errno
import json
import os
import re
import time
import uuid
import zipfile
import zlib
from enum import StrEnum
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import psycopg
from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from psycopg import sql

from events.errors import LedgerError
from projections.store.statements import statements
from streams.broker import broker

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

_SQL: Final = statements(__name__)
_ENCODINGS: Final = ("utf-8", "utf-16-le", "utf-16-be", "gb18030")
_WORD_BYTES_MIN: Final = 6
_PIECE: Final = 1 << 20
_ANSWERS_WITHIN_S: Final = 30.0
_LISTEN_S: Final = 0.2
_PORTION: Final = 5_000
_UNPACKABLE: Final = (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError)
"""What is raised of a damaged or encrypted member, or one that is packed in a way unknown."""
_BYTES: Final = re.compile(rb"\\\\x([0-9a-f]+)")
"""How a copy of a table writes bytes; every backslash in it is doubled."""


class WordTooShortError(LedgerError):
    """A word of fewer than six bytes stands somewhere by chance: give a longer one."""


class ScanCutShortError(LedgerError):
    """The broker stopped answering, so not every topic was looked through: run it again."""

    exit_code = 3


class PlaceKind(StrEnum):
    """In what plaintext stands; of a file that has it in its name, `where` is the folder above."""

    TOPIC = "topic"
    TABLE = "table"
    FILE = "file"
    FILE_NAME = "file_name"


class PlainFound(NamedTuple):
    """Where plaintext stands, and which of the words it is, by its number."""

    kind: PlaceKind
    where: str
    word: int


class Scanned(NamedTuple):
    """How much was looked through, how many files could not be read, and what was found."""

    messages: int
    rows: int
    files: int
    unread: int
    found: list[PlainFound]


class SoughtWords:
    """What is looked for, in all its writings: texts, or bytes such as keys."""

    def __init__(self, words: Iterable[str | bytes]) -> None:
        """Prepare. Raises `WordTooShortError`."""
        self._of: dict[bytes, int] = {}
        for number, word in enumerate(words, 1):
            raw = word if isinstance(word, bytes) else word.encode()
            if len(raw) < _WORD_BYTES_MIN:
                raise WordTooShortError
            for writing in _of_bytes(word) if isinstance(word, bytes) else writings(word):
                self._of.setdefault(writing, number)
        self.longest = max(map(len, self._of), default=1)

    def within(self, data: bytes) -> set[int]:
        """Give the numbers of the words that stand in some bytes."""
        return {number for writing, number in self._of.items() if writing in data}


def writings(word: str) -> set[bytes]:
    """Give every writing of a word."""
    escaped = json.dumps(word)[1:-1]
    known = {escaped.encode(), escaped.upper().replace("\\U", "\\u").encode()}
    return known.union(*(_of_bytes(word.encode(encoding)) for encoding in _ENCODINGS))


def _of_bytes(raw: bytes) -> set[bytes]:
    return {raw, raw.hex().encode(), raw.hex().upper().encode(), *_base64_within(raw)}


def _base64_within(raw: bytes) -> Iterator[bytes]:
    """Give what is sure of a word's Base64, wherever in a text of three bytes a turn it begins."""
    for before in range(3):
        coded = base64.b64encode(b"\0" * before + raw).rstrip(b"=")
        first = (0, 2, 3)[before]
        sure = coded[first : len(coded) - (1 if (before + len(raw)) % 3 else 0)]
        yield sure
        yield sure.translate(bytes.maketrans(b"+/", b"-_"))


def scan(
    words: SoughtWords, postgres: Collection[str], kafka: str, folders: Collection[Path]
) -> Scanned:
    """Look through every topic, every table of some databases, and every file of some folders.

    Raises `ScanCutShortError`.
    """
    found: set[PlainFound] = set()

    def note(kind: PlaceKind, places: Iterable[tuple[str, bytes]]) -> int:
        count = 0
        for where, data in places:
            found.update(PlainFound(kind, where, n) for n in words.within(data))
            count += 1
        return count

    messages = note(PlaceKind.TOPIC, _messages(kafka))
    rows = sum(note(PlaceKind.TABLE, _rows(address)) for address in postgres)
    files, unread = 0, 0
    for path in sorted({path for folder in folders for path in folder.rglob("*")}):
        if path.is_symlink() or not path.is_file():
            continue
        files += 1
        named = words.within(path.name.encode())
        where = str(path.parent if named else path)
        found |= {PlainFound(PlaceKind.FILE_NAME, where, n) for n in named}
        inside = _in_file(words, path)
        unread += inside is None
        found |= {PlainFound(PlaceKind.FILE, where, n) for n in inside or ()}
    return Scanned(messages, rows, files, unread, sorted(found))


def _in_file(words: SoughtWords, path: Path) -> set[int] | None:
    """Look through a file piece by piece, and through what is packed in it; None if unreadable."""
    known: set[int] = set()
    before = b""
    try:
        for piece in chain(_pieces(path), _unpacked(path)):
            known |= words.within(before + piece)
            before = piece[-words.longest :]
    except FileNotFoundError:
        return known  # It ended meanwhile, as files of servers do.
    except (OSError, *_UNPACKABLE):
        return known or None
    return known


def _pieces(path: Path) -> Iterator[bytes]:
    """Give what stands in a file, without its holes: servers keep large files that hold nothing."""
    with path.open("rb") as file:
        place = 0
        while (data := _data_from(file.fileno(), place)) is not None:
            file.seek(data)
            piece = file.read(_PIECE)
            if not piece:
                return
            yield piece
            place = data + len(piece)


def _unpacked(path: Path) -> Iterator[bytes]:
    """Give what is packed in a file, as in an XLSX that a department sent."""
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as packed:
        for name in packed.namelist():
            with packed.open(name) as member:
                while piece := member.read(_PIECE):
                    yield piece


def _data_from(handle: int, place: int) -> int | None:
    try:
        return os.lseek(handle, place, os.SEEK_DATA)
    except OSError as error:
        if error.errno == errno.ENXIO:
            return None
        raise


def _messages(kafka: str) -> Iterator[tuple[str, bytes]]:
    """Give every message that the broker keeps, of aborted transactions too, with its headers.

    A partition is at its end where the broker says so: behind the last message may be marks of
    transactions, which are no messages.
    """
    connection = broker(kafka)
    consumer = Consumer(
        {
            **connection.librdkafka(),
            "group.id": connection.group(f"scan.{uuid.uuid4()}"),
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "isolation.level": "read_uncommitted",
            "auto.offset.reset": "earliest",
        }
    )
    try:
        topics = consumer.list_topics(timeout=_ANSWERS_WITHIN_S).topics
        open_ones = {(topic, part) for topic, told in topics.items() for part in told.partitions}
        consumer.assign([TopicPartition(*place, 0) for place in sorted(open_ones)])
        heard = time.monotonic()
        while open_ones:
            some = consumer.consume(_PORTION, _LISTEN_S)
            if some:
                heard = time.monotonic()
            elif time.monotonic() - heard > _ANSWERS_WITHIN_S:
                raise ScanCutShortError
            for message in some:
                error = message.error()
                if error is None:
                    yield str(message.topic()), _bytes_of(message)
                elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - its public name
                    open_ones.discard((message.topic(), message.partition()))
                else:
                    raise KafkaException(error)
    finally:
        consumer.close()


def _bytes_of(message: Any) -> bytes:
    headers = [part for pair in message.headers() or () for part in (pair[0].encode(), pair[1])]
    return b"\n".join([part or b"" for part in (message.key(), message.value(), *headers)])


def _rows(postgres: str) -> Iterator[tuple[str, bytes]]:
    """Give every row of every table of ours as a dump has it, and the bytes that stand in it."""
    with psycopg.connect(postgres, autocommit=True) as connection:
        for schema, table in connection.execute(_SQL["tables"]).fetchall():
            named = sql.Identifier(schema, table)
            with connection.cursor().copy(sql.SQL(_SQL["rows"]).format(table=named)) as copy:
                for row in copy:
                    data = bytes(row)
                    held = [bytes.fromhex(each.decode()) for each in _BYTES.findall(data)]
                    plain = data.replace(b"\\\\", b"\\")
                    yield f"{schema}.{table}", b"\n".join([data, plain, *held])
