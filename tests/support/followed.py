"""Notices of one subject, followed from the first to the last; and orders of arrival."""

from __future__ import annotations

from events.event import AMENDMENTS, Event
from events.types.amendment import RecordCorrected
from events.types.subject import SubjectChanged, SubjectRegistered
from projections.notices.notice import DutyNotice, ListNotice, Notice, WarningNotice


def notice_id(notice: Notice) -> str:
    match notice:
        case WarningNotice():
            return notice.warning_id
        case ListNotice():
            return notice.change_id
        case DutyNotice():
            return notice.notice_id


def follow(notices: list[Notice]) -> None:
    """Check that each notice begins where the last of its warning, list entry or duty ended."""
    waiting: dict[str, object] = {}
    levels: dict[str, object] = {}
    statuses: dict[str, str] = {}
    episodes: dict[str, str] = {}
    for notice in notices:
        if isinstance(notice, ListNotice):
            assert notice.previous_status == statuses.get(notice.entry_id)
            assert notice.status != notice.previous_status
            statuses[notice.entry_id] = notice.status
            continue
        if isinstance(notice, DutyNotice):
            assert (notice.transition == "opened") == (notice.duty_id not in waiting)
            if notice.transition == "changed":
                assert waiting[notice.duty_id] != notice.due_on
            waiting[notice.duty_id] = notice.due_on
            if notice.transition == "closed":
                del waiting[notice.duty_id]
            continue
        before = levels.get(notice.rule)
        assert notice.previous_level == before
        assert (notice.level == before) == (notice.transition == "acknowledged")
        match notice.transition:
            case "raised":
                assert before is None
                assert notice.episode_id not in episodes.values()
            case "lifted":
                assert notice.level is None
            case "acknowledged":
                assert before is not None
                assert notice.acknowledged_by
            case "escalated":
                assert notice.level.height > before.height  # type: ignore[union-attr, attr-defined]
            case "eased":
                assert notice.level.height < before.height  # type: ignore[union-attr, attr-defined]
            case other:
                raise AssertionError(other)
        if before is not None:
            assert notice.episode_id == episodes[notice.rule]
        episodes[notice.rule] = notice.episode_id
        levels[notice.rule] = notice.level


def unordered(said: list[Event]) -> bool:
    """Say whether nothing in it is for the order of the ledger to decide."""
    contents = {e.envelope.event_id: e for e in said}
    if any(contents[e.envelope.event_id] != e for e in said):
        return False
    ties: set[tuple[object, ...]] = set()
    keys: list[tuple[object, ...]]
    for event in contents.values():
        on = event.envelope.occurred_on
        if isinstance(event, RecordCorrected):
            keys = [(event.concerns, on, change.field) for change in event.changes]
        elif isinstance(event, (SubjectRegistered, SubjectChanged)):
            keys = [("fact", on)]
        elif not isinstance(event, AMENDMENTS):
            continue
        else:
            keys = [(event.concerns, on, type(event).__name__)]
        if ties.intersection(keys):
            return False
        ties.update(keys)
    facts = [e for e in contents.values() if isinstance(e, (SubjectRegistered, SubjectChanged))]
    corrected = {e.concerns for e in contents.values() if isinstance(e, RecordCorrected)}
    return not any(e.envelope.event_id in corrected for e in facts) or len(facts) < 2
