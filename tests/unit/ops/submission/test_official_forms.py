"""Across the reader of files: the official forms as departments have them, down to the event."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from events.types.licence import LicenceGranted, LicenceKind
from events.types.penalty import PenaltyImposed, PenaltyKind
from ops.submission.defaults import defaults_for
from ops.submission.files.reading import load_file
from tests.unit.ops.submission.conftest import SAMPLES

if TYPE_CHECKING:
    from pathlib import Path

    from events.rules.rulebook import Rulebook
    from ops.submission.defaults import Defaults
    from tests.unit.ops.submission.conftest import Check

FORMS = sorted((SAMPLES / "forms").glob("*.csv"))


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_a_form_is_read_as_a_department_has_it(
    path: Path, rulebook: Rulebook, check: Check
) -> None:
    category = "licence.market" if "licence" in path.stem else "penalty.market"
    defaults = defaults_for(rulebook, department="market-zj", category=category)

    found = check.sample(f"forms/{path.name}", defaults)

    assert found.bad == []
    assert len(found.good) == 1


def test_the_form_of_licences_gives_a_licence(rulebook: Rulebook, check: Check) -> None:
    defaults = defaults_for(rulebook, department="market-zj", category="licence.market")

    (good,) = check.sample("forms/licence_2018.csv", defaults).good

    licence = good.event
    assert isinstance(licence, LicenceGranted)
    assert (licence.licence_no, licence.kind) == ("XK3301", LicenceKind.ORDINARY)
    assert str(licence.valid_until) == "2031-05-07"
    assert licence.envelope.legal_basis == "《中华人民共和国行政许可法》第三十八条"


def test_the_number_of_the_decision_stands_in_for_that_of_the_licence(
    rulebook: Rulebook, check: Check
) -> None:
    defaults = defaults_for(rulebook, department="market-zj", category="licence.market")
    text = (SAMPLES / "forms/licence_2018.csv").read_text("utf-8-sig").replace(",XK3301,", ",,")

    (good,) = check.text(text, defaults, "a.csv").good

    assert isinstance(good.event, LicenceGranted)
    assert good.event.licence_no == good.event.envelope.document_no


def test_the_form_of_2015_names_kinds_in_two_columns(market: Defaults, check: Check) -> None:
    text = (SAMPLES / "forms/2015_chinese.csv").read_text("utf-8-sig")
    text = text.replace("罚款,,", "罚款,警告,")

    (good,) = check.text(text, market, "a.csv").good

    assert isinstance(good.event, PenaltyImposed)
    assert good.event.kinds == [PenaltyKind.FINE, PenaltyKind.WARNING]
    assert (good.event.facts, good.event.content) == ("样例事由", "罚款壹万元")


def test_a_revoked_licence_is_no_new_one(rulebook: Rulebook, check: Check) -> None:
    defaults = defaults_for(rulebook, department="market-zj", category="licence.market")
    text = (SAMPLES / "forms/licence_2018.csv").read_text("utf-8-sig")

    (bad,) = check.text(text.replace(",11330000PDY00001X1,1,", ",,2,"), defaults, "a.csv").bad

    assert "`revoke`" in bad.reasons[0].rule


def test_a_column_like_no_other_is_said_and_read_over(market: Defaults, check: Check) -> None:
    text = (SAMPLES / "forms/code_dash.csv").read_text("utf-8-sig")
    head, row = text.strip().splitlines()
    wider = f"{head},本所内部流转,RESOURCE_ID\n{row},甲,7\n"

    assert check.text(wider, market, "a.csv").bad == []


def test_what_is_read_over_is_named(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("event_type,subject_id,document_no,本所内部流转,RESOURCE_ID\nx,y,z,甲,7\n")

    assert load_file(file).not_taken == ("本所内部流转", "RESOURCE_ID")


@pytest.mark.parametrize(("second", "bad"), [("样罚〔2026〕105号", 0), ("", 0), ("另号", 1)])
def test_two_columns_that_say_the_same_are_one(
    second: str, bad: int, market: Defaults, check: Check
) -> None:
    text = (SAMPLES / "forms/extra_wenshu.csv").read_text("utf-8-sig").rstrip()

    assert len(check.text(f"{text}{second}", market, "a.csv").bad) == bad
