"""The stages of a case, chained by the numbers that they name."""

from __future__ import annotations

from datetime import date
from itertools import permutations
from typing import TYPE_CHECKING

import msgspec
import pytest

from projections.ledger.message import Known
from projections.profile.cases import Case, chain_cases
from projections.record.chain import fold_chain
from tests.support import builders as a

if TYPE_CHECKING:
    from events.event import Event

ON = date(2025, 12, 1)


def a_judgment(no: int, on: str, of: str | None = None, amount_fen: int | None = None) -> Event:
    """Give a judgment that names the case it was filed as."""
    judgment = a.a_judgment(no, on, amount_fen=amount_fen)
    return a.named(msgspec.structs.replace(judgment, filed_no=of))


FILED = a.a_filing(1, "2025-01-10", claim_fen=900)
JUDGED = a_judgment(1, "2025-03-10", of="立1", amount_fen=700)
ENFORCED = a.an_enforcement(1, "2025-05-10", judgment_no="判1", target_fen=700)


def found(*events: Event, on: date = ON) -> list[Case]:
    """Give the cases of records, each with what is said of it among them."""
    originals = [event for event in events if not hasattr(event, "concerns")]
    entries = []
    for original in originals:
        key = original.envelope.event_id
        chain = [original, *(e for e in events if getattr(e, "concerns", "") == key)]
        folded = fold_chain([Known(each, offset, ON) for offset, each in enumerate(chain)])
        assert folded.entry is not None
        entries.append(folded.entry)
    return chain_cases(entries, on)


def stages(case: Case) -> list[tuple[str, str]]:
    return [(stage.stage, stage.number) for stage in case.stages]


@pytest.mark.parametrize("order", list(permutations([FILED, JUDGED, ENFORCED])))
def test_the_stages_of_a_case_are_chained_in_any_order(order: tuple[Event, ...]) -> None:
    (case,) = found(*order)

    assert case.number == "立1"
    assert stages(case) == [("filed", "立1"), ("judged", "判1"), ("enforced", "执行1")]
    assert case.names == ()
    assert [stage.amount_fen for stage in case.stages] == [900, 700, 700]


def test_a_case_is_as_far_as_it_was_on_the_day() -> None:
    assert found(FILED, JUDGED, ENFORCED, on=date(2025, 1, 9)) == []
    (case,) = found(FILED, JUDGED, ENFORCED, on=date(2025, 3, 10))
    assert stages(case) == [("filed", "立1"), ("judged", "判1")]


def test_a_stage_that_nobody_reported_is_named_and_does_not_part_what_is_known() -> None:
    (case,) = found(JUDGED, ENFORCED)

    assert (case.number, case.names) == ("判1", ("立1",))
    assert stages(case) == [("judged", "判1"), ("enforced", "执行1")]


def test_what_names_no_other_is_a_case_of_its_own() -> None:
    alone = a_judgment(2, "2025-02-01")

    assert [case.number for case in found(JUDGED, FILED, alone)] == ["立1", "判2"]


def test_numbers_that_name_each_other_in_a_circle_end() -> None:
    one, two = a_judgment(1, "2025-01-10", of="判2"), a_judgment(2, "2025-02-10", of="判1")
    own = a_judgment(3, "2025-03-10", of="判3")

    numbers = [number for case in found(one, two, own) for _, number in stages(case)]
    assert sorted(numbers) == ["判1", "判2", "判3"]


def test_two_judgments_of_one_filing_are_one_case() -> None:
    (case,) = found(FILED, JUDGED, a_judgment(2, "2025-06-01", of="立1"))

    assert stages(case) == [("filed", "立1"), ("judged", "判1"), ("judged", "判2")]


@pytest.mark.parametrize(
    ("settled", "owed_fen"),
    [
        ([], 700),
        ([a.a_settled(ENFORCED, "2025-06-01", "partly_performed", 300)], 400),
        ([a.a_settled(ENFORCED, "2025-06-01", "performed")], 0),
        ([a.a_settled(ENFORCED, "2026-01-01", "performed")], 700),
    ],
)
def test_what_is_left_of_an_enforcement_is_what_was_not_performed_by_the_day(
    settled: list[Event], owed_fen: int
) -> None:
    (case,) = found(ENFORCED, *settled)

    assert case.stages[0].owed_fen == owed_fen


def test_what_is_annulled_is_no_stage_and_what_is_no_case_neither() -> None:
    (case,) = found(FILED, JUDGED, a.a_revocation(JUDGED, "2025-06-01"), a.a_penalty(1))

    assert stages(case) == [("filed", "立1")]
