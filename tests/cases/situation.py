"""Situations that an official can read: what was said, and what then holds on a day. Data to events.

A file under `data/` holds `[[case]]` tables. Each event names its type (`what`), its own day, who
reports it and its fields; `label` is how the case refers to it later (by default its document
number), `about` is the label of the record it concerns. Amounts may be given in yuan (`fine_yuan`);
`name` is the name written on the record, `renamed` the one that a `SubjectChanged` gives. An event
of another subject than the one that the case is about names it (`subject`). A penalty is final on its
own day, unless the case says otherwise (`final_on`, `finality`; `finality = "open"` says neither). All lie in one
partition, so that one offset is the cut for all.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from events.admission.admission import Submission, check
from events.admission.rejection import Rejection
from events.envelope import CHINA, Disclosure, Platform, Source
from events.event import EVENT_TYPES, Event, is_amendment
from events.rules.rulebook import load_rulebook
from events.types.amendment import RecordRevoked
from events.types.penalty import PenaltyImposed
from projections.as_of.contagion import Look, Relative, Relatives
from projections.ledger.message import Known, Read
from projections.ledger.reading import read
from tests.support.given import message

DATA = Path(__file__).parent / "data"
SUBJECT = "91330000PDY00001XQ"
PERSON = "P" + "0123456789abcdef" * 2

_REFERRING = {
    "about": "concerns",
    "objection": "objection",
    "review_of": "review_of",
    "because": "because",
    "amendment": "amendment",
}
_ENVELOPE = {
    *("authority", "region", "item_no", "published_on", "observed_on", "verified", "remarks"),
}


@dataclass
class Said:
    """One event of a case: what the ledger holds of it, or why it was refused."""

    label: str
    event: Event | None
    recorded: date
    reasons: list[str] = field(default_factory=list)


@dataclass
class Case:
    """A situation: its name, the law it cites, what was said, and what holds on which days."""

    file: str
    name: str
    cites: str
    platform: Platform
    said: list[Said]
    on: list[dict[str, Any]]

    @property
    def subject_id(self) -> str:
        """Give the subject that the case is about."""
        return PERSON if self.platform is Platform.PERSON else SUBJECT

    def labels(self) -> dict[str, str]:
        """Give the label of each event by its id."""
        return {s.event.envelope.event_id: s.label for s in self.said if s.event is not None}

    def messages(self) -> list[Any]:
        """Give the messages of the ledger, in the order in which they were recorded."""
        events = [s for s in self.said if s.event is not None]
        return [
            message(s.event, offset, s.recorded)
            for offset, s in enumerate(events)
            if s.event is not None
        ]

    def look(self, cut: int) -> Look:
        """Give the other subjects as known before an offset, for what reaches the case's own."""

        def relatives(_: object) -> Relatives:
            known: dict[str, list[Read]] = {}
            for each in self.messages()[:cut]:
                item = read(each)
                known.setdefault(item.subject_id, []).append(item)
            members = [Relative(subject, 0, items) for subject, items in known.items()]
            return Relatives(f"0:{cut}", (), members)

        return relatives


@cache
def load_cases() -> list[Case]:
    """Read every case of every file, in the order of the files."""
    found: list[Case] = []
    for path in sorted(DATA.glob("*.toml")):
        for row in tomllib.loads(path.read_text("utf-8"))["case"]:
            try:
                found.append(_case(path.name, row))
            except Exception as error:
                raise ValueError(f"{path.name}, case {row.get('name')!r}: {error}") from error
    return found


def _case(file: str, row: dict[str, Any]) -> Case:
    platform = Platform(row.get("platform", "organisation"))
    said: list[Said] = []
    ids: dict[str, str] = {}
    last = date(1949, 10, 1)
    for event in row["events"]:
        last = max(last, event.get("recorded", event.get("day", last)))
        one = _said(event, platform, ids, last)
        if one.event is not None:
            ids.setdefault(one.label, one.event.envelope.event_id)
        said.append(one)
    unknown = row.keys() - {"name", "cites", "platform", "events", "on", "note", "shows"}
    assert not unknown, f"unknown keys: {', '.join(sorted(unknown))}"
    assert row["cites"], "every case cites its law, or says assumption"
    return Case(file, row["name"], row["cites"], platform, said, row["on"])


