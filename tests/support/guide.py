"""A guide that is run: its commands as they stand there, and what it says that they answer."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

_BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)
_VARIES = re.compile(
    r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"
    r"|[A-Za-z0-9+/]{43}=|[A-Za-z0-9+/=]{60,}|\b[0-9a-f]{12}\b|[0-9][0-9,.:]*"
)
"""Ids, hashes, signatures and numbers, which are others each time."""


class Step(NamedTuple):
    """A command of a guide, and the lines that it answers."""

    command: str
    answer: list[str]


def steps_of(guide: str) -> list[Step]:
    """Read the commands of a guide, in order."""
    steps: list[Step] = []
    for block in _BLOCK.findall(guide):
        for line in block.splitlines():
            if line.startswith("$ "):
                steps.append(Step(line[2:], []))
            elif not steps[-1].answer and steps[-1].command.endswith("\\"):
                steps[-1] = Step(f"{steps[-1].command}\n{line}", [])
            else:
                steps[-1].answer.append(line)
    return steps


def answered(command: str, folder: Path, **environment: str) -> list[str]:
    """Run a command in a folder as a shell does; give the lines of what it answers."""
    root = str(Path.cwd())
    kept = {name: value for name, value in os.environ.items() if "CREDIT_LEDGER" not in name}
    us = f'"{sys.executable}"'
    ours = f'credit-ledger() {{ {us} -m ops "$@"; }}; python3() {{ {us} "$@"; }}'
    done = subprocess.run(
        ["bash", "-c", f"{ours}; cd '{folder}'; {command}"],
        env={**kept, "COLUMNS": "200", "NO_COLOR": "1", "PYTHONPATH": root, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )
    told = done.stdout
    for name, place in sorted(environment.items(), key=lambda each: -len(each[1])):
        told = told.replace(place, f"${name}") if place.startswith("/") else told
    return told.rstrip("\n").split("\n") if told.strip() else []


def without_what_varies(lines: list[str]) -> list[str]:
    """Give lines in which hashes and numbers are the same each time."""
    return [_VARIES.sub("#", line.rstrip()) for line in lines]
