"""What reaches a subject from others, told to people: as of a day and a cut, or as it was told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.text import Text

from ops.told.paragraph import Paragraph, entries
from ops.told.places import cut_told
from ops.told.standing import level_mark

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType

    from ops.terms.naming import Naming
    from projections.as_of.contagion import Contagion, RedRelative
    from projections.contagion.contagion import RelatedWarning
    from projections.store.contagion import StandingContagion, StandingWarning


def contagion_known(found: Contagion, naming: Naming) -> RenderableType | None:
    """Lay out what reaches a subject on a day, as known at a cut; None where nobody is tied."""
    if not found.ties:
        return None
    terms = naming.terms
    others = terms.joined(list(dict.fromkeys(tie.other for tie in found.ties)))
    if found.asked != "concluded":
        partitions = ", ".join(str(partition) for partition in found.silent)
        why = terms.of("contagion_asked", found.asked).format(partitions=partitions)
        said = [terms.say("contagion_tied", others=others), why]
        return Paragraph(terms.sentence(said), "yellow")
    parts = list(_concluded(found, others, naming))
    if found.parked:
        parked = terms.say("contagion_parked", subjects=terms.joined(found.parked))
        parts.append(Paragraph(terms.sentence([parked]), "yellow"))
    parts.append(
        Paragraph(terms.sentence([terms.say("contagion_cut", cut=cut_told(found.cut))]), "dim")
    )
    return Group(*parts)


def _concluded(found: Contagion, others: str, naming: Naming) -> Iterator[RenderableType]:
    terms = naming.terms
    counted = [
        terms.say("contagion_tied", others=others),
        terms.say("contagion_relatives", count=found.relatives, red=found.red_relatives),
    ]
    if found.warning is None:
        yield Paragraph(terms.sentence(counted))
        return
    head = _headed(found.warning, naming, [])
    yield entries([(level_mark(found.warning.level, naming), Group(*head))])
    yield entries((Text(each.subject_id), _relative(each, naming)) for each in found.red)
    if len({each.subject_id for each in found.red}) < found.red_relatives:
        counted.append(terms.say("contagion_first"))
    yield Paragraph(terms.sentence(counted), "dim")


def _relative(red: RedRelative, naming: Naming) -> RenderableType:
    terms = naming.terms
    said = [
        terms.say("warning_since", day=red.since),
        terms.say("contagion_through", others=terms.joined(red.through)),
        terms.say("warning_evidence", documents=naming.documents(red.evidence)),
    ]
    return Group(Paragraph(naming.warning(red.rule)), Paragraph(terms.sentence(said)))


def contagion_told(found: StandingContagion, naming: Naming) -> RenderableType | None:
    """Lay out a warning that stands as it was told, and up to which midnight; None without one."""
    if found.warning is None:
        return None
    terms = naming.terms
    since = [terms.say("warning_since", day=found.warning.since)]
    head = _headed(found.warning, naming, since)
    until = terms.sentence([terms.say("contagion_midnight", day=found.concluded_on)])
    mark = level_mark(found.warning.level, naming)
    return entries([(mark, Group(*head, Paragraph(until, "dim")))])


def _headed(
    warning: RelatedWarning | StandingWarning, naming: Naming, said: Sequence[str]
) -> Iterator[RenderableType]:
    terms = naming.terms
    yield Paragraph(naming.warning(warning.rule), "bold")
    found = list(said)
    if warning.domain:
        found.append(terms.say("warning_domain", domain=naming.domain(warning.domain)))
    found.append(terms.say("warning_evidence", documents=naming.documents(warning.evidence)))
    yield Paragraph(terms.sentence(found))
