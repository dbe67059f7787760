"""What the pages of a report say: all of it read from the report itself, and from nothing else."""

from __future__ import annotations

from base64 import b64decode
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

import msgspec

from events.envelope import CHINA
from events.errors import LedgerError
from events.rules.rulebook import load_rulebook
from events.wire.codec import decode_record
from ops.evidence.pages.parts import PagePart, parts_of
from ops.terms.naming import Naming
from ops.terms.terms import Language, Terms
from ops.told.event import event_named
from ops.told.places import place_told
from ops.told.profile import told_profile
from projections.as_of.reader_view import StateShown
from projections.as_of.state import OwnState
from projections.proof.entries import Cut, read_cut
from projections.proof.errors import ProofError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


_PREFIX: Final = "credit."
_KEY_ID_BYTES: Final = 4
_Standing: TypeAlias = OwnState | StateShown


class Section(NamedTuple):
    """A part of the pages under a heading."""

    title: str
    parts: list[PagePart]


class ReportPages(NamedTuple):
    """What pages of a report say, in order; `events` are rows under their heads."""

    language: str
    title: str
    made_at_ms: int
    facts: list[tuple[str, str]]
    proved: list[str]
    heads: list[str]
    events: list[list[str]]
    sections: list[Section]


class NotAReportError(LedgerError):
    """It is no report, so there are no pages of it."""

    exit_code = 1


def pages_of(report: bytes, language: Language) -> ReportPages:
    """Read a report, and say what stands in it; `verify` checks it, this does not.

    Raises `NotAReportError`.
    """
    try:
        body = msgspec.json.decode(report)["body"]
        cut = read_cut(str(body["cut"]).encode())
        shape: Any = StateShown if "view" in body["state"] else OwnState
        state: _Standing = msgspec.convert(body["state"], shape)
        return _pages(body, cut, state, Terms(language))
    except (msgspec.MsgspecError, KeyError, TypeError, ValueError, ProofError) as error:
        raise NotAReportError(f"not a report that can be shown: {str(error)[:120]}") from None


def _pages(body: Mapping[str, Any], cut: Cut, state: _Standing, terms: Terms) -> ReportPages:
    events = body["events"]
    hidden = sum("value" not in event for event in events)
    proved = [_say(terms, "all" if events else "none", count=len(events))]
    if hidden:
        proved.append(_say(terms, "hidden", count=hidden))
    return ReportPages(
        language=str(terms.language),
        title=_say(terms, "title"),
        made_at_ms=int(body["made_at_ms"]),
        facts=list(_facts(body, cut, state, terms)),
        proved=proved,
        heads=[_say(terms, name) for name in ("place", "recorded", "what", "number", "by")],
        events=[_event(event, terms) for event in events],
        sections=[*_of_state(state, terms), *_of_proof(body, terms)],
    )


def _say(terms: Terms, what: str, **values: object) -> str:
    return terms.say(what, "proved", **values)


def _facts(
    body: Mapping[str, Any], cut: Cut, state: _Standing, terms: Terms
) -> Iterator[tuple[str, str]]:
    known = state.shown if isinstance(state, StateShown) else state.profile
    yield _say(terms, "subject"), str(body["subject_id"])
    if known is not None and known.name:
        yield _say(terms, "name"), known.name
    yield _say(terms, "platform"), terms.of("proved", str(body["platform"]))
    yield _say(terms, "purpose"), str(body["purpose"])
    yield _say(terms, "of_day"), state.valid_on.isoformat()
    yield _say(terms, "made_at"), _moment(int(body["made_at_ms"]))
    at = _moment(cut.time_ms)
    yield _say(terms, "cut"), _say(terms, "cut_told", number=cut.number, at=at, size=cut.size)


def _event(event: Mapping[str, Any], terms: Terms) -> list[str]:
    if "value" not in event:
        return ["", "", _say(terms, "not_shown", leaf=event["leaf"]), "", ""]
    place = place_told(int(event["partition"]), int(event["offset"]))
    return [place, _moment(int(event["timestamp_ms"])), *_said(event["value"], terms)]


def _said(value: str | None, terms: Terms) -> list[str]:
    """Tell what an event is, its document, and who reported it."""
    try:
        schema, record = decode_record(b64decode(value or ""))
        envelope = record["envelope"]
        department = str(envelope["department"])
        document = str(envelope["document_no"])
    except (LedgerError, KeyError, TypeError, ValueError, IndexError):
        return [terms.say("unreadable", "history"), "", ""]
    naming = Naming(terms, load_rulebook(), None)
    kind = event_named(schema.record.removeprefix(_PREFIX), terms)
    return [kind, document, naming.department(department) + _signed(envelope, terms)]


def _signed(envelope: Mapping[str, Any], terms: Terms) -> str:
    """Tell by which key the department signed what it reported; nothing where it did not."""
    by = envelope["attestation"]
    if by is None:
        return ""
    _, name, blob = str(by["signature"]).split(" ")
    return _say(terms, "signed", key=f"{name}+{b64decode(blob)[:_KEY_ID_BYTES].hex()}")


def _of_view(state: StateShown, terms: Terms) -> Iterator[Section]:
    """Tell what the reader may see of the subject, record by record."""
    title = _say(terms, "of_view", view=_say(terms, f"view_{state.view.value}"))
    naming = Naming(terms, load_rulebook(), None)
    if state.shown is None:
        yield Section(title, [PagePart("text", [_say(terms, "view_empty")])])
        return
    records = state.shown.records
    heads = [_say(terms, name) for name in ("day", "number", "what", "by", "amount")]
    cells = [
        cell
        for each in records
        for cell in (
            each.day.isoformat(),
            each.document_no,
            event_named(each.type, terms),
            naming.department(each.department),
            "" if each.amount_fen is None else terms.yuan(each.amount_fen),
        )
    ]
    yield Section(title, [PagePart("table", [*heads, *cells], len(heads))])


def _of_state(state: _Standing, terms: Terms) -> Iterator[Section]:
    if isinstance(state, StateShown):
        yield from _of_view(state, terms)
        return
    known = place_told(state.partition, state.cut)
    title = _say(terms, "state", cut=known)
    if state.profile is None:
        said = terms.say("unknown_then", subject=state.subject_id, place=known)
        yield Section(title, [PagePart("text", [said])])
        return
    standing = terms.say("standing_known", events=len(state.events), place=known)
    laid = told_profile(state.subject_id, state.profile, standing, terms.language)
    yield Section(title, list(parts_of(laid)))


def _of_proof(body: Mapping[str, Any], terms: Terms) -> Iterator[Section]:
    said = [_say(terms, "check_file"), _say(terms, "check_hash", hash=body["state_hash"])]
    yield Section(_say(terms, "checks"), [PagePart("text", [each]) for each in said])
    yield Section(_say(terms, "limits"), [PagePart("text", [_say(terms, "limit_truth")])])


def _moment(ms: int) -> str:
    return datetime.fromtimestamp(ms // 1000, UTC).astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")
