"""What is said to whoever asked, in both languages."""

from __future__ import annotations

from typing import NamedTuple


class Words(NamedTuple):
    """A sentence in both languages of the service."""

    en: str
    zh: str
