"""A map of true borders, which the law lets nobody show without its approval number (审图号).

It takes the place of the tiles where a setting names a file; the table beside it says the same.
"""

from __future__ import annotations

import os
import re
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from events.errors import LedgerError

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE_SETTING: Final = "CREDIT_LEDGER_MAP"
NUMBER_SETTING: Final = "CREDIT_LEDGER_MAP_APPROVAL"
BYTES_MAX: Final = 2_000_000
_NUMBER: Final = re.compile(r"[\u4e00-\u9fff]{0,4}G?S[\u4e00-\u9fff]{0,4}[(（]\d{4}[)）]\d+号")
"""As in GS（2024）0650号 of the ministry, 浙S（2024）8号 of a province."""
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_SVG: Final = re.compile(
    rb"\A(?:\xef\xbb\xbf)?\s*(?:(?:<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>]*>)\s*)*<svg[\s>]", re.DOTALL
)
POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"
"""Whoever opens the file by itself runs nothing of it, and asks nobody for more."""


class MapUnfitError(LedgerError):
    """CREDIT_LEDGER_MAP is SVG or PNG, 2 MB at most, with CREDIT_LEDGER_MAP_APPROVAL (审图号)."""


class ApprovedMap(NamedTuple):
    """A map, what it is written in, and the number under which it was approved."""

    data: bytes
    media_type: str
    number: str

    @property
    def path(self) -> str:
        """Give its address, which names the content, so it may be kept for good."""
        ending = "png" if self.media_type == "image/png" else "svg"
        return f"/static/{sha256(self.data).hexdigest()[:12]}/map.{ending}"


def read_map(environment: Mapping[str, str] | None = None) -> ApprovedMap | None:
    """Read the file that the settings name; None where tiles are shown. Raises `MapUnfitError`."""
    env = os.environ if environment is None else environment
    file, number = env.get(FILE_SETTING), env.get(NUMBER_SETTING, "").replace(" ", "")
    if not file and not number:
        return None
    if not file or _NUMBER.fullmatch(number) is None:
        raise MapUnfitError
    try:
        data = Path(file).read_bytes()
    except OSError:
        raise MapUnfitError from None
    media_type = "image/png" if data.startswith(_PNG) else "image/svg+xml"
    if len(data) > BYTES_MAX or not (data.startswith(_PNG) or _SVG.match(data)):
        raise MapUnfitError
    return ApprovedMap(data, media_type, number)
