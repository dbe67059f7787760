"""Taking note of a warning (签收), as one line handed in: for the verb and for the service."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from events.envelope import CHINA
from events.rules.offices import office_division
from ops.submission.amending import one_row
from ops.submission.defaults import defaults_for
from ops.submission.window import HandedIn

if TYPE_CHECKING:
    from datetime import datetime

    from events.rules.rulebook import Rulebook
    from ops.submission.persons import PersonDoor
    from projections.queries.waiting import Addressed

LEGAL_BASIS: Final = "《浙江省公共信用信息管理条例》"


def acknowledging(
    told: Addressed,
    department: str,
    rulebook: Rulebook,
    now: datetime,
    *,
    note: str | None = None,
    legal_basis: str = LEGAL_BASIS,
    wait_s: float = 0.0,
    door: PersonDoor | None = None,
) -> HandedIn:
    """Give what a department hands in; its number is the warning's, so a second one is the same."""
    said = {
        "event_type": "WarningAcknowledged",
        "subject_id": told.subject_id,
        "document_no": f"签收-{told.warning_id}",
        "occurred_on": now.astimezone(CHINA).date().isoformat(),
        "legal_basis": legal_basis,
        "category": "acknowledgement",
        # Where the warning is; an office of a county speaks of its own division alone.
        "region": office_division(department) or told.region,
        "rule": told.rule,
        **({} if note is None else {"note": note}),
    }
    return HandedIn(
        paths=[Path(told.warning_id)],
        defaults=defaults_for(rulebook, department=department),
        rulebook=rulebook,
        now=now,
        wait_s=wait_s,
        door=door,
        opened=lambda _: one_row(told.warning_id, said),
    )
