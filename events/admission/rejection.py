"""Refusals are values: a closed vocabulary of reasons, with field, value and rule."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

import msgspec

from events.persons import may_hold_identity_number

if TYPE_CHECKING:
    from collections.abc import Iterable


class RejectionReason(StrEnum):
    """Why admission refuses a submission. Several may hold at once; all are given."""

    BYTES_UNDECODABLE = "bytes_undecodable"
    SCHEMA_UNKNOWN = "schema_unknown"
    NOT_AN_EVENT = "not_an_event"
    TOO_LARGE = "too_large"
    MESSAGE_WITHOUT_VALUE = "message_without_value"
    MESSAGE_UNREADABLE = "message_unreadable"
    CHECK_FAILED = "check_failed"
    MORE_REASONS = "more_reasons"
    SET_ASIDE = "set_aside"
    SIGNATURE_MISSING = "signature_missing"
    SIGNATURE_WRONG = "signature_wrong"
    SIGNATURE_KEY_UNKNOWN = "signature_key_unknown"
    SIGNATURE_KEY_NOT_IN_FORCE = "signature_key_not_in_force"
    KEY_NOT_SUBJECT = "key_not_subject"
    SUBJECT_MISSING = "subject_missing"
    CREDIT_CODE_LENGTH_WRONG = "credit_code_length_wrong"
    CREDIT_CODE_CHARACTER_NOT_ALLOWED = "credit_code_character_not_allowed"
    CREDIT_CODE_CHECK_DIGIT_WRONG = "credit_code_check_digit_wrong"
    ORGANISATION_CODE_CHECK_DIGIT_WRONG = "organisation_code_check_digit_wrong"
    PERSON_TOKEN_MALFORMED = "person_token_malformed"  # noqa: S105 - a reason, not a secret
    PERSON_DATA_IN_CLEAR = "person_data_in_clear"
    PERSONAL_DATA_FORBIDDEN = "personal_data_forbidden"
    PERSONAL_DATA_WITHOUT_CONSENT = "personal_data_without_consent"
    SEAL_BROKEN = "seal_broken"
    IDENTITY_NUMBER_WRONG = "identity_number_wrong"
    PERSON_IS_MINOR = "person_is_minor"
    PERSON_ERASED = "person_erased"
    STATE_SECRET_MARKED = "state_secret_marked"  # noqa: S105 - a reason, not a secret
    SECRET_NOT_FOR_PUBLICATION = "secret_not_for_publication"  # noqa: S105 - likewise
    DEPARTMENT_UNKNOWN = "department_unknown"
    DEPARTMENT_NOT_OF_TOPIC = "department_not_of_topic"
    DEPARTMENT_NOT_ENTITLED = "department_not_entitled"
    SOURCE_NOT_OF_DEPARTMENT = "source_not_of_department"
    CATEGORY_NOT_IN_CATALOGUE = "category_not_in_catalogue"
    CATEGORY_NOT_FOR_EVENT_TYPE = "category_not_for_event_type"
    CATEGORY_NOT_FOR_PLATFORM = "category_not_for_platform"
    DISCLOSURE_TOO_OPEN = "disclosure_too_open"
    REGION_MALFORMED = "region_malformed"
    REGION_NOT_OF_DEPARTMENT = "region_not_of_department"
    DOCUMENT_NO_MISSING = "document_no_missing"
    LEGAL_BASIS_MISSING = "legal_basis_missing"
    LEGAL_BASIS_NOT_CITED = "legal_basis_not_cited"
    EVENT_ID_NOT_DERIVED = "event_id_not_derived"
    ITEM_NO_NOT_POSITIVE = "item_no_not_positive"
    DATE_IN_FUTURE = "date_in_future"
    DATE_TOO_EARLY = "date_too_early"
    DATE_IMPOSSIBLE = "date_impossible"
    DATES_OUT_OF_ORDER = "dates_out_of_order"
    AMOUNT_NEGATIVE = "amount_negative"
    AMOUNT_TOO_LARGE = "amount_too_large"
    AMOUNT_MALFORMED = "amount_malformed"
    TEXT_TOO_LONG = "text_too_long"
    TEXT_HAS_CONTROL_CHARACTERS = "text_has_control_characters"
    VALUE_MISSING = "value_missing"
    VALUE_NOT_ALLOWED = "value_not_allowed"
    LIST_TOO_LONG = "list_too_long"
    LIST_UNKNOWN = "list_unknown"
    GROUND_UNKNOWN = "ground_unknown"
    SCHEME_UNKNOWN = "scheme_unknown"
    GRADE_UNKNOWN = "grade_unknown"
    MEASURE_UNKNOWN = "measure_unknown"
    MEASURE_NOT_OF_DEPARTMENT = "measure_not_of_department"
    INDICATOR_UNKNOWN = "indicator_unknown"
    PROFESSION_UNKNOWN = "profession_unknown"
    WARNING_UNKNOWN = "warning_unknown"
    PERIOD_MALFORMED = "period_malformed"
    PARTY_IS_SUBJECT = "party_is_subject"
    CONCERNS_MALFORMED = "concerns_malformed"
    CORRECTION_EMPTY = "correction_empty"
    CORRECTION_TYPE_UNKNOWN = "correction_type_unknown"
    CORRECTION_FIELD_UNKNOWN = "correction_field_unknown"
    CORRECTION_FIELD_FIXED = "correction_field_fixed"
    CORRECTION_VALUE_WRONG = "correction_value_wrong"


REASONS_MAX: Final = 100
"""A refusal names so many reasons: 64 KiB can break more rules than a message has room for."""

VALUE_SHOWN_MAX: Final = 80
RULE_SHOWN_MAX: Final = 4_000
_REASONS_CHARACTERS_MAX: Final = 200_000
_LOOKED_AT_MAX: Final = RULE_SHOWN_MAX + 200
"""Beyond it nothing is shown; so much further because a number may stand across the end."""

NOT_SHOWN: Final = "(not shown)"


class Reason(msgspec.Struct, frozen=True):
    """One reason: its code, the field at fault, its value shortened, and the rule in a sentence."""

    code: RejectionReason
    field: str
    value: str
    rule: str

    def __str__(self) -> str:
        """Say field, value and rule as an official reads them."""
        where = f"{self.field} = {self.value!r}: " if self.field else ""
        return f"{where}{self.rule} [{self.code}]"


class Rejection(msgspec.Struct, frozen=True):
    """A submission that admission refused, with every reason at once."""

    reasons: list[Reason]
    event_type: str | None = None
    subject_id: str | None = None
    department: str | None = None
    document_no: str | None = None


def repeatable(text: str) -> str:
    """Give a text as a refusal may repeat it: short, and never with an identity number in it.

    One with a wrong check digit counts too: most likely it is somebody's, mistyped.
    """
    if may_hold_identity_number(text[:_LOOKED_AT_MAX]):
        return NOT_SHOWN
    return text if len(text) <= VALUE_SHOWN_MAX else text[:VALUE_SHOWN_MAX] + "…"


def reason(code: RejectionReason, field: str, value: object, rule: str) -> Reason:
    """Build a reason, its value shortened to what a message can bear."""
    is_shown = repeatable(rule) != NOT_SHOWN
    rule = rule if len(rule) <= RULE_SHOWN_MAX else rule[:RULE_SHOWN_MAX] + "…"
    text = "" if value is None else repeatable(str(value))
    return Reason(code, repeatable(field), text, rule if is_shown else NOT_SHOWN)


def first_reasons(reasons: Iterable[Reason]) -> list[Reason]:
    """Give the first reasons and, where there are more than a refusal names, say so as the last.

    `found` is asked for no more than that: to look for all of them may cost as much as they are.
    """
    given: list[Reason] = []
    left = _REASONS_CHARACTERS_MAX
    for each in reasons:
        left -= len(each.field) + len(each.value) + len(each.rule)
        if len(given) == REASONS_MAX or left < 0:
            rule = f"the first {len(given)} reasons are given, and there are more: mend these first"
            given.append(reason(RejectionReason.MORE_REASONS, "", f"more than {len(given)}", rule))
            break
        given.append(each)
    return given
