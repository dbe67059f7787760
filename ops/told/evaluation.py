"""How a subject is evaluated, told to people: classes, score and its reasons, joint measures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.console import Group
from rich.table import Table
from rich.text import Text

from events.rules.dated import version_on
from ops.told.paragraph import Paragraph, entries
from ops.told.record import beside

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType

    from events.rules.evaluation import ScoreVersion
    from ops.terms.naming import Naming
    from projections.conclusions.conclusions import ConditionHeld, Score, ScoreReason, Supervised
    from projections.day.shapes import MeasureStatus

_AMOUNTS: Final = "_fen"
_MEASURE_STYLES: Final = {"lifted": "dim", "not_applicable": "dim", "no_effect": "yellow"}


def supervision(found: Sequence[Supervised], naming: Naming) -> RenderableType | None:
    """Lay out classes of supervision, how many of a class are inspected, and why."""
    if not found:
        return None
    terms = naming.terms
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column(terms.say("domain"))
    table.add_column(terms.say("class"), no_wrap=True)
    table.add_column(terms.say("sampling"), no_wrap=True, justify="right")
    table.add_column(terms.say("because"))
    domains = [each.domain for each in found]
    for each in found:
        domain = naming.domain(each.domain)
        if domains.count(each.domain) > 1:  # Two departments share it, such as food and drugs.
            domain = f"{domain} ({naming.department(each.department)})"
        table.add_row(
            Paragraph(domain),
            class_name(each, naming),
            terms.say("sampling_of", per_mille=each.sampling_per_mille),
            Paragraph(_why(each, naming)),
        )
    return table


def class_name(supervised: Supervised, naming: Naming) -> str:
    """Name a class; the rules name classes in Chinese, so in English it is its letter."""
    rule = next((r for r in naming.rulebook.supervision if r.id == supervised.rule), None)
    version = None if rule is None else version_on(rule.in_force, supervised.rule_from)
    code = supervised.class_code
    if version is None or naming.terms.language != "zh":
        return code
    return f"{code} {version.names_zh.get(code, '')}".rstrip()


def _why(supervised: Supervised, naming: Naming) -> str:
    terms = naming.terms
    if not supervised.why:
        return terms.say("otherwise")
    held = terms.joined([_condition(condition, naming) for condition in supervised.why])
    if not supervised.evidence:
        return held
    return held + terms.say("colon") + naming.documents(supervised.evidence)


def _condition(held: ConditionHeld, naming: Naming) -> str:
    terms = naming.terms
    signal = terms.of("signal", held.signal)
    amount = terms.yuan(held.amount) if held.signal.endswith(_AMOUNTS) else str(held.amount)
    if held.window_months is None:
        return terms.say("condition", signal=signal, amount=amount)
    months = held.window_months
    return terms.say("condition_window", signal=signal, amount=amount, months=months)


def score(found: Score, naming: Naming) -> RenderableType:
    """Lay out a score: its groups, and every indicator that the record moves, with the records."""
    terms = naming.terms
    version = naming.score_version(found.model, found.model_from)
    grades = () if version is None else version.grades
    row = next((grade for grade in grades if grade.code == found.grade), None)
    if found.grade is None:
        total = terms.say("score_is", points=found.points)
    else:
        grade = terms.name(row, found.grade)
        total = terms.say("score_graded", points=found.points, grade=grade)
    parts: list[RenderableType] = [Paragraph(total, "bold"), _groups(found, naming)]
    if found.items:
        parts += [Text(""), _items(found, version, naming)]
    parts += [
        Paragraph(
            terms.say("score_cap", signal=terms.of("signal", cap.signal), points=cap.at_most)
            + terms.say("colon")
            + naming.documents(cap.events),
            "yellow",
        )
        for cap in found.caps
    ]
    parts.append(Paragraph(terms.say("score_rest"), "dim"))
    return Group(*parts)


def _groups(found: Score, naming: Naming) -> RenderableType:
    terms = naming.terms
    table = Table(box=None, padding=(0, 3, 0, 0), header_style="dim")
    for each in found.groups:
        table.add_column(terms.of("score_group", each.group))
    table.add_row(*(f"{each.points} / {each.of}" for each in found.groups))
    return table


def _items(found: Score, version: ScoreVersion | None, naming: Naming) -> RenderableType:
    """Lay out every indicator of which something is known, with the records that moved it."""
    terms = naming.terms
    indicators = {} if version is None else {each.code: each for each in version.indicators}
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column(terms.say("indicator"))
    table.add_column(terms.say("points"), no_wrap=True, justify="right")
    table.add_column(terms.say("because"), ratio=1)
    for item in found.items:
        row = indicators.get(item.indicator)
        why = [_reason(reason, naming) for reason in item.why]
        if not item.known and row is not None:
            why.insert(0, terms.say("score_default", points=row.unknown))
        why.append(naming.documents(item.events))
        named = terms.name(row, item.indicator)
        table.add_row(
            Paragraph(named),
            f"{item.points} / {item.of}",
            Paragraph(terms.say("semicolon").join(why)),
        )
    return table


def _reason(reason: ScoreReason, naming: Naming) -> str:
    terms = naming.terms
    if reason.what in naming.rulebook.indicators:
        amount = naming.reading(reason.what, reason.amount)
        named = naming.indicator(reason.what)
        return terms.say("score_reading", what=named, amount=amount, points=reason.points)
    named, points = terms.of("signal", reason.what), f"{reason.points:+d}"
    return terms.say("score_moved", what=named, amount=reason.amount, points=points)


def measures(found: Sequence[MeasureStatus], naming: Naming) -> RenderableType | None:
    """Lay out measures: what, because of what, where they stand, and who answered what."""
    if not found:
        return None
    return entries((_since(each, naming), Group(*_measure(each, naming))) for each in found)


def _since(measure: MeasureStatus, naming: Naming) -> Text:
    status = naming.terms.of("measure_status", measure.status)
    return Text.assemble(f"{measure.since}\n", (status, _MEASURE_STYLES.get(measure.status, "")))


def _measure(measure: MeasureStatus, naming: Naming) -> Iterator[RenderableType]:
    terms = naming.terms
    kind = terms.say("measure_reward" if measure.reward else "measure_punishment")
    punisher = terms.of("punisher", measure.punisher)
    yield Paragraph(
        f"{naming.measure(measure.measure)}  ({punisher}{terms.say('and')}{kind})", "bold"
    )
    said = [
        naming.document(measure.event_id),
        terms.say("measure_by", department=naming.department(measure.department)),
        terms.say("measure_because", document=naming.document(measure.because)),
    ]
    if measure.why:
        said.append(terms.of("measure_why", measure.why))
    if measure.until is not None:
        said.append(terms.say("list_until", day=measure.until))
    yield Paragraph(terms.sentence(said))
    for answer in measure.answers:
        reply = [
            terms.say(
                "measure_answered",
                department=naming.department(answer.department),
                answer=terms.of("answer", answer.answer),
                day=answer.day,
            )
        ]
        if answer.reason:
            reply.append(terms.say("measure_reason", text=answer.reason))
        if answer.effect:
            reply.append(terms.say("measure_effect", text=answer.effect))
        yield Paragraph(terms.sentence(reply))
    record = naming.record(measure.event_id)
    if record is not None:
        yield from beside(record, naming)
    if measure.waiting_for:
        who = naming.departments(measure.waiting_for)
        yield Paragraph(terms.sentence([terms.say("measure_waiting", who=who)]), "dim")
