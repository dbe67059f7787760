"""Names beside those of a plan: a published licence each, of subjects that the plan does not have.

Of a plan's subjects not each has something published, and what is not published has no name to be
found by. A licence raises no warning, so the boards stay as the plan has them.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import msgspec

from events.envelope import Disclosure, Envelope, Platform, Source
from events.identity import event_id
from events.types.licence import LicenceGranted
from events.wire.encoding import encode_event
from ops.generator.codes import synthetic_credit_code_at
from ops.generator.subjects import CITIES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from events.event import Event
    from ops.generator import GeneratorPlan

_BEHIND: Final = 20_000
"""Places left free behind the plan's subjects: there stand those that are warned meanwhile."""
_DAYS: Final = 200
_VALID_DAYS: Final = 1_000
_TRADES: Final = (
    "纺织",
    "服饰",
    "机械",
    "建筑工程",
    "食品",
    "建材",
    "货运",
    "酒店",
    "软件",
    "环保科技",
)


def licences_of_others(plan: GeneratorPlan, count: int) -> Iterator[tuple[bytes, bytes, str]]:
    """Give messages of the ledger, a licence each: key, value, event id."""
    for number in range(count):
        event = other_licence(plan, number)
        envelope = event.envelope
        yield envelope.subject_id.encode(), encode_event(event), envelope.event_id


def other_licence(plan: GeneratorPlan, number: int) -> Event:
    """Grant a licence to a subject behind those of the plan, within the plan's last days."""
    place = plan.subjects + _BEHIND + number
    subject_id = synthetic_credit_code_at(place)
    city, _ = CITIES[subject_id[2:6]]
    envelope = Envelope(
        event_id="",
        subject_id=subject_id,
        subject_name=f"{city}样例{place + 1}号{_TRADES[number % len(_TRADES)]}有限公司",
        department="market-zj",
        authority=None,
        region=subject_id[2:8],
        category="licence.market",
        document_no=f"样市监许〔{plan.last_day.year}〕{number + 1}号",
        item_no=1,
        occurred_on=plan.last_day - timedelta(days=number % _DAYS),
        published_on=None,
        observed_on=None,
        legal_basis="食品安全法第三十五条",
        disclosure=Disclosure.PUBLIC,
        source=Source.DEPARTMENT,
    )
    draft = LicenceGranted(
        envelope,
        f"JY{place:08}",
        valid_from=envelope.occurred_on,
        valid_until=plan.last_day + timedelta(days=_VALID_DAYS),
    )
    named = event_id(Platform.ORGANISATION, draft)
    return msgspec.structs.replace(
        draft, envelope=msgspec.structs.replace(envelope, event_id=named)
    )
