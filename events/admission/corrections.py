"""Checks of a correction (更正): its new values are held to what a new record's are."""

from __future__ import annotations

from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Final, Union, get_args, get_origin

import msgspec

from events.admission import checks, rule_codes
from events.admission.checks import Check, Setting
from events.admission.citations import check_citation
from events.admission.items import check_corrected_items
from events.admission.particulars import field_check
from events.admission.rejection import Reason, RejectionReason, reason
from events.envelope import Disclosure, Platform
from events.event import EVENT_TYPES, ORIGINALS, field_mark, field_type
from events.fields import Text
from events.identifiers import is_person_token
from events.types.declaration import ItemsReported

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from events.rules.rulebook import Rulebook
    from events.types.amendment import FieldChange, RecordCorrected

FIXED_FIELDS: Final = frozenset(
    {
        *("event_id", "subject_id", "department", "category", "document_no", "item_no"),
        *("observed_on", "remarks", "attestation", "source"),
    }
)
"""Envelope fields that name the record: another value would be another record."""

_CODES: Final[Mapping[str, Check]] = {
    "list": rule_codes.known_list,
    "ground": rule_codes.known_ground,
    "scheme": rule_codes.known_scheme,
    "grade": rule_codes.known_grade,
    "measure": rule_codes.known_measure,
    "indicator": rule_codes.known_indicator,
    "profession": rule_codes.known_profession,
}
"""Codes that a new record is judged by together with its other fields, which are not known here."""

_ENVELOPE: Final[Mapping[str, Check]] = {
    "envelope.occurred_on": checks.past_day,
    "envelope.published_on": checks.past_day,
    "envelope.region": checks.division_code,
    "envelope.legal_basis": check_citation,
}


def check_correction(event: RecordCorrected, rulebook: Rulebook, today: date) -> Iterator[Reason]:
    """Check that a correction names fields of its record, and holds their values to the rules."""
    kind = EVENT_TYPES.get(event.record_type)
    if kind is None or kind not in ORIGINALS:
        known = ", ".join(k.__name__ for k in ORIGINALS)
        rule = f"the type of the record: {known}"
        yield reason(
            RejectionReason.CORRECTION_TYPE_UNKNOWN, "record_type", event.record_type, rule
        )
        return
    if not event.changes:
        yield reason(RejectionReason.CORRECTION_EMPTY, "changes", "", "at least one change")
    # On what day the record was decided is not known here, only when it is corrected.
    setting = Setting(rulebook, today, None, event.envelope.subject_id)
    for change in event.changes:
        yield from _check_change(kind, change, event, setting)


def _check_change(
    kind: type, change: FieldChange, event: RecordCorrected, setting: Setting
) -> Iterator[Reason]:
    field, text = change.field, change.value
    expected = field_type(kind, field)
    if expected is None:
        rule = f"a field of {kind.__name__}, or envelope. and a field of the envelope"
        yield reason(RejectionReason.CORRECTION_FIELD_UNKNOWN, field, text, rule)
        return
    if field.removeprefix("envelope.") in FIXED_FIELDS and field.startswith("envelope."):
        rule = "it names the record: annul the record and report the right one"
        yield reason(RejectionReason.CORRECTION_FIELD_FIXED, field, text, rule)
        return
    try:
        value = msgspec.json.decode(text, type=expected)
    except (msgspec.ValidationError, msgspec.DecodeError, RecursionError) as error:
        # What stands after the quotation mark is the value itself, which is not for the rule.
        problem = str(error).partition(" '")[0]
        rule = f"a JSON value of the field's type ({problem})"
        yield reason(RejectionReason.CORRECTION_VALUE_WRONG, field, text, rule)
        return
    if value in ("", []) and not _allows_none(expected):
        yield reason(RejectionReason.CORRECTION_VALUE_WRONG, field, text, "not empty")
        return
    if value is not None:
        yield from _check_value(kind, field, value, event, setting)


def _check_value(
    kind: type, field: str, value: Any, event: RecordCorrected, setting: Setting
) -> Iterator[Reason]:
    if field == "envelope.disclosure" and isinstance(value, Disclosure):
        category = setting.rulebook.category_of(event.envelope.category)
        if category is not None:
            is_person = is_person_token(event.envelope.subject_id)
            platform = Platform.PERSON if is_person else Platform.ORGANISATION
            yield from checks.check_disclosure(field, value, category, platform)
        return
    if kind is ItemsReported and field == "items":
        yield from check_corrected_items(event.envelope.category, value, setting.rulebook)
        return
    mark = field_mark(kind, field)
    code = _CODES.get(mark.codes or "") if isinstance(mark, Text) else None
    rule = _ENVELOPE.get(field) or code or field_check(kind, field)
    if rule is not None:
        yield from rule(field, value, setting)


def _allows_none(expected: Any) -> bool:
    return get_origin(expected) in (Union, UnionType) and NoneType in get_args(expected)
