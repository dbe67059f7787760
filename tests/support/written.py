"""Records as ledgers of before hold them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from events.event import event_type
from events.identity import derived_id
from tests.support import builders as a

if TYPE_CHECKING:
    from events.event import Event


def of_before(number: str, on: str = "2026-05-08") -> Event:
    """Give a penalty as ledgers of before hold it: its id drawn from its number as written."""
    penalty = a.a_penalty(1, on, fine_fen=1_000_000)
    about = msgspec.structs.replace(penalty.envelope, document_no=number)
    drawn = derived_id(
        *("organisation", about.department, event_type(penalty), number),
        *(about.subject_id, str(about.item_no)),
    )
    about = msgspec.structs.replace(about, event_id=drawn)
    return msgspec.structs.replace(penalty, envelope=about)
