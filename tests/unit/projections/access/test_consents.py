"""How consents stand on a day, and of two what counts."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from events.envelope import Platform
from events.rules.access import Purpose
from projections.access.asker import ConsentState
from projections.access.consents import Consent, consent_state, is_agency_code


def consent(**more: Any) -> Consent:
    given: dict[str, Any] = {
        "consent_id": "c",
        "platform": Platform.PERSON,
        "subject_id": "p",
        "organisation": "agency-1",
        "purpose": Purpose.LENDING,
        "since": date(2026, 1, 1),
        "until": date(2026, 7, 1),
    }
    return Consent(**{**given, **more})


@pytest.mark.parametrize(
    ("consents", "on", "state"),
    [
        ([], "2026-06-01", "none"),
        ([consent()], "2025-12-31", "none"),
        ([consent()], "2026-01-01", "given"),
        ([consent()], "2026-06-30", "given"),
        ([consent()], "2026-07-01", "run_out"),
        ([consent(withdrawn=True)], "2026-06-01", "withdrawn"),
        ([consent(withdrawn=True), consent()], "2026-06-01", "given"),
        ([consent(purpose=Purpose.EMPLOYMENT)], "2026-06-01", "none"),
    ],
)
def test_a_consent_holds_for_its_purpose_from_its_first_day_until_it_ends(
    consents: list[Consent], on: str, state: str
) -> None:
    found = consent_state(consents, Purpose.LENDING, date.fromisoformat(on))

    assert found is ConsentState(state)


def test_without_a_purpose_nothing_is_consented_to() -> None:
    assert consent_state([consent()], None, date(2026, 6, 1)) is ConsentState.NONE


def test_no_agency_is_named_by_an_identity_number() -> None:
    codes = ["agency-1", "ab", "20261115"]
    none = ["a", "Agency", "330106199001010018", "33010619900101001x", "of-330106199001010018"]
    assert [text for text in (*codes, *none) if is_agency_code(text)] == codes
