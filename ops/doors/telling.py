"""Tells the topics of access and of inquiries: acknowledged, or an error; never a silent loss."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final

from confluent_kafka import KafkaException

from events.envelope import Platform
from events.topics import ACCESS_TOPIC, inquiries_topic
from events.wire.encoding import encode_published
from projections.access.inquiry import InquiryUnrecordedError
from streams.publishing.producer import DeliveryError
from streams.publishing.shared import SharedSender

if TYPE_CHECKING:
    from datetime import date, datetime

    from projections.access.consents import Consent
    from projections.access.inquiry import Inquiry
    from projections.store.control.keys import AccessKey, KeptContract
    from streams.publishing.producer import Sent

WITHIN_S: Final = 2.5
"""How long an acknowledgement is waited for: the door answers within three seconds."""


class Teller:
    """Sends to both topics, for all threads of a process."""

    def __init__(self, kafka: str | None) -> None:
        """Keep where the broker is; None where none runs, so that nothing can be told."""
        self._kafka = kafka
        self._sender = SharedSender(kafka or "", **{"message.timeout.ms": int(WITHIN_S * 1000)})

    def record(self, *inquiries: Inquiry) -> None:
        """Record inquiries. Raises `InquiryUnrecordedError` where one is not acknowledged."""
        try:
            self._send(*map(_message, inquiries))
        except (DeliveryError, KafkaException) as error:
            raise InquiryUnrecordedError(inquiries[0].question) from error

    def key_created(self, key: AccessKey, digest: bytes, at: datetime) -> None:
        """Tell that a key begins. Raises `DeliveryError`."""
        self._change(
            "key_created",
            key.key_id,
            at,
            name=key.name,
            key_digest=digest.hex(),
            roles=list(key.roles),
            organisation=key.organisation,
            region=key.region,
            since=key.since,
            until=key.until,
        )

    def key_revoked(self, key_id: str, at: datetime) -> None:
        """Tell that a key ended. Raises `DeliveryError`."""
        self._change("key_revoked", key_id, at)

    def contract_made(self, contract: KeptContract, at: datetime) -> None:
        """Tell that a contract begins. Raises `DeliveryError`."""
        self._change(
            "contract_made",
            contract.contract_id,
            at,
            organisation=contract.organisation,
            purposes=list(contract.purposes),
            since=contract.since,
            until=contract.until,
            a_day=contract.a_day,
        )

    def contract_ended(self, contract_id: str, at: datetime) -> None:
        """Tell that a contract ended. Raises `DeliveryError`."""
        self._change("contract_ended", contract_id, at)

    def consent_given(self, consent: Consent, at: datetime) -> None:
        """Tell that a subject consented. Raises `DeliveryError`."""
        self._change(
            "consent_given",
            consent.consent_id,
            at,
            organisation=consent.organisation,
            purposes=[consent.purpose],
            since=consent.since,
            until=consent.until,
            platform=consent.platform,
            subject_id=consent.subject_id,
        )

    def consent_withdrawn(self, consent_id: str, at: datetime) -> None:
        """Tell that a consent was withdrawn. Raises `DeliveryError`."""
        self._change("consent_withdrawn", consent_id, at)

    def _change(
        self,
        transition: str,
        grant_id: str,
        at: datetime,
        *,
        name: str | None = None,
        key_digest: str | None = None,
        roles: list[Any] | None = None,
        organisation: str | None = None,
        region: str | None = None,
        purposes: list[Any] | None = None,
        since: date | None = None,
        until: date | None = None,
        platform: str | None = None,
        subject_id: str | None = None,
        a_day: int | None = None,
    ) -> None:
        fields = {
            "change_id": str(uuid.uuid4()),
            "transition": transition,
            "at_ms": milliseconds(at),
            "grant_id": grant_id,
            "name": name,
            "key_digest": key_digest,
            "roles": [str(each) for each in roles or ()],
            "organisation": organisation,
            "region": region,
            "purposes": [str(each) for each in purposes or ()],
            "since": since,
            "until": until,
            "platform": platform,
            "subject_id": subject_id,
            "a_day": a_day,
        }
        value = encode_published("credit.AccessChange", fields)
        self._send((ACCESS_TOPIC, grant_id.encode(), value, None))

    def _send(self, *messages: Sent) -> None:
        if self._kafka is None:
            raise DeliveryError("no broker runs: `credit-ledger up` starts one")
        self._sender.send(messages, WITHIN_S)


def _message(inquiry: Inquiry) -> Sent:
    platform = Platform(inquiry.platform) if inquiry.platform else Platform.ORGANISATION
    key = inquiry.subjects[0].encode() if inquiry.subjects else None
    value = encode_published("credit.Inquiry", inquiry_fields(inquiry))
    return inquiries_topic(platform), key, value, None


def inquiry_fields(inquiry: Inquiry) -> dict[str, Any]:
    """Give the fields of an inquiry as its message has them."""
    visible = inquiry.visible_from
    return {
        "inquiry_id": inquiry.inquiry_id,
        "at_ms": milliseconds(inquiry.at),
        "role": inquiry.role,
        "organisation": inquiry.organisation,
        "person": inquiry.person,
        "key_id": inquiry.key_id,
        "purpose": inquiry.purpose,
        "said_basis": inquiry.basis,
        "platform": inquiry.platform,
        "subjects": inquiry.subjects,
        "question": inquiry.question,
        "channel": inquiry.channel,
        "outcome": inquiry.outcome,
        "view": inquiry.view,
        "rule": inquiry.rule,
        "digest": inquiry.digest,
        "visible_from_ms": None if visible is None else milliseconds(visible),
    }


def milliseconds(moment: datetime) -> int:
    """Give a moment as the ledger writes it: milliseconds since 1970 UTC."""
    return int(moment.timestamp() * 1000)
