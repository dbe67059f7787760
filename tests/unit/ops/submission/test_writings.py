"""Across file, admission and fold: one thing written in many ways is one; bad text concerns its line."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from events.admission.admission import admit
from events.admission.rejection import Rejection, RejectionReason
from events.envelope import CHINA, Platform
from ops.submission.defaults import defaults_for
from ops.submission.files.reading import read_rows
from ops.submission.validation import validate
from projections.ledger.message import Known
from projections.profile.cases import chain_cases
from projections.record.chain import fold_chain
from tests.support.given import Given, message

if TYPE_CHECKING:
    from events.event import Event
    from events.rules.rulebook import Rulebook
    from ops.submission.defaults import Defaults

WRITINGS = Path(__file__).parents[3] / "data" / "writings"
NOW = datetime(2026, 11, 20, 9, tzinfo=CHINA)
TODAY = NOW.date()


def one_row_files(name: str) -> list[bytes]:
    """Give each row of a file as a file of its own, as it would be sent on another day."""
    header, *rows = (WRITINGS / name).read_bytes().splitlines(keepends=True)
    return [header + row for row in rows]


def admitted(file: bytes, defaults: Defaults, rulebook: Rulebook, name: str = "a.csv") -> Event:
    """Send a file of one row as `submit` does, and admit the bytes that it sends."""
    validated = validate(file, defaults, rulebook, NOW, name=name)
    assert validated.bad == []
    (line,) = validated.good
    outcome = admit(
        line.value,
        platform=Platform.ORGANISATION,
        department=defaults.department,
        submitted_at=NOW,
        rulebook=rulebook,
    )
    assert not isinstance(outcome, Rejection), outcome
    return outcome


@pytest.mark.parametrize(("name", "count"), [("docno_variants.csv", 14), ("docno_kangxi.csv", 2)])
def test_one_decision_in_every_writing_of_its_number_is_one_penalty(
    name: str, count: int, market: Defaults, rulebook: Rulebook
) -> None:
    events = [admitted(file, market, rulebook) for file in one_row_files(name)]

    assert len(events) == count
    assert len({event.envelope.event_id for event in events}) == 1
    given = Given([message(event, offset, TODAY) for offset, event in enumerate(events)])
    subject_id = events[0].envelope.subject_id
    profile = given.projection.profile(TODAY, subject_id)
    (record,) = profile.records
    assert record.amount_fen == 1_000_000
    record_known = given.projection.state(subject_id).record
    assert (record_known.repeats, record_known.anomalies) == (count - 1, {})


def test_the_writing_as_given_is_kept(market: Defaults, rulebook: Rulebook) -> None:
    files = one_row_files("docno_variants.csv")
    numbers = [admitted(file, market, rulebook).envelope.document_no for file in files]

    assert numbers[1] == "样市监罚[2026]101号"
    assert numbers[6] == "样市监罚〔２０２６〕１０１号"
    assert numbers[7] == "样市监罚〔2026〕101号", "what nobody sees is no writing"


def test_in_one_file_another_writing_is_a_repeat_of_the_line_above(
    market: Defaults, rulebook: Rulebook
) -> None:
    validated = validate(WRITINGS / "docno_variants.csv", market, rulebook, NOW)

    assert (len(validated.good), len(validated.repeated), validated.bad) == (1, 13, [])


def test_another_writing_of_a_case_number_does_not_cut_its_chain(rulebook: Rulebook) -> None:
    court = defaults_for(rulebook, department="court-zj")
    lines = (WRITINGS / "case_numbers.ndjson").read_text("utf-8").splitlines()
    events = [admitted(f"{line}\n".encode(), court, rulebook, "a.ndjson") for line in lines[:3]]
    chains = [fold_chain([Known(event, at, TODAY)]) for at, event in enumerate(events)]
    (case,) = chain_cases([chain.entry for chain in chains if chain.entry is not None], TODAY)

    assert case.number == json.loads(lines[0])["document_no"]
    assert [stage.stage for stage in case.stages] == ["filed", "judged", "enforced"]
    assert case.names == ()


def test_every_row_with_an_identity_number_is_refused_and_repeats_none(
    market: Defaults, rulebook: Rulebook
) -> None:
    validated = validate(WRITINGS / "identity_numbers.csv", market, rulebook, NOW)

    assert validated.good == []
    assert len(validated.bad) == 13
    for line in validated.bad:
        assert [r.code for r in line.reasons] == [RejectionReason.PERSON_DATA_IN_CLEAR]
        assert all(r.value == "(not shown)" for r in line.reasons)


def test_what_turns_the_direction_of_a_name_is_refused_by_name(
    market: Defaults, rulebook: Rulebook
) -> None:
    (line,) = validate(WRITINGS / "bidi.csv", market, rulebook, NOW).bad

    assert {r.code for r in line.reasons} == {RejectionReason.TEXT_HAS_CONTROL_CHARACTERS}
    assert {r.field for r in line.reasons} == {"行政相对人名称", "违法事实"}
    assert {r.field: r.value for r in line.reasons} == {
        "行政相对人名称": "U+202E at character 3, U+202C at character 12",
        "违法事实": "U+202E at character 2",
    }


def test_a_row_in_gb18030_of_2022_is_its_own_copy_in_utf8() -> None:
    one, other = (
        list(read_rows((WRITINGS / name).read_bytes(), name))
        for name in ("gb18030_2022.csv", "gb18030_as_utf8.csv")
    )
    assert [row.values for row in one] == [row.values for row in other]


def test_the_euro_sign_of_windows_is_a_character() -> None:
    (row,) = read_rows((WRITINGS / "gbk_euro.csv").read_bytes(), "gbk_euro.csv")

    assert row.values["违法事实"] == "罚款€欧元"


@pytest.mark.parametrize("length", [8_001, 131_073, 140_000, 300_000])
def test_a_cell_of_any_length_concerns_its_own_line(
    length: int, market: Defaults, rulebook: Rulebook
) -> None:
    text = (WRITINGS / "docno_kangxi.csv").read_text("utf-8-sig")
    header, first, second = csv.reader(io.StringIO(text, newline=""))
    second[header.index("违法事实")] = "长" * length
    second[header.index("行政处罚决定书文号")] = "样罚〔2026〕900号"
    written = io.StringIO(newline="")
    csv.writer(written).writerows([header, second, first])

    validated = validate(written.getvalue().encode(), market, rulebook, NOW, name="a.csv")

    assert [line.line for line in validated.good] == [3]
    (bad,) = validated.bad
    assert (bad.line, bad.reasons[0].field) == (2, "违法事实")
    assert {r.code for r in bad.reasons} <= {
        RejectionReason.TEXT_TOO_LONG,
        RejectionReason.TOO_LARGE,
    }
