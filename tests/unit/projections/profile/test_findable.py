"""Who may find a subject by a record is decided by who may see that record today."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from events.envelope import Disclosure
from projections.profile.findable import Findable, Reader
from projections.record.chain import fold_chain
from projections.record.handles import NAME, name_key
from tests.support import builders as a
from tests.support.given import CALENDAR, given

if TYPE_CHECKING:
    from events.event import Event

ON = date(2026, 6, 15)


def shows(reader: Reader, *events: Event) -> bool:
    """Say whether the record of the first event leads its reader to the subject."""
    story = given(*events)
    subject = events[0].envelope.subject_id
    profile = story.projection.profile(ON, subject)
    entry = fold_chain([item.known for item in story.projection.journal if item.known]).entry
    assert entry is not None
    return Findable(profile, CALENDAR.on(ON), reader).shows(entry)


@pytest.mark.parametrize(
    ("event", "public", "shared"),
    [
        (a.a_penalty(1, "2026-05-01"), True, True),
        (a.a_penalty(1, "2019-05-01"), False, False),
        (a.a_penalty(1, "2023-05-01"), False, True),
        (a.a_penalty(1, "2026-05-01", disclosure=Disclosure.SHARED), False, True),
        (a.a_default(1, "2026-05-01", category="default.loan"), False, False),
        (a.a_judgment(1, "2024-05-01"), False, True),
        (a.an_inspection(1, "2026-05-01", result="passed"), True, True),
        (a.an_inspection(1, "2016-05-01", result="passed"), False, False),
        (a.a_registration("1999-05-01"), True, True),
        (a.a_registration("1999-05-01", disclosure=Disclosure.AUTHORISED), False, False),
        (a.a_registration("1999-05-01", subject_id=a.PERSON), False, True),
    ],
)
def test_a_record_leads_to_its_subject_whoever_may_see_it(
    event: Event, *, public: bool, shared: bool
) -> None:
    assert (shows(Reader.PUBLIC, event), shows(Reader.SHARED, event)) == (public, shared)


def test_a_record_that_was_revoked_leads_nowhere() -> None:
    penalty = a.a_penalty(1, "2026-05-01")
    assert not shows(Reader.SHARED, penalty, a.a_revocation(penalty, "2026-05-02"))


def test_a_name_leads_by_whichever_record_bears_it_in_public() -> None:
    name = "杭州旧称商行"
    said = given(
        a.a_penalty(1, "2019-05-01", subject_name=name),
        a.a_penalty(2, "2026-05-01", subject_name=name),
    )
    found = Findable(said.projection.profile(ON), CALENDAR.on(ON), Reader.PUBLIC)
    (only,) = found.named_by([(NAME, name_key(name))])
    assert only[1].document_no == "罚2"
    assert found.named_by([(NAME, name_key("别的名称"))]) == []
