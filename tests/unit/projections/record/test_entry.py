"""One record and all that was said of it: corrected, settled, annulled, repealed, conflicting."""

from __future__ import annotations

import msgspec
import pytest

from projections.profile.shapes import Profile
from tests.support import builders as a
from tests.support.given import given


def fine(profile: Profile) -> int | None:
    (penalty,) = profile.of("PenaltyImposed")
    fine: int | None = penalty.details["fine_fen"]
    return fine


@pytest.mark.requirement(10)
def test_a_correction_holds_as_if_it_had_always_been_so_once_it_is_known() -> None:
    penalty = a.a_penalty(1, "2025-01-10", fine_fen=500)
    asked = given(penalty, a.a_correction(penalty, "2025-03-01", fine_fen=700))

    assert fine(asked.on("2025-01-10")) == 700
    assert fine(asked.as_of("2025-04-01", cut=1).profile) == 500  # type: ignore[arg-type]


def test_a_correction_waits_for_its_record() -> None:
    penalty = a.a_penalty(1, "2025-01-10", fine_fen=500)
    asked = given(a.a_correction(penalty, "2025-02-01", fine_fen=700), (penalty, "2025-03-01"))

    before = asked.as_of("2025-02-15", cut=1).profile
    assert before is not None
    assert (before.of("PenaltyImposed"), before.anomalies) == ([], {"waiting": 1})
    assert fine(asked.on("2025-03-01")) == 700
    assert asked.on("2025-03-01").anomalies == {}


def test_of_two_corrections_the_one_of_the_later_day_holds_in_either_order() -> None:
    penalty = a.a_penalty(1, "2025-01-10", fine_fen=500)
    first = a.a_correction(penalty, "2025-02-01", fine_fen=600)
    second = a.a_correction(penalty, "2025-03-01", fine_fen=700)

    assert fine(given(penalty, first, second).on("2025-04-01")) == 700
    assert fine(given(penalty, second, (first, "2025-03-02")).on("2025-04-01")) == 700


def test_of_two_corrections_of_one_day_the_later_said_holds() -> None:
    penalty = a.a_penalty(1, "2025-01-10", fine_fen=500)
    one = a.a_correction(penalty, "2025-02-01", fine_fen=600)
    other = a.a_correction(penalty, "2025-02-01", fine_fen=700)

    assert fine(given(penalty, one, other).on("2025-04-01")) == 700
    assert fine(given(penalty, other, one).on("2025-04-01")) == 600


def test_a_corrected_day_moves_the_clock() -> None:
    penalty = a.a_penalty(1, "2025-01-10", department="ecology-zj", category="penalty.environment")
    asked = given(
        penalty, a.a_correction(penalty, "2025-03-01", envelope__occurred_on="2022-01-10")
    )

    assert not asked.on("2025-03-01").of("PenaltyImposed")[0].shown.public
    assert asked.as_of("2025-03-01", cut=1).profile.of("PenaltyImposed")[0].shown.public  # type: ignore[union-attr]


def test_an_unknown_day_may_be_corrected_in() -> None:
    penalty = a.a_penalty(1, None)
    asked = given(
        (penalty, "2025-02-01"),
        a.a_correction(penalty, "2025-03-01", envelope__occurred_on="2024-12-01"),
    )

    (known,) = asked.on("2025-03-01").of("PenaltyImposed")
    assert (known.day, known.day_basis) == (a.day("2024-12-01"), "occurred_on")


def test_a_correction_by_another_department_has_no_effect() -> None:
    penalty = a.a_penalty(1, "2025-01-10", fine_fen=500)
    profile = given(penalty, a.a_correction(penalty, "2025-03-01", by="ecology-zj", fine_fen=0)).on(
        "2025-04-01"
    )

    assert fine(profile) == 500
    assert profile.anomalies == {"department_not_of_record": 1}


def test_a_correction_of_another_type_of_record_has_no_effect() -> None:
    penalty = a.a_penalty(1, "2025-01-10", fine_fen=500)
    wrong = a.a_correction(penalty, "2025-03-01", fine_fen=0)
    wrong = a.named(msgspec.structs.replace(wrong, record_type="JudgmentRendered"))
    profile = given(penalty, wrong).on("2025-04-01")

    assert fine(profile) == 500
    assert profile.anomalies == {"type_not_of_record": 1}


@pytest.mark.requirement(10)
def test_the_same_id_with_other_content_is_a_conflict_and_the_first_stands() -> None:
    one, other = a.a_penalty(1, fine_fen=500), a.a_penalty(1, fine_fen=700)
    assert one.envelope.event_id == other.envelope.event_id

    assert fine(given(one, other).on("2025-04-01")) == 500
    assert fine(given(other, one).on("2025-04-01")) == 700
    assert given(one, other).on("2025-04-01").anomalies == {"conflict": 1}


def test_a_repeat_changes_nothing_even_when_it_was_seen_on_another_day() -> None:
    one = a.a_penalty(1, None, observed_on="2025-01-10")
    again = a.a_penalty(1, None, observed_on="2025-02-10")
    profile = given(one, again).on("2025-04-01")

    assert (len(profile.of("PenaltyImposed")), profile.repeats, profile.anomalies) == (1, 1, {})
    assert profile.of("PenaltyImposed")[0].day == a.day("2025-01-10")


