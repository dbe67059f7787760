"""Admission: what a department says becomes an event, or a refusal with its reasons at once.

Pure and stateless: it looks at the submission, the rulebook and the departments, never at what
was recorded before. "Now" is the broker's time of the submission, an argument.
"""

from __future__ import annotations

import traceback
from datetime import date, datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from events.admission import checks, corrections, particulars
from events.admission.citations import check_citation, citation_remarks
from events.admission.normal_form import normalised, with_envelope
from events.admission.parties import check_subject, shown_subject
from events.admission.rejection import (
    Reason,
    Rejection,
    RejectionReason,
    first_reasons,
    reason,
    repeatable,
)
from events.admission.reporters import check_department, check_place
from events.admission.signatures import UNSIGNED, SignatureCheck, Signing, attested, no_key_known
from events.admission.texts import UNSEALED, Sealing, check_texts, without_words
from events.dates import known_date
from events.envelope import CHINA, Platform, Remark
from events.event import EVENT_TYPES, Event, event_type, is_amendment
from events.identity import event_id
from events.roles import OfSubject, OperatorsWord
from events.rules.divisions import load_divisions
from events.sealing.form import SealCheck, no_seal_holds
from events.types.amendment import RecordCorrected
from events.wire.codec import UndecodableError, schema_of
from events.wire.decoding import decode_event
from events.wire.schemas import SchemaUnknownError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from events.envelope import Envelope
    from events.rules.rulebook import Rulebook

SUBMISSION_BYTES_MAX: Final = 64 * 1024
FILE_BYTES_MAX: Final = 20 * 1024 * 1024
"""The largest file of submissions that is taken, at every door."""


class Submission(msgspec.Struct, frozen=True, kw_only=True):
    """A report as it came in: on whose topic, when (broker's time), and what it says."""

    platform: Platform
    department: str
    submitted_at: datetime
    event: Event

    @property
    def submitted_on(self) -> date:
        """Give the day in China on which it was submitted."""
        return self.submitted_at.astimezone(CHINA).date()


def admit(
    value: bytes | None,
    *,
    platform: Platform,
    department: str,
    submitted_at: datetime,
    rulebook: Rulebook,
    seal_holds: SealCheck = no_seal_holds,
    signature: bytes | None = None,
    signature_check: SignatureCheck = no_key_known,
) -> Event | Rejection:
    """Decode and check the bytes of one submission; whatever they are, the answer is a value.

    So it is where a check fails for a reason that nobody foresaw: one submission stops no other.
    `seal_holds` tells whether a text about a person was sealed by a door of ours, `signature_check`
    what the `signature` of its header is worth.
    """
    try:
        signing = Signing(value or b"", signature, signature_check)
        sealing = Sealing(seal_holds)
        return _admit(value, platform, department, submitted_at, rulebook, sealing, signing)
    except Exception as error:  # noqa: BLE001 - whatever it is, it concerns this submission alone
        rule = "the check itself failed at this submission; tell those who run the ledger"
        return refused(RejectionReason.CHECK_FAILED, _where(error), rule, department)


def refused(why: RejectionReason, value: str, rule: str, department: str) -> Rejection:
    """Refuse a submission as a whole, of which nothing else is known."""
    return Rejection([reason(why, "", value, rule)], department=department)


