"""Firms tied by one who runs both, and what is red at the other end."""

from __future__ import annotations

from events.envelope import Platform
from ops.generator.subjects import subject_id_at
from tests.support.builders import OTHER_SUBJECT

THIRD = subject_id_at(Platform.ORGANISATION, 7)
SISTER = OTHER_SUBJECT
RULE = "warning.related"
