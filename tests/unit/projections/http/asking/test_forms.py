"""Across the forms of parameters: what is taken, what is refused, and what the refusal says."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.envelope import CHINA, Platform
from events.rules.rulebook import load_rulebook
from events.rules.versions import Level
from projections.http.asking import parameters
from projections.http.asking.code_forms import ChoiceForm, DivisionForm, SubjectForm
from projections.http.asking.forms import (
    TEXT_MAX,
    Around,
    FlagForm,
    Form,
    NumberForm,
    UnfitError,
    read_text,
)
from projections.http.asking.parameter import Parameter
from projections.http.asking.time_forms import DayForm, MomentForm, MonthForm, YearForm
from tests.support import builders as a

NOW = datetime(2026, 11, 23, 14, 0, 5, 123_000, CHINA)
AROUND = Around(NOW, load_rulebook(), Platform.ORGANISATION)
ALL = [each for each in vars(parameters).values() if isinstance(each, Parameter)]


def refused(form: Form[Any], text: str, around: Around = AROUND) -> UnfitError:
    with pytest.raises(UnfitError) as error:
        read_text(form, text, around)
    return error.value


@pytest.mark.parametrize(
    ("form", "text", "read"),
    [
        (NumberForm(1, 1000), "1000", 1000),
        (NumberForm(-1, 9), "-1", -1),
        (FlagForm(), "TRUE", True),
        (FlagForm(), "0", False),
        (ChoiceForm(tuple(Level)), " Red", Level.RED),
        (DayForm(), "2199-12-31", date(2199, 12, 31)),
        (DayForm(ahead=31), "2026-12-24", date(2026, 12, 24)),
        (MonthForm(), "2026-11", date(2026, 11, 1)),
        (YearForm(), "2025", 2025),
        (MomentForm(), "2026-11-23T14:00:05.123+08:00", NOW),
        (MomentForm(), "2026-11-23T14:00:05.123", NOW),
        (MomentForm(), "2026-11-23T06:00:05.123Z", NOW),
        (MomentForm(), "2026-11-23T14:00:05.123 08:00", NOW),
        (DivisionForm(), " 330106 ", "330106"),
        (DivisionForm(), "330199", "330199"),
        (SubjectForm(), "91330100pdy000028x", "91330100PDY000028X"),
    ],
)
def test_what_is_well_written_is_read(form: Form[Any], text: str, read: object) -> None:
    assert read_text(form, text, AROUND) == read


@pytest.mark.parametrize(
    ("form", "text"),
    [
        *((NumberForm(1, 1000), text) for text in ("0", "1001", "1.0", "+1", "１", "9" * 17, " 1")),
        (FlagForm(), "yes"),
        *((DayForm(), text) for text in ("1949-09-30", "2200-01-01", "20261123", "2026-W01-1")),
        (DayForm(ahead=31), "2026-12-25"),
        (DayForm(ahead=0), "2026-11-24"),
        (MonthForm(), "2026-12"),
        (YearForm(), "2027"),
        (DivisionForm(), "999999"),
        (SubjectForm(), "91330100PDY000028A"),
    ],
)
def test_what_is_not_is_refused_by_a_rule_in_both_languages(form: Form[Any], text: str) -> None:
    error = refused(form, text)
    assert error.rule.en
    assert error.rule.zh


def test_a_moment_to_come_is_refused_and_the_present_one_told() -> None:
    later = (NOW + timedelta(milliseconds=1)).isoformat(timespec="milliseconds")
    error = refused(MomentForm(), later)
    assert "passed" in error.rule.en
    assert error.do is not None
    assert "2026-11-23T14:00:05.123+08:00" in error.do.en


def test_nobody_is_told_the_number_of_a_person_again() -> None:
    assert not refused(SubjectForm(), "330106190001010017").shown
    assert not refused(SubjectForm(), "x", AROUND._replace(platform=Platform.PERSON)).shown
    assert refused(SubjectForm(), "91330100PDY000028A").shown
    assert read_text(SubjectForm(), a.PERSON, AROUND._replace(platform=Platform.PERSON)) == a.PERSON


@pytest.mark.parametrize("parameter", ALL, ids=lambda each: f"{each.name}-{each.text[:20]}")
def test_every_parameter_takes_what_it_gives_as_an_example(parameter: Parameter[Any]) -> None:
    schema = parameter.form.schema()
    samples = [str(each) for key in ("examples", "enum") for each in schema.get(key, ())]
    for sample in samples:
        read_text(parameter.form, sample, AROUND)
    assert parameter.text


@given(st.sampled_from(ALL), st.text())
def test_any_text_is_read_or_refused(parameter: Parameter[Any], text: str) -> None:
    with suppress(UnfitError):
        read_text(parameter.form, text, AROUND)


def test_what_is_longer_than_any_may_be_is_not_looked_at() -> None:
    for parameter in ALL:
        assert "characters" in refused(parameter.form, "9" * (TEXT_MAX + 1)).rule.en
