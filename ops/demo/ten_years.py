"""Ten years of one enterprise and of one person: what was said each year, and what followed."""

from __future__ import annotations

from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING, Final

from rich.console import Group
from rich.table import Table
from rich.text import Text

from events.envelope import Platform
from events.rules.rulebook import load_rulebook
from ops.clock import today
from ops.demo.scenes import Life, Scene, lives
from ops.demo.stage import DemoFailedError, Stage, console, must, title
from ops.terms.language import spoken, spoken_language
from ops.terms.naming import Naming
from ops.terms.terms import Language, Terms
from ops.told.cases import told_cases
from ops.told.paragraph import Paragraph
from ops.told.places import place_told
from ops.told.profile import told_answer
from ops.told.standing import LEVEL_STYLES
from projections.day.shapes import ListStatus
from projections.queries.subject.cases import answer_cases

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from projections.profile.shapes import Profile

PAST: Final = date(2019, 12, 31)
"""A day of the past that is asked about at two cuts: before and after a late report."""


def tell_ten_years(stage: Stage) -> None:
    """Submit the two lives year by year, and show what follows from them."""
    title(_told("ten_years"))
    for life in lives():
        told, late_cut = _year_by_year(stage, life)
        console.print(Text(f"\n   {life.name or _told('a_person')}  {life.subject_id}", "bold"))
        console.print(told)
        _check(stage, life)
        _show_profile(stage, life)
        if life.platform is Platform.ORGANISATION:
            _show_cases(stage, life)
            _show_two_cuts(stage, life, late_cut)


def _year_by_year(stage: Stage, life: Life) -> tuple[Table, dict[int, int]]:
    """Submit each year's scenes; give the table, and the cut before the first late report."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    table.add_column(_told("year"), no_wrap=True)
    table.add_column(_told("what_was_said"), ratio=3)
    table.add_column(_told("what_held"), ratio=2)
    late_cut: dict[int, int] = {}
    for year, found in groupby(life.scenes, key=lambda scene: scene.year):
        scenes = list(found)
        if any(_is_late(scene) for scene in scenes) and not late_cut:
            known = stage.state(life.subject_id, PAST, platform=life.platform).state
            late_cut = {known.partition: known.cut}
        stage.submit([scene.event for scene in scenes], life.platform)
        on = min(date(year, 12, 31), today())
        profile = stage.state(life.subject_id, on, platform=life.platform).state.profile
        if profile is None:
            raise DemoFailedError(
                f"nothing is known of {life.subject_id} in {year}: {stage.refused(life.platform)}"
            )
        table.add_row(str(year), Group(*map(_said, scenes)), Group(*_followed(profile)))
    return table, late_cut


def _is_late(scene: Scene) -> bool:
    day = scene.event.envelope.occurred_on
    return not scene.again and day is not None and day.year < scene.year


def _said(scene: Scene) -> RenderableType:
    day = scene.event.envelope.occurred_on
    known = _told("once_more") if scene.again or day is None else day.strftime("%m-%d")
    return Paragraph(f"{day if _is_late(scene) else known} {scene.told(spoken_language())}")


def _followed(profile: Profile) -> Iterator[RenderableType]:
    """Give what follows in a few lines: lists, warnings, classes, score, what the public sees."""
    naming = Naming(Terms(spoken_language()), load_rulebook(), profile)
    for member in profile.lists:
        if member.status is ListStatus.IN_EFFECT:
            style = "green" if member.honours else "red"
            yield Paragraph(_told("on_list", list=naming.list_name(member.list)), style)
    for notice in profile.notices:
        yield Paragraph(_told("noticed", list=naming.list_name(notice.list)), "yellow")
    for warning in profile.warnings:
        level = naming.terms.of("warning_level", warning.level)
        said = _told("warned", level=level, why=naming.warning(warning.rule))
        yield Paragraph(said, LEVEL_STYLES[warning.level])
    classes = dict.fromkeys(
        f"{naming.domain(s.domain)} {s.class_code}" for s in profile.supervision
    )
    if classes:
        yield Paragraph(_told("classes", classes=naming.terms.joined(list(classes))))
    public = sum(record.shown.public for record in profile.records)
    total = len(profile.records)
    said = _told("public", points=_points(profile), public=public, total=total)
    yield Paragraph(said, "dim")


def _points(profile: Profile) -> str:
    if profile.score is None:
        return _told("no_score")
    return _told("score", points=profile.score.points)


def _check(stage: Stage, life: Life) -> None:
    refused = stage.refused(life.platform)
    own = [scene.event.envelope.document_no for scene in life.scenes]
    must(not set(own) & set(refused) - {""}, f"nothing of {life.subject_id} refused: {refused}")
    profile = stage.profile(life.subject_id, today(), life.platform).profile
    must(profile.anomalies == {}, f"nothing without effect: {profile.anomalies}")
    must(profile.repeats == sum(scene.again for scene in life.scenes), "repeats counted once")


def _show_profile(stage: Stage, life: Life) -> None:
    answer = stage.profile(life.subject_id, today(), life.platform)
    spoken_to = spoken_language()
    for language in (Language.ZH,) if spoken_to is Language.ZH else Language:
        console.print(f"\n   [bold]credit-ledger profile … --language {language}[/]")
        console.print(told_answer(answer, language))


def _show_cases(stage: Stage, life: Life) -> None:
    answer = answer_cases(stage.connection, life.platform, life.subject_id, today(), stage.calendar)
    if answer is None:
        raise DemoFailedError(f"{life.subject_id} has cases")
    console.print("\n" + _told("stages"))
    console.print(told_cases(answer, spoken_language()))
    must([len(case.stages) for case in answer.cases] == [3], "three stages of one case")


def _show_two_cuts(stage: Stage, life: Life, late_cut: dict[int, int]) -> None:
    console.print("\n" + _told("two_cuts", day=PAST))
    for cut in (late_cut, None):
        state = stage.state(life.subject_id, PAST, cut=cut).state
        if state.profile is None:
            raise DemoFailedError(f"{life.subject_id} has a state on {PAST}")
        penalties = state.profile.of("PenaltyImposed")
        told = _told(
            "cut_known",
            place=place_told(state.partition, state.cut),
            events=len(state.events),
            penalties=", ".join(p.document_no for p in penalties),
            points=_points(state.profile),
        )
        console.print(told)


def _told(code: str, **values: object) -> str:
    return spoken(code, "demo", **values)
