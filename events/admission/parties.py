"""Who is named in an event: its subject, and others by the same kinds of identifier."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from events.admission.rejection import NOT_SHOWN, Reason, RejectionReason, reason, repeatable
from events.envelope import Platform
from events.identifiers import (
    IdentifierProblem,
    credit_code_problem,
    identity_number_problem,
    is_person_token,
    mask_identity,
    normalise_code,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from events.envelope import Envelope

_SUBJECT: Final = "envelope.subject_id"
_CODE_RULE: Final = (
    "a unified social credit code (GB 32100-2015) has 18 characters and both check digits"
)
_CODE_PROBLEMS: Final = {
    IdentifierProblem.CHARACTER_NOT_ALLOWED: RejectionReason.CREDIT_CODE_CHARACTER_NOT_ALLOWED,
    IdentifierProblem.CHECK_DIGIT_WRONG: RejectionReason.CREDIT_CODE_CHECK_DIGIT_WRONG,
    IdentifierProblem.ORGANISATION_CHECK_DIGIT_WRONG: (
        RejectionReason.ORGANISATION_CODE_CHECK_DIGIT_WRONG
    ),
}


def normal_party(text: str) -> str:
    """Give an identifier in its one form: a token as it stands, a code without blanks and such."""
    token = text.strip()
    return token if is_person_token(token) else normalise_code(text)


def shown_subject(subject_id: str, platform: Platform) -> str:
    """Give the subject as a refusal may name it: an identity number there by mistake, masked."""
    # A wrong check digit does not make it less of a person's number.
    problem = identity_number_problem(normalise_code(subject_id))
    if problem in (None, IdentifierProblem.CHECK_DIGIT_WRONG):
        return mask_identity(subject_id)
    if platform is Platform.PERSON and not is_person_token(subject_id):
        return NOT_SHOWN
    return repeatable(subject_id)


def check_subject(envelope: Envelope, platform: Platform) -> Iterator[Reason]:
    """Check that the subject is named as its platform names subjects."""
    code, field = envelope.subject_id, _SUBJECT
    if envelope.category == "operation":
        pass  # An operator may have to name a key that is no valid subject at all, or is empty.
    elif not code:
        yield reason(RejectionReason.SUBJECT_MISSING, field, code, "every event names its subject")
    elif platform is Platform.PERSON:
        yield from _check_token(field, code)
    elif credit_code_problem(code):
        yield from _check_code(field, code)


def check_party(field: str, code: str, subject_id: str) -> Iterator[Reason]:
    """Check that another party, organisation or person, is named well and is not the subject."""
    if code == subject_id:
        yield _is_subject(field)
    elif not is_person_token(code):
        yield from _check_code(field, code, f"{_CODE_RULE}; a person is named by the keyed token")


def check_successor(field: str, code: str, subject_id: str) -> Iterator[Reason]:
    """Check that a subject goes on as another one of its kind: person as person."""
    if code == subject_id:
        yield _is_subject(field)
    elif is_person_token(subject_id):
        yield from _check_token(field, code)
    else:
        yield from _check_code(field, code)


def _is_subject(field: str) -> Reason:
    rule = "another than the subject itself"
    return reason(RejectionReason.PARTY_IS_SUBJECT, field, NOT_SHOWN, rule)


def _check_code(field: str, code: str, rule: str = _CODE_RULE) -> Iterator[Reason]:
    # A person's name or number may stand here by mistake. The subject is shown, masked, as its
    # department has to find the record; others are not.
    if problem := credit_code_problem(code):
        rejected = _CODE_PROBLEMS.get(problem, RejectionReason.CREDIT_CODE_LENGTH_WRONG)
        told = shown_subject(code, Platform.ORGANISATION) if field == _SUBJECT else NOT_SHOWN
        yield reason(rejected, field, told, rule)


def _check_token(field: str, code: str) -> Iterator[Reason]:
    if not is_person_token(code):
        # An identity number may stand here by mistake, so the value is not repeated.
        rule = "a natural person is named by the keyed token only"
        yield reason(RejectionReason.PERSON_TOKEN_MALFORMED, field, NOT_SHOWN, rule)
