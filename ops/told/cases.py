"""Court cases told to people: each case by its number, its stages in the order of their days."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.text import Text

from ops.terms.terms import Language, Terms
from ops.told.paragraph import Paragraph, entries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from projections.access.shapes import DisclosedCases
    from projections.profile.cases import Case, CaseStage
    from projections.queries.subject.cases import CasesAnswer


def told_cases(answer: CasesAnswer | DisclosedCases, language: Language) -> RenderableType:
    """Lay out the court cases of a subject on a day."""
    terms = Terms(language)
    found = answer.cases
    title = terms.say("cases_of", subject=answer.subject_id, on=answer.on, count=len(found))
    parts: list[RenderableType] = [Paragraph(title, "bold")]
    for case in found:
        parts += [Text(""), *_case(case, terms)]
    return Group(*parts)


def _case(case: Case, terms: Terms) -> Iterator[RenderableType]:
    yield Paragraph(case.number or terms.say("no_number"), "bold cyan")
    yield entries((_left(stage, terms), Paragraph(_said(stage, terms))) for stage in case.stages)
    if case.names:
        said = terms.say("case_names", numbers=terms.joined(case.names))
        yield Paragraph(terms.sentence([said]), "yellow")


def _left(stage: CaseStage, terms: Terms) -> Text:
    return Text(f"{stage.day}  {terms.of('stage_of_case', stage.stage)}")


def _said(stage: CaseStage, terms: Terms) -> str:
    said = [stage.number]
    if stage.role is not None:
        said.append(terms.of("court_role", stage.role))
    said += [text for text in (stage.cause, stage.result) if text]
    said.append(terms.of("detail", "amount_fen").format(terms.yuan(stage.amount_fen)))
    if stage.stage == "enforced":
        said.append(terms.say("owed", amount=terms.yuan(stage.owed_fen)))
    if stage.ended_on is not None:
        said.append(terms.say("ended_on", day=stage.ended_on))
    if stage.day_basis != "occurred_on":
        said.append(terms.say("other_day", basis=terms.of("day_basis", stage.day_basis)))
    return terms.sentence(said)
