"""The made-up subjects of the demo, read from `data/ten_years.toml` as what departments submit."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from events.envelope import Disclosure, Platform, Source
from events.event import EVENT_TYPES
from events.identity import event_id
from events.rules.rulebook import load_rulebook
from ops.terms.terms import Language

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from events.event import Event

_REFERRING: Final = {"about": "concerns", "objection": "objection", "because": "because"}
_FEN: Final = 100


class Scene(NamedTuple):
    """One submission: the year in which it is made, what it tells in both languages, and the event."""

    year: int
    tells: str
    tells_zh: str
    event: Event
    again: bool

    def told(self, language: Language) -> str:
        """Give what it tells in a language."""
        return self.tells_zh if language is Language.ZH else self.tells


class Life(NamedTuple):
    """A subject and what is submitted of it, in order; `labels` name its events."""

    platform: Platform
    subject_id: str
    name: str | None
    scenes: list[Scene]
    labels: Mapping[str, Event]


def lives() -> list[Life]:
    """Read the subjects. Raises `KeyError` or `msgspec.ValidationError` where the file is wrong."""
    text = (files("ops.demo") / "data" / "ten_years.toml").read_text(encoding="utf-8")
    return [_life(row) for row in tomllib.loads(text)["subject"]]


def _life(subject: dict[str, Any]) -> Life:
    platform = Platform(subject["platform"])
    labels: dict[str, Event] = {}
    scenes: list[Scene] = []
    for row in subject["event"]:
        if "again" in row:
            said = row["tells"], row["tells_zh"]
            scenes.append(Scene(row["reported"], *said, labels[row["again"]], again=True))
            continue
        event = _event(dict(row), subject, platform, labels)
        labels[row.get("label", row.get("no", ""))] = event
        year = row.get("reported", row["day"].year)
        scenes.append(Scene(year, row["tells"], row["tells_zh"], event, again=False))
    scenes.sort(key=lambda scene: scene.year)
    return Life(platform, subject["id"], subject.get("name"), scenes, labels)


def _event(
    row: dict[str, Any], subject: dict[str, Any], platform: Platform, labels: Mapping[str, Event]
) -> Event:
    kind: Any = EVENT_TYPES[row.pop("what")]
    envelope = _envelope(row, subject, platform)
    for key, field in _REFERRING.items():
        if key in row:
            row[field] = labels[row.pop(key)].envelope.event_id
    for key in [key for key in row if key.endswith("_yuan")]:
        row[key.removesuffix("_yuan") + "_fen"] = int(Decimal(str(row.pop(key))) * _FEN)
    if "changes" in row:
        row["changes"] = [
            {"field": field, "value": msgspec.json.encode(value).decode()}
            for field, value in row["changes"].items()
        ]
    fields = {name: row[name] for name in kind.__struct_fields__ if name in row}
    event: Event = msgspec.convert({"envelope": envelope, **fields}, kind)
    named = msgspec.structs.replace(event.envelope, event_id=event_id(platform, event))
    return msgspec.structs.replace(event, envelope=named)


def _envelope(row: dict[str, Any], subject: dict[str, Any], platform: Platform) -> dict[str, Any]:
    department = load_rulebook().departments[row["by"]]
    category = load_rulebook().category_of(row["category"])
    disclosure = Disclosure.SHARED if category is None else category.disclosure
    if platform is Platform.PERSON and disclosure is Disclosure.PUBLIC:
        disclosure = Disclosure.SHARED  # Of persons nothing is public here but what must be.
    published: date | None = row.get("published_on")
    return {
        "event_id": "",
        "subject_id": subject["id"],
        "subject_name": subject.get("name"),
        "department": row["by"],
        "authority": None,
        "region": subject["region"],
        "category": row["category"],
        "document_no": row.get("no", ""),
        "item_no": 1,
        "occurred_on": row["day"],
        "published_on": published,
        "observed_on": None,
        "legal_basis": row["legal_basis"],
        "disclosure": disclosure,
        "source": department.sources[0] if department.sources else Source.DEPARTMENT,
    }