def _said(row: dict[str, Any], platform: Platform, ids: dict[str, str], recorded: date) -> Said:
    row = dict(row)
    kind = EVENT_TYPES[row.pop("what")]
    row.pop("recorded", None)
    refused = row.pop("refused", [])
    no = row.pop("no", "")
    label = row.pop("label", no)
    envelope = _envelope(row, platform, no)
    for key, name in _REFERRING.items():
        if key in row:
            row[name] = ids[row.pop(key)]
    for key in [key for key in row if key.endswith("_yuan")]:
        row[key.removesuffix("_yuan") + "_fen"] = int(Decimal(str(row.pop(key))) * 100)
    if row.get("finality") == "open":
        row["finality"] = None
    if "renamed" in row:
        row["name"] = row.pop("renamed")
    if kind is PenaltyImposed and not row.keys() & {"final_on", "finality"}:
        row["final_on"] = envelope["occurred_on"]
    if kind is RecordRevoked:
        row.setdefault("amendment", None)
    if "changes" in row:
        row["changes"] = [
            {"field": name, "value": msgspec.json.encode(value).decode()}
            for name, value in row["changes"].items()
        ]
    unknown = row.keys() - set(kind.__struct_fields__)
    assert not unknown, f"{kind.__name__} has no {', '.join(sorted(unknown))}"
    event: Event = msgspec.convert({"envelope": envelope, **row}, kind)
    noon = datetime(recorded.year, recorded.month, recorded.day, 12, tzinfo=CHINA)
    answer = check(
        Submission(
            platform=platform,
            department=event.envelope.department,
            submitted_at=noon,
            event=event,
        ),
        load_rulebook(),
    )
    if isinstance(answer, Rejection):
        reasons = [each.code.value for each in answer.reasons]
        assert reasons == refused, f"{label} is refused: {answer.reasons}"
        return Said(label, None, recorded, reasons)
    assert not refused, f"{label} is not refused"
    assert is_amendment(answer) or label, "an event that opens a record has a label or a number"
    return Said(label, answer, recorded)


def _envelope(row: dict[str, Any], platform: Platform, no: str) -> dict[str, Any]:
    by, category = row.pop("by"), row.pop("category")
    department = load_rulebook().departments[by]
    known = load_rulebook().category_of(category)
    assert known is not None, f"no category {category}"
    person = platform is Platform.PERSON
    default = (
        Disclosure.SHARED if person and known.disclosure is Disclosure.PUBLIC else known.disclosure
    )
    envelope: dict[str, Any] = {
        "event_id": "",
        "subject_id": row.pop("subject", PERSON if person else SUBJECT),
        "subject_name": row.pop("name", None),
        "department": by,
        "authority": None,
        "region": "330100",
        "category": category,
        "document_no": no,
        "item_no": 1,
        "occurred_on": row.pop("day", None),
        "published_on": None,
        "observed_on": None,
        "legal_basis": row.pop("legal_basis", "《中华人民共和国行政处罚法》第三十三条"),
        "disclosure": row.pop("disclosure", default),
        "source": row.pop(
            "source", department.sources[0] if department.sources else Source.DEPARTMENT
        ),
    }
    for name in _ENVELOPE & row.keys():
        envelope[name] = row.pop(name)
    return envelope


def known_of(case: Case) -> list[Known]:
    """Give the events of a case as the ledger holds them."""
    events = [s for s in case.said if s.event is not None]
    return [Known(s.event, n, s.recorded) for n, s in enumerate(events) if s.event is not None]
