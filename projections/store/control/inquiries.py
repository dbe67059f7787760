"""Who asked of whom, as read off the topics of inquiries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from projections.store.statements import statements

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from psycopg import Connection

    from events.envelope import Platform

    InquiryRow = tuple[str, datetime, list[str], str | None, datetime | None, bytes]

_SQL: Final = statements(__name__)


def keep_inquiries(connection: Connection[Any], rows: Sequence[InquiryRow]) -> None:
    """Keep inquiries: id, moment, subjects, platform, from when visible, the whole as JSON."""
    with connection.cursor() as cursor:
        cursor.executemany(_SQL["keep"], rows)


def inquiries_of(
    connection: Connection[Any],
    platform: Platform,
    subject_id: str,
    *,
    limit: int,
    seen_at: datetime | None = None,
) -> list[bytes]:
    """Give the inquiries that named a subject, each as JSON, the newest first.

    With a moment, those that the subject may see by then; without, all.
    """
    asked = {
        "platform": platform.value,
        "subject": subject_id,
        "limit": limit,
        "seen_at": seen_at,
    }
    return [bytes(body) for (body,) in connection.execute(_SQL["of_subject"], asked)]
