"""Who asked of a subject is told in words, whichever way it was asked."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import ops.cli
from ops.pages.subject.inquiries import question_named
from ops.terms.terms import Language, Terms

_DOOR = re.compile(r'\b(?:door|acting)\(f?"([a-z]+)')
_OF_NO_SUBJECT = {"quality", "region", "scan"}
"""What these tell names no subject, so no inquiry of a subject is theirs."""


def asked_by_verbs() -> list[str]:
    found = {
        verb
        for file in Path(ops.cli.__path__[0]).rglob("*.py")
        for verb in _DOOR.findall(file.read_text(encoding="utf-8"))
    }
    return sorted({*found, "profile", "history", "cases", "hint", "find", "firms"} - _OF_NO_SUBJECT)


@pytest.mark.parametrize(
    "asked",
    [*(f"credit-ledger {verb} --json" for verb in asked_by_verbs()), "webhook wh_0123456789abcdef"],
)
def test_what_was_asked_by_no_route_is_told_by_what_it_gives(asked: str) -> None:
    frame: Any = SimpleNamespace(
        request=SimpleNamespace(state=SimpleNamespace(shared=SimpleNamespace(gives={}))),
        terms=Terms(Language.ZH),
    )
    assert not question_named(frame, asked).isascii()
