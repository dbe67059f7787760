"""Real published tax decisions, observed over two weeks, as submissions of nine provinces. Pure.

Each observation is submitted as the department would: the record as first seen, again whenever it
is seen again, and a correction where its verification changed. Addresses and states of web pages
describe the page, not the decision, and are left out.
"""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import msgspec

from events.admission.admission import Submission
from events.envelope import Disclosure, Envelope, Platform, Source
from events.event import event_type
from events.identity import event_id
from events.rules.divisions import load_divisions
from events.types.amendment import FieldChange, RecordCorrected
from events.types.arrears import TaxArrearsAnnounced
from events.types.penalty import PenaltyImposed, PenaltyKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from events.event import Event

DEPARTMENTS: Final = {
    "天津市": "tax-tianjin",
    "内蒙古自治区": "tax-neimenggu",
    "辽宁省": "tax-liaoning",
    "江苏省": "tax-jiangsu",
    "福建省": "tax-fujian",
    "河南省": "tax-henan",
    "广东省": "tax-guangdong",
    "广西壮族自治区": "tax-guangxi",
    "贵州省": "tax-guizhou",
}
LEGAL_BASIS: Final = "税收征收管理法"
_FEN: Final = 100


class Observation(msgspec.Struct, frozen=True):
    """One row of the source: when it was observed, and what it makes a department say."""

    observed_at: datetime
    document: str
    submission: Submission


def observations() -> Iterator[Observation]:
    """Give every observation, in the order in which they were made."""
    text = (files("ops.demo") / "data" / "decision_events.jsonl").read_text(encoding="utf-8")
    first: dict[str, Event] = {}
    for line in text.splitlines():
        row: dict[str, Any] = json.loads(line)
        observed_at = datetime.fromisoformat(row["observed"])
        if row["op"] == "create":
            event = first[row["id"]] = _event(row["record"], observed_at.date())
        else:
            event = _revision(first[row["id"]], row["changed"], observed_at.date())
        yield Observation(
            observed_at,
            row["id"],
            Submission(
                platform=Platform.ORGANISATION,
                department=event.envelope.department,
                submitted_at=observed_at,
                event=event,
            ),
        )


def _event(record: dict[str, Any], observed_on: date) -> Event:
    arrears = record["documentType"] == "税务处理决定书"
    envelope = Envelope(
        event_id="",
        subject_id=record["unifiedSocialCreditCode"] or "",
        subject_name=record["partyName"],
        department=DEPARTMENTS[record["province"]],
        authority=record["issuingAuthority"],
        region=_region(record["province"], record["city"]),
        category="arrears.tax" if arrears else "penalty.tax",
        document_no=record["documentNumber"],
        item_no=1,
        occurred_on=_day(record["decisionDate"]),
        published_on=_day(record["officialPublishDate"]),
        observed_on=observed_on,
        legal_basis=LEGAL_BASIS,
        disclosure=Disclosure.PUBLIC,
        source=Source.IMPORTED,
        verified=record["verificationStatus"] == "已核验",
    )
    if arrears:
        taxes = (record["taxTypes"] or "").split("、")
        balance = fen(record["recoveredTaxAmount"])
        return TaxArrearsAnnounced(envelope, [t for t in taxes if t], balance)
    fine = fen(record["fineAmount"])
    kind = PenaltyKind.OTHER if fine is None else PenaltyKind.FINE
    return PenaltyImposed(
        envelope, [kind], fine_fen=fine, confiscated_fen=fen(record["confiscatedIncomeAmount"])
    )


def _revision(first: Event, changed: dict[str, Any], observed_on: date) -> Event:
    """Give the correction where the verification changed; else the record as first seen."""
    if "verificationStatus" not in changed:
        return first
    verified = changed["verificationStatus"][1] == "已核验"
    change = FieldChange("envelope.verified", json.dumps(verified))
    return correction(first, [change], observed_on)


def correction(first: Event, changes: list[FieldChange], on: date) -> RecordCorrected:
    """Correct a record, on a day, in the name of the department that reported it."""
    envelope = msgspec.structs.replace(
        first.envelope,
        document_no="",
        occurred_on=on,
        published_on=None,
        observed_on=None,
        verified=None,
    )
    return RecordCorrected(
        envelope, event_id(Platform.ORGANISATION, first), event_type(first), changes
    )


def fen(yuan: float | None) -> int | None:
    """Give whole fen of an amount in yuan; by its decimal digits, never by float arithmetic."""
    if yuan is None:
        return None
    amount = Decimal(repr(yuan)) * _FEN
    if amount != amount.to_integral_value():
        raise ValueError(f"{yuan} yuan is no whole number of fen")
    return int(amount)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


@cache
def _region(province: str, city: str) -> str:
    """Look up the division code of a city of a province by their names; else of the province."""
    divisions = load_divisions()
    current = [d for code in divisions if (d := divisions.current(code)) is not None]
    whole = next(d.code for d in current if d.name == province)
    return next((d.code for d in current if d.name == city and d.code[:2] == whole[:2]), whole)
