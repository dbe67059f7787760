"""Where a subject stands, told to people: lists with stage and why, notices, early warnings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.console import Group
from rich.text import Text

from events.rules.versions import Level
from ops.told.paragraph import Paragraph, entries
from ops.told.record import beside
from projections.profile.shapes import ShownRecord

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType

    from ops.terms.naming import Naming
    from projections.conclusions.conclusions import ActiveWarning
    from projections.day.shapes import Membership, PendingNotice

LEVEL_STYLES: Final = {
    "blue": "blue",
    "yellow": "yellow",
    "orange": "dark_orange",
    "red": "red",
}
_LIST_STYLES: Final = {"in_effect": "red", "no_effect": "yellow", "ended": "dim"}


def list_panel(found: Sequence[Membership], naming: Naming) -> RenderableType | None:
    """Lay out list entries: since when, how far they have come, and why."""
    if not found:
        return None
    return entries((_since(member, naming), _membership(member, naming)) for member in found)


def _since(member: Membership, naming: Naming) -> Text:
    style = "green" if member.honours else _LIST_STYLES[member.status]
    status = naming.terms.of("list_status", member.status)
    return Text.assemble(f"{member.since}\n", (status, style))


def _membership(member: Membership, naming: Naming) -> RenderableType:
    terms = naming.terms
    said = [naming.department(member.department), member.document_no]
    said.append(terms.say("list_ground", ground=terms.of("ground", member.ground)))
    if member.serious:
        said.append(terms.say("list_serious"))
    if member.honours:
        said.append(terms.say("list_honours"))
    if member.responsible:
        said.append(terms.say("list_responsible", who=terms.joined(member.responsible)))
    stage = [terms.of("stage", member.stage)]
    if member.why and member.status == "no_effect":
        stage.append(terms.of("list_why", member.why))
    if member.until is not None:
        stage.append(terms.say("list_until", day=member.until))
    if member.repairable_from is not None and member.status == "in_effect":
        stage.append(terms.say("list_repairable", day=member.repairable_from))
    record = naming.record(member.entry_id)
    return Group(
        Paragraph(naming.list_name(member.list), "bold"),
        Paragraph(terms.sentence(said)),
        Paragraph(terms.sentence(stage)),
        *(beside(record, naming) if isinstance(record, ShownRecord) else ()),
    )


def notice_panel(found: Sequence[PendingNotice], naming: Naming) -> RenderableType | None:
    """Lay out the notices that a decision may still follow."""
    if not found:
        return None
    return entries((Text(str(notice.day)), _notice(notice, naming)) for notice in found)


def _notice(notice: PendingNotice, naming: Naming) -> RenderableType:
    terms = naming.terms
    said = [
        naming.department(notice.department),
        notice.document_no,
        terms.say("list_ground", ground=terms.of("ground", notice.ground)),
        terms.of("stage", notice.stage),
    ]
    if notice.heard_on is not None:
        said.append(terms.say("heard_on", day=notice.heard_on))
    elif notice.defence_until is not None:
        said.append(terms.say("defence_until", day=notice.defence_until))
    return Group(Paragraph(naming.list_name(notice.list), "bold"), Paragraph(terms.sentence(said)))


def warning_panel(found: Sequence[ActiveWarning], naming: Naming) -> RenderableType | None:
    """Lay out the warnings that hold: level, since when, on what evidence, and who took note."""
    if not found:
        return None
    return entries(
        (level_mark(warning.level, naming), Group(*_warning(warning, naming))) for warning in found
    )


def level_mark(level: Level, naming: Naming) -> Text:
    """Give a level in its colour, and in words, as not everybody sees colours."""
    return Text(f"● {naming.terms.of('warning_level', level)}", LEVEL_STYLES[level])


def _warning(warning: ActiveWarning, naming: Naming) -> Iterator[RenderableType]:
    terms = naming.terms
    kind = "" if warning.kind == "warning" else f"  ({terms.of('warning_kind', warning.kind)})"
    yield Paragraph(naming.warning(warning.rule) + kind, "bold")
    said = [terms.say("warning_since", day=warning.since)]
    if warning.list is not None:
        said.append(naming.list_name(warning.list))
    if warning.domain:
        said.append(terms.say("warning_domain", domain=naming.domain(warning.domain)))
    said.append(terms.say("warning_evidence", documents=naming.documents(warning.evidence)))
    yield Paragraph(terms.sentence(said))
    note: list[str] = []
    if warning.acknowledged_by:
        who = naming.departments(warning.acknowledged_by)
        note.append(terms.say("warning_acknowledged", who=who))
    else:
        note.append(terms.say("warning_unacknowledged"))
    if warning.escalated:
        note.append(terms.say("warning_escalated"))
    elif warning.review_by is not None:
        # There is no level above red for it to rise to.
        due = "warning_review" if warning.level is Level.RED else "warning_rises"
        note.append(terms.say(due, day=warning.review_by))
    if warning.expires_on is not None:
        note.append(terms.say("warning_expires", day=warning.expires_on))
    yield Paragraph(terms.sentence(note), "dim")
