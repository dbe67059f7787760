"""The figures that are kept: the newest run of each benchmark, written by the run itself.

Nobody types a figure. `bench VERB --write` replaces the section of its verb in FIGURES.md, so what
stands there is one run of one command on one machine, named beside it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

PLACE: Final = Path(__file__).with_name("FIGURES.md")

HEAD: Final = """# Figures

The newest run of each benchmark, written by `credit-ledger bench … --write` and by nothing else.
One machine does everything: broker, database, workers and the measuring program. Its speed changes
by more than half within hours, so compare only what one run measured.
"""

_SECTION: Final = re.compile(r"^## (\w+)\n.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)


def written(before: str, verb: str, found: dict[str, Any], day: str) -> str:
    """Give the text of the figures with the section of a verb made anew; sections in order."""
    sections = {match[1]: match[0].rstrip() for match in _SECTION.finditer(before)}
    sections[verb] = _section(verb, found, day)
    return "\n\n".join([HEAD.rstrip(), *(sections[name] for name in sorted(sections))]) + "\n"


def write(verb: str, found: dict[str, Any], day: str, place: Path = PLACE) -> None:
    """Put the figures of a run in their place."""
    before = place.read_text("utf-8") if place.exists() else ""
    place.write_text(written(before, verb, found, day), "utf-8")


def _section(verb: str, found: dict[str, Any], day: str) -> str:
    command = str(found["command"]).replace(" --write", "").replace(" --json", "")
    machine = ", ".join(f"{name} {value}" for name, value in found["machine"].items())
    rows = [
        f"| `{name}` | {_shown(value)} |"
        for name, value in found.items()
        if name not in ("command", "machine")
    ]
    lines = [
        f"## {verb}",
        "",
        f"`{command}`, {day}; {machine}",
        "",
        "| key | figure |",
        "| --- | --- |",
    ]
    return "\n".join([*lines, *rows])


def _shown(value: Any) -> str:
    if value is None:
        return "not measured"
    if isinstance(value, dict):
        return "; ".join(f"{name} {_shown(each)}" for name, each in value.items())
    if isinstance(value, list):
        return ", ".join(_shown(each) for each in value)
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value).replace("|", "\\|")