def _where(error: Exception) -> str:
    """Say which error came up in which line, and never its text: that may quote the submission."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {Path(frame.filename).name}:{frame.lineno}"


def _admit(
    value: bytes | None,
    platform: Platform,
    department: str,
    submitted_at: datetime,
    rulebook: Rulebook,
    sealing: Sealing,
    signing: Signing,
) -> Event | Rejection:
    if value is None:
        rule = "a message without a value (tombstone) reports nothing; send an event"
        return refused(RejectionReason.MESSAGE_WITHOUT_VALUE, "", rule, department)
    if len(value) > SUBMISSION_BYTES_MAX:
        rule = f"a submission has at most {SUBMISSION_BYTES_MAX} bytes"
        return refused(RejectionReason.TOO_LARGE, f"{len(value)} bytes", rule, department)
    try:
        schema = schema_of(value)
        if schema.record.removeprefix("credit.") not in EVENT_TYPES:
            rule = "only event types may be submitted"
            return refused(RejectionReason.NOT_AN_EVENT, schema.record, rule, department)
        event = decode_event(value)
    except SchemaUnknownError as error:
        rule = "the schema id must be listed"
        return refused(RejectionReason.SCHEMA_UNKNOWN, str(error), rule, department)
    except UndecodableError as error:
        rule = "the bytes must be one Avro record in the Confluent wire format"
        return refused(RejectionReason.BYTES_UNDECODABLE, str(error), rule, department)
    submission = Submission(
        platform=platform, department=department, submitted_at=submitted_at, event=event
    )
    return check(submission, rulebook, sealing, signing)


def check(
    submission: Submission,
    rulebook: Rulebook,
    sealing: Sealing = UNSEALED,
    signing: Signing = UNSIGNED,
) -> Event | Rejection:
    """Accept what a submission says, normalised, or give the reasons why not."""
    if too_long := list(checks.list_lengths(submission.event)):
        return _refused(too_long, submission.event, submission.platform)
    event = normalised(submission.event, submission.platform)
    platform, today = submission.platform, submission.submitted_on
    derived = event_id(platform, event)
    by = attested(signing, platform, submission.department, event.envelope.department, today)
    reasons_found = chain(
        [by] if isinstance(by, Reason) else [],
        check_subject(event.envelope, platform),
        check_department(event, platform, submission.department, rulebook),
        check_place(event, today),
        _check_category(event, platform, rulebook, today),
        _check_document(event),
        _check_dates(event.envelope, today),
        check_texts(event, platform, rulebook, today, sealing, derived),
        particulars.check_particulars(event, rulebook, today),
        corrections.check_correction(event, rulebook, today)
        if isinstance(event, RecordCorrected)
        else (),
        _check_event_id(event.envelope, derived),
    )
    if reasons := first_reasons(reasons_found):
        return _refused(reasons, event, platform)
    remarks = _remarks(event, today)
    return with_envelope(event, event_id=derived, remarks=remarks, attestation=by)


def _refused(reasons: list[Reason], event: Event, platform: Platform) -> Rejection:
    return Rejection(
        [without_words(each, platform) for each in reasons],
        event_type=event_type(event),
        subject_id=shown_subject(event.envelope.subject_id, platform),
        department=repeatable(event.envelope.department),
        document_no=repeatable(event.envelope.document_no),
    )


def _remarks(event: Event, today: date) -> list[str]:
    """Note what is let pass: a code of an abolished district or a zone is common and no error."""
    envelope = event.envelope
    remarks = [] if load_divisions().known(envelope.region) else [Remark.REGION_UNKNOWN]
    if not isinstance(event, OperatorsWord):
        on = known_date(envelope, today).day
        remarks += citation_remarks(envelope.legal_basis, on)
    return list(map(str, remarks))


def _check_category(
    event: Event, platform: Platform, rulebook: Rulebook, today: date
) -> Iterator[Reason]:
    envelope, field = event.envelope, "envelope.category"
    on = known_date(envelope, today).day
    category = rulebook.category_on(envelope.category, on)
    if category is None:
        rule = f"the category must be in the catalogue in force on {on}"
        yield reason(RejectionReason.CATEGORY_NOT_IN_CATALOGUE, field, envelope.category, rule)
        return
    kind = event_type(event)
    if kind not in category.event_types and kind not in ("RecordCorrected", "RecordRevoked"):
        rule = f"{category.code} is for: {', '.join(category.event_types)}"
        yield reason(RejectionReason.CATEGORY_NOT_FOR_EVENT_TYPE, field, category.code, rule)
    if platform not in category.platforms:
        rule = f"{category.code} is kept for: {', '.join(category.platforms)}"
        yield reason(RejectionReason.CATEGORY_NOT_FOR_PLATFORM, field, category.code, rule)
    yield from checks.check_disclosure(
        "envelope.disclosure", envelope.disclosure, category, platform
    )


def _check_document(event: Event) -> Iterator[Reason]:
    envelope = event.envelope
    if not envelope.document_no and not (is_amendment(event) or isinstance(event, OfSubject)):
        rule = "the document's number (文书号) names the record; it must be given"
        yield reason(RejectionReason.DOCUMENT_NO_MISSING, "envelope.document_no", "", rule)
    if not envelope.legal_basis:
        rule = "the law and article relied on must be given"
        yield reason(RejectionReason.LEGAL_BASIS_MISSING, "envelope.legal_basis", "", rule)
    if not isinstance(event, OperatorsWord):
        yield from check_citation("envelope.legal_basis", envelope.legal_basis)
    if envelope.item_no < 1:
        rule = "items of a document count from 1"
        yield reason(
            RejectionReason.ITEM_NO_NOT_POSITIVE, "envelope.item_no", envelope.item_no, rule
        )
    yield from checks.check_region("envelope.region", envelope.region)


def _check_event_id(envelope: Envelope, derived: str) -> Iterator[Reason]:
    if envelope.event_id not in ("", derived):
        why, field = RejectionReason.EVENT_ID_NOT_DERIVED, "envelope.event_id"
        rule = f"the id is derived from the document, here {derived}; leave it empty"
        yield reason(why, field, envelope.event_id, rule)


def _check_dates(envelope: Envelope, today: date) -> Iterator[Reason]:
    for name in ("occurred_on", "published_on", "observed_on"):
        day = getattr(envelope, name)
        if day is not None:
            yield from checks.check_past_day(f"envelope.{name}", day, today)
    if (
        envelope.occurred_on
        and envelope.published_on
        and envelope.published_on < envelope.occurred_on
    ):
        rule = f"it cannot be published before it was decided, on {envelope.occurred_on}"
        yield reason(
            RejectionReason.DATES_OUT_OF_ORDER,
            "envelope.published_on",
            envelope.published_on,
            rule,
        )
