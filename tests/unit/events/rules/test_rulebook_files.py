"""No key of a file of rules is read by nobody."""

from __future__ import annotations

import tomllib
from datetime import date
from importlib.resources import files
from typing import Any

import msgspec
import pytest

from events.rules.catalogue import FILES as CATALOGUE_FILES
from events.rules.rulebook import load_rulebook

RULEBOOK = load_rulebook()
FILES = {
    "disclosure": {"rule": RULEBOOK.disclosure},
    "lists": {"list": list(RULEBOOK.lists.values())},
    "personal_data": {
        "forbidden": RULEBOOK.forbidden_words,
        "by_consent": RULEBOOK.words_by_consent,
        "consented": RULEBOOK.words_of_consent,
    },
    "severity": {"rule": RULEBOOK.severity},
    "warnings": {"rule": [w for w in RULEBOOK.warnings if w.kind == "warning"]},
    "candidates": {"rule": [w for w in RULEBOOK.warnings if w.kind == "candidate"]},
    "alarms": {"rule": [w for w in RULEBOOK.warnings if w.kind in ("alarm", "discrepancy")]},
    "objections": {"rule": RULEBOOK.objections},
    "repairs": {"rule": RULEBOOK.repairs},
    "deadlines": {"rule": RULEBOOK.deadlines, "cadence": RULEBOOK.cadences},
    "measures": {"measure": list(RULEBOOK.measures.values())},
    "supervision": {"rule": RULEBOOK.supervision},
    "scores": {"model": RULEBOOK.scores, "region": RULEBOOK.regions},
    "targets": {"target": RULEBOOK.targets},
    "hints": {"hint": RULEBOOK.hints},
    "secrecy": {"mark": RULEBOOK.secrecy},
    "archives": {"archive": list(RULEBOOK.archives.values())},
}
"""What was read of each file; the catalogue's files refuse unknown keys by themselves."""


@pytest.mark.parametrize("name", FILES)
def test_no_key_of_a_rules_file_is_read_by_nobody(name: str) -> None:
    """A misspelt key would silently be a rule that does not hold."""
    text = (files("events") / "rules" / f"{name}.toml").read_text("utf-8")
    known = msgspec.to_builtins(FILES[name], builtin_types=(date,))

    assert unread(tomllib.loads(text), known) == []


def test_every_rules_file_is_looked_at() -> None:
    folder = files("events") / "rules"
    names = {p.name.removesuffix(".toml") for p in folder.iterdir() if p.name.endswith(".toml")}

    # These refuse unknown keys by themselves.
    assert names - {"access", "claims", "erasure", "laws", "offices", "purposes"} == {
        *FILES,
        *(f[:-5] for f in CATALOGUE_FILES),
    }


def unread(raw: Any, known: Any, path: str = "") -> list[str]:
    if isinstance(raw, dict):
        missing = [f"{path}.{key}" for key in raw if key not in known]
        inner = (unread(raw[k], known[k], f"{path}.{k}") for k in raw if k in known)
        return missing + [each for found in inner for each in found]
    if isinstance(raw, list):
        pairs = zip(raw, known, strict=True)
        return [each for x, y in pairs for each in unread(x, y, path)]
    return []
