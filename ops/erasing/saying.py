"""Erasures as they are asked for, approved, cancelled and done: checked, said, and waited for.

What is said goes the way of every report, to be admitted; what takes effect is decided by the
fold. So here is checked beforehand what the fold would leave without effect, to say why.
"""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import structlog
from confluent_kafka import KafkaException

from events.admission.admission import Submission, check
from events.admission.rejection import Rejection
from events.envelope import CHINA, Disclosure, Envelope, Platform, Source
from events.event import event_to_record, event_type
from events.topics import submissions_topic
from events.types.subject import (
    ErasureApproved,
    ErasureCancelled,
    ErasureRequested,
    SubjectErased,
)
from events.wire.codec import cloud_event_headers, department_source, encode_record
from projections.http.errors import DeskAwayError
from projections.queries.erasures import (
    SUBJECTS,
    ErasureRefusedError,
    ErasureTold,
    erasure_told,
    kept_from_erasing,
    standing_erasure,
)
from projections.record.erasure import (
    ErasureStage,
    Hand,
    NoEffect,
    approval_hindrance,
    is_erased,
)
from projections.store.erasing.erasures import due_erasures, erasure_at
from projections.store.live import live
from streams.publishing.producer import DeliveryError, send_what_is_taken
from streams.publishing.shared import SharedSender

if TYPE_CHECKING:
    from datetime import date

    from psycopg import Connection

    from events.event import Event
    from events.rules.rulebook import Rulebook
    from projections.calendar.rules import RuleCalendar
    from projections.record.erasure import Erasure
    from streams.publishing.producer import Sent

_log = structlog.get_logger(__name__)
_OPERATOR: Final = "operator"
_ASK_EVERY_S: Final = 0.1
_LAW: Final = "《中华人民共和国个人信息保护法》第四十七条"
_SAYS: Final = {
    NoEffect.SAME_PERSON: "who took the request does not approve it; a second person does",
    NoEffect.SAID_BEFORE: "it is approved already",
    NoEffect.NOT_OPEN: "no request is open",
    NoEffect.OPEN_ALREADY: "a request is open already; approve or cancel that one",
    NoEffect.ERASED_ALREADY: "what was kept of the person is erased already",
}


