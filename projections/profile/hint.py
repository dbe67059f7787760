"""The composite hint of a subject (综合信誉度提示信息): what all that is concluded comes to. Pure.

One word, why, and by which versions of which models. It decides nothing and ranks nobody.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

import msgspec

from events.errors import LedgerError
from events.rules.dated import version_on
from events.rules.versions import Level
from projections.day.shapes import ListStatus

if TYPE_CHECKING:
    from collections.abc import Iterator

    from events.rules.evaluation import HintLevel
    from events.rules.rulebook import Rulebook
    from projections.day.shapes import Membership
    from projections.profile.shapes import Profile

COMPOSITE: Final = "hint.composite"


class NoHintModelError(LedgerError):
    """No model of the composite hint is in force on the day."""


class HintReason(msgspec.Struct, frozen=True):
    """Why a level holds: a list, warning, class or grade, by its code, and what it rests on."""

    kind: str
    code: str
    value: str
    evidence: tuple[str, ...]


class Hint(msgspec.Struct, frozen=True):
    """The hint of a day: its level, why, and the models used, each with its version.

    `points` and `grade` are those of the score; a natural person has no grade.
    """

    level: str
    name_zh: str
    name_en: str
    model: str
    model_from: date
    points: int | None
    grade: str | None
    score_model: str | None
    score_from: date | None
    warning_level: Level | None
    because: list[HintReason]
    on: date


def hint(profile: Profile, rulebook: Rulebook) -> Hint:
    """Conclude the hint of a profile, by the model of the profile's day.

    Raises `NoHintModelError` where none was in force then.
    """
    (model,) = (each for each in rulebook.hints if each.id == COMPOSITE)
    version = version_on(model.in_force, profile.assessed_on)
    if version is None:
        raise NoHintModelError
    score = profile.score
    for level in version.levels:
        because = list(_reasons(profile, level))
        if because or level is version.levels[-1]:
            break
    return Hint(
        level.code,
        level.name_zh,
        level.name_en,
        model.id,
        version.start,
        None if score is None else score.points,
        None if score is None else score.grade,
        None if score is None else score.model,
        None if score is None else score.model_from,
        max((w.level for w in profile.warnings), key=lambda each: each.height, default=None),
        because,
        profile.assessed_on,
    )


def _reasons(profile: Profile, level: HintLevel) -> Iterator[HintReason]:
    for member in profile.lists:
        if member.status is ListStatus.IN_EFFECT and _holds(member, level):
            yield HintReason("list", member.list, member.stage.value, (member.entry_id,))
    for warning in profile.warnings:
        if warning.level in level.warnings:
            yield HintReason("warning", warning.rule, warning.level.value, warning.evidence)
    for each in profile.supervision:
        if each.class_code in level.classes:
            yield HintReason("class", each.rule, each.class_code, each.evidence)
    if profile.score is not None and profile.score.grade in level.grades:
        events = tuple(dict.fromkeys(e for item in profile.score.items for e in item.events))
        yield HintReason("grade", profile.score.model, profile.score.grade, events)


def _holds(member: Membership, level: HintLevel) -> bool:
    if member.honours:
        return level.honour
    return level.serious_list if member.serious else level.list