@pytest.mark.requirement(10)
def test_what_is_annulled_has_never_been_and_what_is_repealed_ends() -> None:
    penalty = a.a_penalty(1, "2025-01-10")
    annulled = given(penalty, a.a_revocation(penalty, "2025-04-01", "annulled"))
    repealed = given(penalty, a.a_revocation(penalty, "2025-04-01", "repealed"))

    assert annulled.on("2025-02-01").of("PenaltyImposed") == []
    assert repealed.on("2025-03-31").of("PenaltyImposed")[0].shown.public
    assert repealed.on("2025-03-31").next_change_on == a.day("2025-04-01")
    assert not repealed.on("2025-04-01").of("PenaltyImposed")[0].shown.public
    assert repealed.on("2025-04-01").warnings == []
    assert len(annulled.as_of("2025-04-01", cut=1).profile.of("PenaltyImposed")) == 1  # type: ignore[union-attr]


def test_a_repeal_may_take_effect_on_a_day_to_come() -> None:
    penalty = a.a_penalty(1, "2025-01-10")
    asked = given(
        penalty, a.a_revocation(penalty, "2025-04-01", "repealed", effective_on="2025-06-01")
    )

    assert asked.on("2025-05-31").of("PenaltyImposed")[0].shown.public
    assert not asked.on("2025-06-01").of("PenaltyImposed")[0].shown.public
    assert asked.warnings_told("2025-12-31")[-1] == ("2025-06-01", "lifted", None)


def test_a_correction_taken_back_no_longer_holds() -> None:
    penalty = a.a_penalty(1, "2025-01-10", fine_fen=500)
    correction = a.a_correction(penalty, "2025-02-01", fine_fen=700)
    back = a.a_revocation(penalty, "2025-03-01", amendment=correction)

    assert fine(given(penalty, correction, back).on("2025-04-01")) == 500
    assert fine(given(penalty, back, correction).on("2025-04-01")) == 500


def test_a_revocation_taken_back_lets_the_correction_hold_again() -> None:
    penalty = a.a_penalty(1, "2025-01-10", fine_fen=500)
    correction = a.a_correction(penalty, "2025-02-01", fine_fen=700)
    back = a.a_revocation(penalty, "2025-03-01", amendment=correction)
    again = a.a_revocation(penalty, "2025-03-02", amendment=back)

    assert fine(given(penalty, correction, back, again).on("2025-04-01")) == 700
    third = a.a_revocation(penalty, "2025-03-03", amendment=again)
    assert fine(given(penalty, correction, back, again, third).on("2025-04-01")) == 500


def test_an_annulment_taken_back_brings_the_record_back() -> None:
    penalty = a.a_penalty(1, "2025-01-10")
    annulment = a.a_revocation(penalty, "2025-02-01")
    back = a.a_revocation(penalty, "2025-03-01", amendment=annulment)

    assert given(penalty, annulment).on("2025-04-01").of("PenaltyImposed") == []
    assert len(given(penalty, annulment, back).on("2025-04-01").of("PenaltyImposed")) == 1


@pytest.mark.parametrize(
    ("paid_fen", "cleared", "owed_fen"),
    [
        (1_000_000, False, 5_000_000),
        (6_000_000, False, 0),
        (9_000_000, False, 0),
        (None, False, 6_000_000),
        (None, True, 0),
        (1, True, 0),
    ],
)
def test_a_settlement_lessens_what_is_owed_from_its_own_day(
    paid_fen: int | None,
    cleared: bool,  # noqa: FBT001 - a column of the table
    owed_fen: int,
) -> None:
    owed = a.arrears(1, "2025-01-10", balance_fen=6_000_000)
    asked = given(owed, a.a_settlement(owed, "2025-03-01", paid_fen, cleared=cleared))

    assert asked.on("2025-02-28").arrears_owed_fen == 6_000_000
    assert asked.on("2025-02-28").next_change_on == a.day("2025-03-01")
    assert asked.on("2025-03-01").arrears_owed_fen == owed_fen
    assert asked.on("2025-03-01").of("TaxArrearsAnnounced")[0].shown.public == (owed_fen > 0)


def test_an_unknown_balance_is_known_to_be_nothing_once_cleared() -> None:
    owed = a.arrears(1, "2025-01-10", balance_fen=None)
    part = given(owed, a.a_settlement(owed, "2025-03-01", 500)).on("2025-04-01")
    whole = given(owed, a.a_settlement(owed, "2025-03-01", None, cleared=True)).on("2025-04-01")

    assert part.of("TaxArrearsAnnounced")[0].owed_fen is None
    assert whole.of("TaxArrearsAnnounced")[0].owed_fen == 0


def test_the_same_payment_said_twice_counts_once() -> None:
    owed = a.arrears(1, "2025-01-10", balance_fen=6_000_000)
    payment = a.a_settlement(owed, "2025-03-01", 1_000_000)
    profile = given(owed, payment, payment).on("2025-04-01")

    assert (profile.arrears_owed_fen, profile.repeats) == (5_000_000, 1)


def test_a_penalty_cannot_be_settled_as_tax() -> None:
    penalty = a.a_penalty(1, "2025-01-10", department="tax-zj", category="penalty.tax")
    profile = given(penalty, a.a_settlement(penalty, "2025-03-01", 1)).on("2025-04-01")

    assert profile.anomalies == {"type_not_of_record": 1}
