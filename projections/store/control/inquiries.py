"""Who asked of whom, as read off the topics of inquiries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from projections.access.inquiry import ANSWERED, Inquiry
from projections.quality.use import AUTHORITIES, AskedBy
from projections.store.statements import statements

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from psycopg import Connection

    from events.envelope import Platform

_SQL: Final = statements(__name__)
_inquiry: Final = msgspec.json.Decoder(Inquiry)


def keep_inquiries(connection: Connection[Any], inquiries: Iterable[Inquiry]) -> None:
    """Keep inquiries: each whole, and beside it what it is looked up by."""
    rows = [
        (i.inquiry_id, i.at, i.subjects, i.platform, i.visible_from, msgspec.json.encode(i))
        for i in inquiries
    ]
    with connection.cursor() as cursor:
        cursor.executemany(_SQL["keep"], rows)


def inquiries_of(
    connection: Connection[Any],
    platform: Platform,
    subject_id: str,
    *,
    limit: int,
    seen_at: datetime | None = None,
) -> list[Inquiry]:
    """Give the inquiries that named a subject, the newest first.

    With a moment, those that the subject may see by then; without, all.
    """
    asked = {
        "platform": platform.value,
        "subject": subject_id,
        "limit": limit,
        "seen_at": seen_at,
    }
    return [_inquiry.decode(body) for (body,) in connection.execute(_SQL["of_subject"], asked)]


def uses(connection: Connection[Any], since: datetime, until: datetime) -> list[AskedBy]:
    """Give how often was asked of subjects from a moment to before another, as was kept by now."""
    asked = {
        "since": since,
        "until": until,
        "answered": list(ANSWERED),
        "authorities": [role.value for role in AUTHORITIES],
    }
    return [AskedBy(*row) for row in connection.execute(_SQL["uses"], asked)]


def reports_given(
    connection: Connection[Any],
    platform: Platform,
    subject_id: str,
    questions: Sequence[str],
    since: datetime,
    until: datetime,
) -> int:
    """Count the reports that a subject was given of itself, by the questions that give one."""
    asked = {
        "platform": platform.value,
        "subject": subject_id,
        "questions": list(questions),
        "answered": list(ANSWERED),
        "since": since,
        "until": until,
    }
    ((count,),) = connection.execute(_SQL["reports_given"], asked).fetchall()
    return int(count)


def inquiries_answered_by(
    connection: Connection[Any], platform: Platform, digest: str, *, limit: int
) -> list[Inquiry]:
    """Give the inquiries that were answered by exactly these bytes (SHA-256), the newest first."""
    asked = {"digest": digest.encode(), "platform": platform.value, "limit": limit}
    found = [_inquiry.decode(body) for (body,) in connection.execute(_SQL["of_digest"], asked)]
    return [each for each in found if each.digest == digest]
