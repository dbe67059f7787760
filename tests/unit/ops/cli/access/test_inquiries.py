"""An inquiry is told in the language of the terminal, in China's time: as what, for whom, why, what came of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from ops.cli.access.inquiries import inquiry_told
from projections.access.inquiry import InquirySeen

ASKED = InquirySeen(
    inquiry_id="1",
    at=datetime(2026, 11, 28, 17, 5, tzinfo=UTC),
    role="department",
    organisation="tax-zj",
    person="desk 7",
    purpose="supervision",
    basis=None,
    subjects=[],
    question="profile",
    outcome="answered",
    view="shared",
    rule="department.shared",
    visible_from=None,
)


@pytest.mark.parametrize(
    ("language", "changed", "told"),
    [
        (
            "zh",
            {},
            "2026-11-29 01:05:00  部门 tax-zj desk 7  日常监管  profile: 已答复 (department.shared)",
        ),
        (
            "zh",
            {"person": None, "purpose": None, "outcome": "purpose_missing"},
            "2026-11-29 01:05:00  部门 tax-zj  -  profile: 未答复：purpose_missing (department.shared)",
        ),
        (
            "en",
            {},
            "2026-11-29 01:05:00  Department tax-zj desk 7  Supervision  profile: answered (department.shared)",
        ),
    ],
)
def test_it_is_told(
    monkeypatch: pytest.MonkeyPatch, language: str, changed: dict[str, Any], told: str
) -> None:
    monkeypatch.setenv("CREDIT_LEDGER_LANGUAGE", language)
    assert inquiry_told(msgspec.structs.replace(ASKED, **changed)) == told
