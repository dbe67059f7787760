"""A file of what is public of all firms: written as it is read, whole or not at all."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Final

from events.envelope import Platform
from events.rules.access import View
from events.rules.rulebook import load_rulebook
from ops.cli.terminal import console, database, division, print_json, say, unfit
from ops.clock import today
from ops.terms.language import spoken
from projections.calendar.rules import RuleCalendar
from projections.exports.exporting import head_of, lines_of
from projections.queries.disclosed.exporting import ExportPlace, export_page
from streams.durable import write_durably

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from projections.exports.exported import ExportFormat

_TOLD_EVERY_S: Final = 2.0


class _Progress:
    """Counts what was written, and tells of it now and then."""

    def __init__(self) -> None:
        self.subjects = self.lines = self._looked_at = 0
        self._told_s = time.monotonic()

    def note(self, looked_at: int, subjects: int, lines: int) -> None:
        self._looked_at += looked_at
        self.subjects += subjects
        self.lines += lines
        if time.monotonic() - self._told_s >= _TOLD_EVERY_S:
            self._told_s = time.monotonic()
            seen, written = f"{self._looked_at:,}", f"{self.lines:,}"
            say(spoken("public_lines", "progress", looked_at=seen, lines=written))


def write_public(
    export: ExportFormat, output: Path | None, region: str | None, *, as_json: bool
) -> None:
    """Write a file in a format; to standard output where none is named."""
    if output is None and as_json:
        raise unfit("name_file", hint="--json")
    if output is not None and (output.is_dir() or not output.parent.is_dir()):
        raise unfit("file_in_folder", hint="--output", file=output)
    within = None if region is None else division(region)
    progress = _Progress()
    parts = _parts(export, within, progress)
    if output is None:
        for part in parts:
            sys.stdout.buffer.write(part)
        sys.stdout.flush()
        return
    write_durably(output, parts)
    if as_json:
        told = {"file": str(output), "subjects": progress.subjects, "lines": progress.lines}
        print_json(told)
    else:
        lines, firms = f"{progress.lines:,}", f"{progress.subjects:,}"
        console.print(spoken("public_file", "evidenced", file=output, lines=lines, firms=firms))


def _parts(export: ExportFormat, region: str | None, progress: _Progress) -> Iterator[bytes]:
    calendar, on = RuleCalendar(load_rulebook()), today()
    yield head_of(export)
    place: ExportPlace | None = ExportPlace()
    with database() as connection:
        while place is not None:
            page = export_page(
                *(connection, Platform.ORGANISATION, on, calendar, View.PUBLIC, place),
                region=region,
            )
            lines = [
                line
                for subject in page.subjects
                for line in lines_of(export, subject, calendar.rulebook)
            ]
            progress.note(page.looked_at, len(page.subjects), len(lines))
            yield b"".join(lines)
            place = page.next_after
