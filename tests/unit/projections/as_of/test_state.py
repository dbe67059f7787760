"""The answer as of a day and a cut: the same bytes from anywhere, and checkable."""

from __future__ import annotations

import hashlib
import json
from datetime import date

from projections.as_of.question import Part, Question
from projections.as_of.state import state_as_of, state_bytes
from projections.ledger.reading import read
from tests.support import builders as a
from tests.support.given import CALENDAR, given

PENALTY = a.a_penalty(1, "2025-01-10", fine_fen=500)
ASKED = given(PENALTY, a.a_correction(PENALTY, "2025-03-01", fine_fen=700))


def test_the_same_day_has_different_answers_at_different_cuts_and_the_difference_has_a_name() -> (
    None
):
    before, after = ASKED.as_of("2025-04-01", cut=1), ASKED.as_of("2025-04-01")

    assert before.profile != after.profile
    (named,) = [held for held in after.events if held not in before.events]
    assert (named.offset, named.event_type) == (1, "RecordCorrected")


def test_anybody_can_check_the_hash_with_a_json_library_of_their_own() -> None:
    told = json.loads(state_bytes(ASKED.as_of("2025-04-01")))

    hashes = {"state_hash", "contagion_hash"}
    assert set(told) == {"state", "contagion", "edition", "known_at", *hashes}
    for part in ("state", "contagion"):
        body = json.dumps(told[part], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        assert hashlib.sha256(body.encode()).hexdigest() == told[f"{part}_hash"]


def test_the_bytes_hold_no_floats() -> None:
    def refuse(text: str) -> None:
        raise AssertionError(text)

    json.loads(state_bytes(ASKED.as_of("2025-04-01")), parse_float=refuse, parse_constant=refuse)


def test_the_past_may_be_asked_about_by_the_rules_of_another_day() -> None:
    """Minor penalties were shown for three months in 2022; by the rules of 2024 not at all."""
    minor = a.a_penalty(
        1, "2022-03-01", fine_fen=1, department="ecology-zj", category="penalty.environment"
    )
    asked = given(minor)
    first = asked.as_of("2022-04-01")
    state = state_as_of(
        [read(message) for message in asked.messages],
        Question(
            platform=first.platform,
            subject_id=a.SUBJECT,
            valid_on=date(2022, 4, 1),
            rules_on=date(2026, 4, 1),
        ),
        Part(0, 1),
        CALENDAR,
    )

    assert first.profile is not None
    assert state.profile is not None
    assert first.profile.of("PenaltyImposed")[0].shown.public
    assert not state.profile.of("PenaltyImposed")[0].shown.public
    assert (state.valid_on, state.rules_on) == (date(2022, 4, 1), date(2026, 4, 1))


def test_a_day_to_come_is_what_holds_if_nothing_else_is_reported() -> None:
    profile = ASKED.on("2030-01-10")

    assert profile.assessed_on == date(2030, 1, 10)
    assert not profile.of("PenaltyImposed")[0].shown.shared
    assert profile.next_change_on is None
