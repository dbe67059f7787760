"""What kinds of matter have in common: every kind has its line, and each line is meant."""

from __future__ import annotations

from datetime import date
from typing import Any, get_args

import pytest

from events.dates import FOREVER
from events.types.penalty import PenaltyKind
from projections.record.marks import Payment
from projections.record.matters import (
    AnyMatter,
    Arrears,
    Commitment,
    Default,
    Enforcement,
    Grade,
    Honour,
    Licence,
    Measure,
    Penalty,
    Relation,
)
from projections.record.traits import (
    TRAITS,
    amount_fen,
    cleared_on,
    closed_on,
    left_fen,
    payments_of,
    run_out_on,
)
from tests.support.recorded import paid, recorded

KINDS = get_args(AnyMatter)


def day(text: str) -> date:
    return date.fromisoformat(text)


def test_every_kind_of_matter_has_its_line() -> None:
    assert set(TRAITS) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_what_has_payments_is_paid_and_what_has_a_last_day_names_it(kind: Any) -> None:
    fields = kind.__struct_fields__
    traits = TRAITS[kind]

    assert traits.is_paid == ("payments" in fields)
    assert {traits.last_day} - {None} == {"valid_until", "until"} & set(fields)
    assert traits.is_paid or not (traits.is_open or traits.is_owed)
    assert traits.amount is not None or not traits.is_owed
    assert traits.last_day is not None or not traits.ends_publication


@pytest.mark.parametrize(
    ("kind", "field"),
    [(Arrears, "balance_fen"), (Default, "amount_fen"), (Enforcement, "target_fen")],
)
def test_what_is_owed_is_less_by_what_was_paid_and_closed_when_nothing_is_left(
    kind: Any, field: str
) -> None:
    payments = (paid("2025-02-01", 60), paid("2025-03-01", 40))
    owed = recorded(kind, "2025-01-10", **{field: 100}, payments=payments)

    assert amount_fen(owed) == 100
    assert payments_of(owed) == payments
    assert [left_fen(owed, day(on)) for on in ("2025-01-10", "2025-02-01", "2025-03-01")] == [
        *(100, 40, 0)
    ]
    assert cleared_on(owed) == closed_on(owed) == day("2025-03-01")
    ended = recorded(kind, "2025-01-10", **{field: 100}, ended_on="2025-02-15", payments=payments)
    assert (cleared_on(ended), closed_on(ended)) == (day("2025-03-01"), day("2025-02-15"))


def test_of_an_unknown_amount_only_a_word_leaves_nothing() -> None:
    unknown = recorded(Default, "2025-01-10", payments=(paid("2025-02-01", 1_000_000),))
    assert left_fen(unknown, day("2025-02-01")) is None
    assert cleared_on(unknown) == FOREVER
    settled = recorded(Default, "2025-01-10", payments=(paid("2025-02-01", cleared=True),))
    assert left_fen(settled, day("2025-02-01")) == 0
    assert cleared_on(settled) == day("2025-02-01")


def test_a_balance_announced_as_nothing_is_not_owed_for_a_day() -> None:
    nothing = recorded(Arrears, "2025-01-10", balance_fen=0)
    assert closed_on(nothing) == day("2025-01-10")


@pytest.mark.parametrize(
    ("kinds", "fine", "taken", "amount"),
    [
        ((PenaltyKind.FINE, PenaltyKind.CONFISCATION), 100, 10, 110),
        ((PenaltyKind.FINE, PenaltyKind.CONFISCATION), 100, None, None),
        ((PenaltyKind.FINE, PenaltyKind.CONFISCATION), None, 10, None),
        ((PenaltyKind.FINE,), 100, None, 100),
        ((PenaltyKind.WARNING,), None, None, 0),
    ],
)
def test_of_a_penalty_fine_and_confiscation_are_one_amount_and_unknown_with_either(
    kinds: tuple[PenaltyKind, ...], fine: int | None, taken: int | None, amount: int | None
) -> None:
    penalty = recorded(
        Penalty, "2025-01-10", kinds=kinds, fine_fen=fine, confiscated_fen=taken, payments=()
    )
    assert amount_fen(penalty) == amount


def test_a_promise_is_open_until_it_is_kept_or_waived() -> None:
    kept = (Payment(day("2025-06-01"), None, cleared=True),)
    assert cleared_on(recorded(Commitment, "2025-01-10", payments=kept)) == day("2025-06-01")
    assert cleared_on(recorded(Commitment, "2025-01-10")) == FOREVER


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        *((Licence, "valid_until"), (Grade, "valid_until"), (Honour, "valid_until")),
        *((Relation, "until"), (Measure, "until")),
    ],
)
def test_what_is_valid_until_a_day_has_run_out_the_day_after(kind: Any, field: str) -> None:
    assert run_out_on(recorded(kind, "2025-01-10", **{field: "2025-12-31"})) == day("2026-01-01")
    assert run_out_on(recorded(kind, "2025-01-10", **{field: None})) == FOREVER
