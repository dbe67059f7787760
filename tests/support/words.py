"""What a text is written in."""

from __future__ import annotations

import re
from typing import Final

_CHINESE: Final = re.compile("[\u4e00-\u9fff]")


def has_chinese(text: str) -> bool:
    """Tell whether a text holds a Chinese character."""
    return _CHINESE.search(text) is not None