class Erasing:
    """Takes what is said of erasures, for the service and the command line."""

    def __init__(self, kafka: str, calendar: RuleCalendar, wait_s: float) -> None:
        """Keep where the broker is, and how long is waited until it has taken effect."""
        self._calendar, self._wait_s = calendar, wait_s
        self._sender = SharedSender(kafka)

    def request(
        self,
        connection: Connection[Any],
        subject_id: str,
        ground: str,
        document_no: str | None = None,
        *,
        hand: Hand,
    ) -> ErasureTold:
        """Ask that a person be erased. Raises `ErasureRefusedError`, `DeskAwayError`."""
        standing = standing_erasure(connection, subject_id)
        if standing is not None and standing.stage is not ErasureStage.CANCELLED:
            done = is_erased(standing)
            raise _refused(NoEffect.ERASED_ALREADY if done else NoEffect.OPEN_ALREADY)
        self._check_kept(connection, subject_id)
        number = document_no or f"erasure-{_today():%Y%m%d}-{secrets.token_hex(4)}"
        envelope = _envelope(subject_id, hand.department, document_no=number)
        said = ErasureRequested(envelope, ground, hand.by)
        return self._effective(connection, subject_id, said, lambda e: e.document_no == number)

    def approve(self, connection: Connection[Any], request: str, *, hand: Hand) -> ErasureTold:
        """Approve a request, as a second person. Raises as `request` does."""
        subject_id, standing = self._standing(connection, request)
        why = approval_hindrance(standing, hand)
        if why is not None:
            raise _refused(NoEffect.ERASED_ALREADY if is_erased(standing) else why)
        self._check_kept(connection, subject_id)
        said = ErasureApproved(_envelope(subject_id, hand.department), request, hand.by)
        return self._effective(connection, subject_id, said, lambda e: e.hides)

    def cancel(
        self, connection: Connection[Any], request: str, of: str | None = None, *, hand: Hand
    ) -> ErasureTold:
        """Cancel a request, approved or not, that is not done; `of` is whose it must be."""
        subject_id, standing = self._standing(connection, request)
        if of not in (None, subject_id):
            raise _refused(NoEffect.NOT_OPEN)
        if is_erased(standing):
            raise _refused(NoEffect.ERASED_ALREADY)
        if standing.stage is ErasureStage.CANCELLED:
            return erasure_told(subject_id, standing)
        said = ErasureCancelled(_envelope(subject_id, hand.department), request, hand.by)

        def is_cancelled(erasure: Erasure) -> bool:
            return erasure.stage is ErasureStage.CANCELLED

        return self._effective(connection, subject_id, said, is_cancelled)

    def erase_due(self, connection: Connection[Any], on: date) -> tuple[int, int]:
        """Say of everybody whose days of waiting are over that they are erased.

        Gives how many, and how many wait on: a record has come to stand in the way meanwhile, or it
        is not taken, which holds up nobody else. Said twice, it is done once. Raises
        `DeskAwayError`.
        """
        due = due_erasures(connection, live(connection, Platform.PERSON), on)
        said = []
        for subject_id, erasure in due.items():
            if kept_from_erasing(connection, subject_id, self._calendar, on):
                continue
            envelope = _envelope(subject_id, _OPERATOR, category="erasure.done")
            try:
                said.append(self._message(SubjectErased(envelope, erasure.request)))
            except ErasureRefusedError as error:
                _log.warning("erasing_refused", request=erasure.request, why=error.rule)
        try:
            never = send_what_is_taken(self._sender.send, said)
        except (DeliveryError, KafkaException) as error:
            raise DeskAwayError from error
        for _, why in never:
            _log.warning("erasing_refused", why=why)
        done = len(said) - len(never)
        return done, len(due) - done

    def _standing(self, connection: Connection[Any], request: str) -> tuple[str, Erasure]:
        found = erasure_at(connection, live(connection, Platform.PERSON), request)
        if found is None:
            raise _refused(NoEffect.NOT_OPEN)
        return found

    def _check_kept(self, connection: Connection[Any], subject_id: str) -> None:
        kept = kept_from_erasing(connection, subject_id, self._calendar, _today())
        if kept is None:
            raise ErasureRefusedError("nothing_recorded", "nothing is recorded of this person")
        if kept:
            rule = "a term of the law runs, or an entry on a list stands; ask again when it is over"
            raise ErasureRefusedError("kept_by_law", rule, kept)

    def _effective(
        self, connection: Connection[Any], subject_id: str, said: Event, took_effect: Any
    ) -> ErasureTold:
        """Say it, and wait until the read models know it; what is slower is told as it stands."""
        self._say(said)
        until = time.monotonic() + self._wait_s
        while True:
            standing = standing_erasure(connection, subject_id)
            if standing is not None and took_effect(standing):
                return erasure_told(subject_id, standing)
            if time.monotonic() >= until:
                rule = "it is handed in and will take effect; ask again where it stands"
                raise ErasureRefusedError("waits", rule)
            time.sleep(_ASK_EVERY_S)

    def _say(self, said: Event) -> None:
        """Have the broker acknowledge it, once admission would take it."""
        message = self._message(said)
        try:
            self._sender.send([message])
        except (DeliveryError, KafkaException) as error:
            raise DeskAwayError from error

    def _message(self, said: Event) -> Sent:
        """Make what is sent. Raises `ErasureRefusedError` where admission would not take it."""
        now, department = datetime.now(UTC), said.envelope.department
        found = check(
            Submission(
                platform=Platform.PERSON, department=department, submitted_at=now, event=said
            ),
            self._rulebook,
        )
        if isinstance(found, Rejection):
            first = found.reasons[0]
            raise ErasureRefusedError(first.code, f"{first.field}: {first.rule}")
        record = f"credit.{event_type(found)}"
        headers = cloud_event_headers(
            event_id=found.envelope.event_id,
            record=record,
            source=department_source(department),
            time=now,
        )
        value, key = encode_record(record, event_to_record(found)), found.envelope.subject_id
        return submissions_topic(Platform.PERSON, department), key.encode(), value, headers

    @property
    def _rulebook(self) -> Rulebook:
        return self._calendar.rulebook


def _refused(why: NoEffect) -> ErasureRefusedError:
    return ErasureRefusedError(why.value, f"no effect: {_SAYS[why]}")


def _today() -> date:
    return datetime.now(CHINA).date()


def _envelope(
    subject_id: str, department: str, *, document_no: str = "", category: str = "erasure"
) -> Envelope:
    return Envelope(
        event_id="",
        subject_id=subject_id,
        subject_name=None,
        department=department,
        authority=None,
        region="330000",
        category=category,
        document_no=document_no,
        item_no=1,
        occurred_on=_today(),
        published_on=None,
        observed_on=None,
        legal_basis=_LAW,
        disclosure=Disclosure.AUTHORISED,
        source=Source.SELF_DECLARED if department == SUBJECTS else Source.DEPARTMENT,
    )
