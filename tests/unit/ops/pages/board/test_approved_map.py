"""A map stands on the board by its approval number alone, and from a file that is one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from ops.pages.board.approved_map import BYTES_MAX, MapUnfitError, read_map

if TYPE_CHECKING:
    from pathlib import Path

SVG: Final = b'<?xml version="1.0"?>\n<!-- made up -->\n<svg xmlns="http://www.w3.org/2000/svg"/>'
PNG: Final = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
NUMBER: Final = "浙S（2099）1号"


def settings(file: Path, data: bytes, number: str | None = NUMBER) -> dict[str, str]:
    file.write_bytes(data)
    said = {"CREDIT_LEDGER_MAP": str(file)}
    return said if number is None else {**said, "CREDIT_LEDGER_MAP_APPROVAL": number}


def test_a_map_with_its_number_is_read_and_its_address_names_its_content(tmp_path: Path) -> None:
    file = tmp_path / "map"
    drawn, painted = read_map(settings(file, SVG)), read_map(settings(file, PNG))
    assert drawn is not None
    assert painted is not None
    assert (drawn.media_type, drawn.number) == ("image/svg+xml", NUMBER)
    assert painted.media_type == "image/png"
    assert drawn.path.endswith("/map.svg")
    assert painted.path.endswith("/map.png")
    other = read_map(settings(file, SVG + b" "))
    assert other is not None
    assert other.path != drawn.path
    assert read_map({}) is None


@pytest.mark.parametrize("number", ["GS（2024）0650号", "GS京(2024)0650号", "浙S (2024) 8号"])
def test_numbers_are_taken_as_they_are_written(tmp_path: Path, number: str) -> None:
    assert read_map(settings(tmp_path / "map", SVG, number)) is not None


@pytest.mark.parametrize("number", [None, "", "8", "浙S（2024）号", "审图号", "浙S（2024）8号 <b>"])
def test_without_its_number_a_map_is_refused(tmp_path: Path, number: str | None) -> None:
    with pytest.raises(MapUnfitError):
        read_map(settings(tmp_path / "map", SVG, number))


@pytest.mark.parametrize(
    "data",
    [b"", b"<html><svg/></html>", b"\xff\xd8\xff a photograph", PNG + b"\0" * BYTES_MAX],
    ids=["nothing", "a page", "another picture", "too large"],
)
def test_what_is_no_map_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(MapUnfitError):
        read_map(settings(tmp_path / "map", data))


def test_a_number_without_a_file_and_a_file_that_is_not_there_are_refused(tmp_path: Path) -> None:
    number = {"CREDIT_LEDGER_MAP_APPROVAL": NUMBER}
    for said in (number, {**number, "CREDIT_LEDGER_MAP": str(tmp_path / "none")}):
        with pytest.raises(MapUnfitError):
            read_map(said)
