"""The events of an erasure of what is kept of a person, as the credit centre says them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from events.envelope import Disclosure, Platform, Source
from events.types.subject import (
    ErasureApproved,
    ErasureCancelled,
    ErasureRequested,
    SubjectErased,
)
from tests.support.builders import PERSON, an_envelope, named

if TYPE_CHECKING:
    from events.envelope import Envelope
    from events.event import Event


def _about(**changes: Any) -> Envelope:
    fields = {
        "subject_id": PERSON,
        "subject_name": None,
        "department": "credit-zj",
        "category": "erasure",
        "region": "330000",
        "document_no": "",
        "disclosure": Disclosure.AUTHORISED,
        "source": Source.DEPARTMENT,
        "legal_basis": "《中华人民共和国个人信息保护法》第四十七条",
    }
    return an_envelope(**fields | changes)


def a_request(no: object = 1, by: str = "王一", **envelope: Any) -> Event:
    """Give the request that a person be erased."""
    about = _about(document_no=f"删申{no}", **envelope)
    return named(ErasureRequested(about, "purpose_over", by), Platform.PERSON)


def an_approval(request: Event, by: str = "李二", **envelope: Any) -> Event:
    """Give the approval of a request, by default by a second person."""
    said = ErasureApproved(_about(**envelope), request.envelope.event_id, by)
    return named(said, Platform.PERSON)


def a_cancelling(request: Event, by: str = "王一", **envelope: Any) -> Event:
    """Give the cancelling of a request."""
    said = ErasureCancelled(_about(**envelope), request.envelope.event_id, by)
    return named(said, Platform.PERSON)


def an_erasing(request: Event, **envelope: Any) -> Event:
    """Give the ledger's word that a person was erased."""
    of_ledger = {"department": "operator", "category": "erasure.done"} | envelope
    said = SubjectErased(_about(**of_ledger), request.envelope.event_id)
    return named(said, Platform.PERSON)


def one_of_each_erasure() -> list[Event]:
    """Give at least one event of every type that is said of a subject as a whole."""
    request = a_request()
    return [request, an_approval(request), a_cancelling(request), an_erasing(request)]
