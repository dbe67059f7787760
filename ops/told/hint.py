"""The composite hint told to people: one word, why, and by which models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group

from events.rules.rulebook import load_rulebook
from ops.terms.naming import Naming
from ops.terms.terms import Language, Terms
from ops.told.paragraph import Paragraph

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from projections.profile.hint import Hint, HintReason
    from projections.profile.shapes import Profile
    from projections.queries.subject.views import HintAnswer

STYLES = {
    "serious": "bold red",
    "caution": "bold yellow",
    "attention": "bold blue",
    "good": "bold green",
}


def told_hint(answer: HintAnswer, profile: Profile, language: Language) -> RenderableType:
    """Lay out the hint of a subject."""
    naming = Naming(Terms(language), load_rulebook(), profile)
    return Group(*_lines(answer, naming))


def _lines(answer: HintAnswer, naming: Naming) -> Iterator[RenderableType]:
    terms, found = naming.terms, answer.hint
    yield Paragraph(f"{answer.name or terms.say('no_name')}  {answer.subject_id}")
    level = terms.name(found, found.level)
    yield Paragraph(terms.say("hint", level=level), STYLES.get(found.level, "bold"))
    if found.points is not None:
        grade = _grade(found, naming)
        said = "score_is" if grade is None else "score_graded"
        yield Paragraph(terms.say(said, points=found.points, grade=grade))
    for reason in found.because:
        documents = (
            terms.say("colon") + naming.documents(reason.evidence) if reason.evidence else ""
        )
        yield Paragraph("- " + _why(reason, found, naming) + documents)
    models = [f"{found.model}@{found.model_from}"]
    if found.score_model is not None:
        models.append(f"{found.score_model}@{found.score_from}")
    yield Paragraph(terms.say("hint_models", models=", ".join(models)), "dim")


def _grade(found: Hint, naming: Naming) -> str | None:
    if found.grade is None or found.score_model is None or found.score_from is None:
        return None
    version = naming.score_version(found.score_model, found.score_from)
    grades = () if version is None else version.grades
    row = next((each for each in grades if each.code == found.grade), None)
    return naming.terms.name(row, found.grade)


def _why(reason: HintReason, found: Hint, naming: Naming) -> str:
    terms, value = naming.terms, reason.value
    if reason.kind == "list":
        return terms.say("hint_list", what=naming.list_name(reason.code))
    if reason.kind == "warning":
        level = terms.of("warning_level", value)
        return terms.say("hint_warning", what=naming.warning(reason.code), value=level)
    if reason.kind == "class":
        rule = next(each for each in naming.rulebook.supervision if each.id == reason.code)
        what = naming.department(rule.department)
        return terms.say("hint_class", what=what, value=value)
    return terms.say("hint_grade", value=_grade(found, naming))
