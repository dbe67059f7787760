"""A file of what is public goes where a file may be, or nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import typer

from ops.cli.evidence.public_file import write_public
from projections.exports.exported import ExportFormat

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("place", [".", "no/such/file.csv"])
def test_a_place_that_can_hold_no_file_is_refused_before_anything_is_read(
    tmp_path: Path, place: str
) -> None:
    with pytest.raises(typer.BadParameter, match=str(tmp_path)):
        write_public(ExportFormat.CSV, tmp_path / place, None, as_json=False)
    assert list(tmp_path.iterdir()) == []
