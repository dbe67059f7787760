"""Make `events/rules/divisions.tsv` from a published list of changes and today's table of codes.

Today's table is the authority; the changes are undone year by year back to 1981, and a step that
does not fit is an error. Run as
`python -m ops.data.make_divisions CHANGES.json TODAY.json events/rules/divisions.tsv`.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from events.errors import LedgerError

# What the list of changes tells without codes or with a wrong one (临平区 stands there as 330110).
# Old codes are those of the yearly tables, new ones those of today's table.
_WITHOUT_CODE: Final = (
    (2020, "新设", "", "", "460302", "西沙区"),
    (2020, "新设", "", "", "460303", "南沙区"),
    (2021, "撤区设区", "330103", "下城区", "330105", "拱墅区"),
    (2021, "新设", "", "", "330113", "临平区"),
    (2021, "新设", "", "", "330114", "钱塘区"),
    (2021, "同名改码", "350403", "三元区", "350404", "三元区"),
    (2021, "撤县设区", "350625", "长泰县", "350605", "长泰区"),
    (2021, "撤县设区", "410322", "孟津县", "410308", "孟津区"),
    (2021, "撤销", "410306", "吉利区", "410308", "孟津区"),
    (2021, "撤县设市", "431121", "祁阳县", "431181", "祁阳市"),
    (2021, "撤县设市", "520522", "黔西县", "520581", "黔西市"),
    (2021, "撤县设市", "532331", "禄丰县", "532302", "禄丰市"),
    (2025, "新设", "", "", "659013", "草湖市"),
    (2026, "新设", "", "", "653132", "岑岭县"),
)
_WRONG_CODE: Final = (2021, "330110", "临平区")
# These end the old division only; the new one named is where its area went.
_ABSORBED: Final = frozenset({"撤销", "撤区设区"})
_REASSIGNED: Final = "码位改派"
_HEAD: Final = "code\tname\tsince\tuntil\tchange\tsuccessors"


class ChangeDoesNotFitError(LedgerError):
    """A change begins or ends a division that the table of the time does not hold."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change; an empty code means that nothing ended or nothing began."""

    year: int
    kind: str
    old: str
    old_name: str
    new: str
    new_name: str


@dataclass(slots=True)
class Spell:
    """The time in which a code named one place. Years are calendar years of the changes."""

    code: str
    name: str
    since: int | None = None
    until: int | None = None
    change: str = ""
    successors: set[str] = field(default_factory=set)

    def line(self) -> str:
        """Give the line of the file, without the empty fields at its end."""
        since, until = (str(year or "") for year in (self.since, self.until))
        successors = " ".join(sorted(self.successors))
        fields = (self.code, self.name, since, until, self.change, successors)
        return "\t".join(fields).rstrip("\t")


def read_today(document: dict[str, Any]) -> dict[str, str]:
    """Read today's table: code of six digits to name."""
    table = {}
    for province, below in document["provinces"].items():
        table[below["code"][:6]] = province
        for city, inside in below["cities"].items():
            if inside["code"]:
                table[inside["code"][:6]] = city
            table.update({code[:6]: name for name, code in inside["counties"].items()})
    return table


def read_changes(document: dict[str, Any]) -> list[Change]:
    """Read the changes that begin, end, rename or move a code, newest first."""
    changes = [Change(*each) for each in _WITHOUT_CODE]
    for event in document["events"]:
        old, new = event["old"], event["new"]
        old_code, new_code = (old["code"] or "")[:6], (new["code"] or "")[:6]
        is_empty = (old_code, old["name"]) == (new_code, new["name"]) or not old_code + new_code
        if is_empty or (event["year"], new_code, new["name"]) == _WRONG_CODE:
            continue
        names = old["name"] or "", new["name"] or ""
        changes.append(Change(event["year"], event["type"], old_code, names[0], new_code, names[1]))
    return sorted(changes, key=lambda change: -change.year)


def spells(changes: list[Change], today: dict[str, str]) -> list[Spell]:
    """Undo the changes from today's table back to the first year, and give every spell."""
    holders = {code: Spell(code, name) for code, name in today.items()}
    closed: list[Spell] = []
    for year, group in groupby(changes, key=lambda change: change.year):
        of_year = list(group)
        after = _codes_by_name(holders)
        began = {(c.new, c.new_name) for c in of_year if c.new and c.kind not in _ABSORBED}
        for code, name in sorted(began):
            spell = holders.pop(code, None)
            if spell is None or spell.name != name:
                raise ChangeDoesNotFitError(f"{year}: {code} {name} did not begin")
            spell.since = year
            closed.append(spell)
        for spell in _ended(of_year, after):
            if spell.code in holders:
                raise ChangeDoesNotFitError(f"{year}: {spell.code} {spell.name} did not end")
            holders[spell.code] = spell
    return sorted([*closed, *holders.values()], key=lambda s: (s.code, s.since or 0))


def _codes_by_name(holders: dict[str, Spell]) -> dict[tuple[str, str], str]:
    """Find a code by province and name, where the name is borne once (郊区 is borne by many)."""
    codes: dict[tuple[str, str], list[str]] = defaultdict(list)
    for spell in holders.values():
        codes[spell.code[:2], spell.name].append(spell.code)
    return {place: found[0] for place, found in codes.items() if len(found) == 1}


def _ended(changes: list[Change], after: dict[tuple[str, str], str]) -> list[Spell]:
    by_place: dict[tuple[str, str], list[Change]] = defaultdict(list)
    for change in changes:
        if change.old:
            by_place[change.old, change.old_name].append(change)
    return [_spell_ended(code, name, group, after) for (code, name), group in by_place.items()]


def _spell_ended(
    code: str, name: str, changes: list[Change], after: dict[tuple[str, str], str]
) -> Spell:
    # A code given to another place does not lead there: the old place is found by its own name.
    moved = [after.get((code[:2], name), "") if c.kind == _REASSIGNED else c.new for c in changes]
    return Spell(code, name, None, changes[0].year, changes[0].kind, {c for c in moved if c})


def main(changes: str, today: str, target: str) -> None:
    """Read both published files and write the table."""
    of_changes, of_today = (
        json.loads(Path(name).read_text(encoding="utf-8")) for name in (changes, today)
    )
    lines = [spell.line() for spell in spells(read_changes(of_changes), read_today(of_today))]
    Path(target).write_text("\n".join((_HEAD, *lines, "")), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
