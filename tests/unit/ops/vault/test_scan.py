"""The search for plaintext: what stands in a file is found in every writing, wherever it begins."""

from __future__ import annotations

import base64
import json
import zipfile
from typing import TYPE_CHECKING

import pytest
from xlsxwriter import Workbook

from ops.vault.scan import PlaceKind, PlainFound, SoughtWords, WordTooShortError, _in_file

if TYPE_CHECKING:
    from pathlib import Path

WORD, KEY = "犇猋骉七", bytes(range(200, 232))
PIECE = 1 << 20


@pytest.mark.parametrize("behind", [0, 1, PIECE - 5, PIECE + 3])
@pytest.mark.parametrize(
    "raw",
    [
        WORD.encode(),
        WORD.encode("utf-16-le"),
        WORD.encode("utf-16-be"),
        WORD.encode("gb18030"),
        WORD.encode().hex().encode(),
        WORD.encode("gb18030").hex().upper().encode(),
        json.dumps({"name": WORD}).encode(),
        *(base64.b64encode(b"x" * before + WORD.encode()) for before in range(3)),
        *(base64.urlsafe_b64encode(b"x" * before + KEY) for before in range(3)),
        KEY,
        KEY.hex().encode(),
    ],
)
def test_what_stands_there_is_found_in_every_writing(
    tmp_path: Path, raw: bytes, behind: int
) -> None:
    file = tmp_path / "some.bin"
    with file.open("wb") as out:
        out.truncate(3 * PIECE)
        out.seek(behind)
        out.write(raw + b"\xff" * 9)

    assert _in_file(SoughtWords([WORD, KEY]), file) == {2 if raw in _of_key() else 1}


def _of_key() -> set[bytes]:
    coded = {base64.urlsafe_b64encode(b"x" * before + KEY) for before in range(3)}
    return {KEY, KEY.hex().encode(), *coded}


def test_what_is_packed_in_a_workbook_is_found(tmp_path: Path) -> None:
    file = tmp_path / "sent.xlsx"
    with Workbook(str(file)) as book:
        book.add_worksheet().write_row(0, 0, [f"{n} {WORD}" for n in range(99)])
    assert WORD.encode() not in file.read_bytes()
    assert _in_file(SoughtWords([WORD]), file) == {1}


def test_a_damaged_package_is_one_that_could_not_be_read(tmp_path: Path) -> None:
    file = tmp_path / "sent.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("some.csv", "some " * 999)
    raw = bytearray(file.read_bytes())
    raw[40:44] = b"\xff" * 4
    file.write_bytes(raw)
    assert _in_file(SoughtWords([WORD]), file) is None


def test_a_part_of_a_word_is_not_the_word(tmp_path: Path) -> None:
    file = tmp_path / "none.bin"
    file.write_bytes(WORD[:3].encode() * 99)
    assert _in_file(SoughtWords([WORD]), file) == set()


def test_a_word_that_stands_anywhere_by_chance_is_refused() -> None:
    with pytest.raises(WordTooShortError):
        SoughtWords(["王"])


def test_a_find_is_told_without_what_was_sought() -> None:
    assert WORD not in repr(PlainFound(PlaceKind.FILE, "a", 1))
