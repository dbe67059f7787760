"""A credit profile (信用档案) told to people in full, in Chinese or in English; it ranks nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.console import Group
from rich.table import Table
from rich.text import Text

from events.rules.rulebook import load_rulebook
from ops.terms.naming import Naming
from ops.terms.terms import Language, Terms, all_terms
from ops.told.contagion import contagion_known, contagion_told
from ops.told.evaluation import measures, score, supervision
from ops.told.paragraph import Paragraph, entries
from ops.told.places import place_told
from ops.told.record import record_blocks, records_by_type
from ops.told.standing import list_panel, notice_panel, warning_panel
from projections.as_of.contagion import Contagion
from projections.queries.subject.views import ArchiveAnswer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType

    from projections.access.shapes import SharedProfile
    from projections.as_of.state import State
    from projections.day.shapes import Membership
    from projections.profile.category_count import CategoryCount
    from projections.profile.shapes import Profile
    from projections.queries.subject.profile import ProfileAnswer
    from projections.store.contagion import StandingContagion

_AMOUNTS: Final = frozenset(
    {
        *("PenaltyImposed", "TaxArrearsAnnounced", "ObligationDefaulted"),
        *("CaseFiled", "JudgmentRendered", "EnforcementOpened"),
    }
)
"""Types whose records have amounts."""
_TOLD_BY_STANDING: Final = frozenset({"ListEntered", "MeasureInitiated"})


def told_answer(answer: ProfileAnswer, language: Language) -> RenderableType:
    """Lay out the current profile of a subject."""
    place = place_told(answer.place.partition, answer.last_offset)
    standing = Terms(language).say("standing_now", events=answer.events, place=place)
    told = told_profile(answer.subject_id, answer.profile, standing, language, answer.contagion)
    if not isinstance(answer, ArchiveAnswer):
        return told
    naming = Naming(Terms(language), load_rulebook(), answer.profile)
    return Group(*_of_view(answer, naming), told)


def _of_view(answer: ArchiveAnswer, naming: Naming) -> Iterator[RenderableType]:
    """Say to what a profile is narrowed, and what is owed by it."""
    terms, view, owing = naming.terms, answer.view, answer.owing
    named = [] if view.code is None else [naming.archive(view.code)]
    if view.code is None and view.domains:
        named.append(terms.joined([naming.domain(each) for each in view.domains]))
    if view.publication is not None:
        named.append(terms.of("publication", view.publication))
    yield Paragraph(terms.joined(named), "bold cyan")
    if view.reference is not None:
        yield Paragraph(terms.say("basis") + terms.say("colon") + view.reference, "dim")
    if answer.practises is not None:
        said = "practises" if answer.practises else "practises_not"
        yield Paragraph(terms.say(said, profession=naming.profession(view.profession or "")))
    if not answer.profile.records and not answer.profile.categories:
        yield Paragraph(terms.say("nothing_of_view"))
    if owing.open or owing.cleared:
        said = terms.say("owing", open=owing.open, amount=terms.yuan(owing.owed_fen))
        unknown = terms.say("owing_unknown", count=owing.unknown) if owing.unknown else ""
        yield Paragraph(terms.sentence([said, unknown, terms.say("cleared", count=owing.cleared)]))
    yield Text("")


def told_state(state: State, profile: Profile, language: Language) -> RenderableType:
    """Lay out the profile of a day, as known at a cut, which the moment asked for came to."""
    said = "standing_known" if state.known_at is None else "standing_known_at"
    place, moment = place_told(state.partition, state.cut), state.known_at
    standing = Terms(language).say(said, events=len(state.events), place=place, moment=moment)
    return told_profile(state.subject_id, profile, standing, language, state.contagion)


def told_unknown(state: State, language: Language) -> RenderableType:
    """Say that nothing was known, up to where; it proves nothing of what was not reported."""
    place = place_told(state.partition, state.cut)
    said = "unknown_then" if state.known_at is None else "unknown_at"
    return Paragraph(
        Terms(language).say(said, subject=state.subject_id, place=place, moment=state.known_at)
    )


def told_profile(
    subject_id: str,
    profile: Profile,
    standing: str,
    language: Language,
    contagion: Contagion | StandingContagion | None = None,
) -> RenderableType:
    """Lay out a profile, and what reaches the subject from others where that is given.

    `standing` says up to where the ledger is known.
    """
    naming = Naming(Terms(language), load_rulebook(), profile)
    parts = [*_who(subject_id, profile, standing, naming)]
    for title, part in _sections(profile, contagion, naming):
        parts += [Text(""), Paragraph(title, "bold cyan"), part]
    parts += [Text(""), *_ending(profile, naming)]
    return Group(*parts)


def _who(
    subject_id: str, profile: Profile, standing: str, naming: Naming
) -> Iterator[RenderableType]:
    terms = naming.terms
    yield Paragraph(profile.name or terms.say("no_name"), "bold")
    known = [
        None if profile.kind is None else terms.of("subject_kind", profile.kind),
        None if profile.status is None else terms.of("subject_status", profile.status),
        None if profile.industry is None else naming.industry(profile.industry),
    ]
    fields = ("kind", "status", "industry")
    said = [
        terms.of("field", field) + terms.say("colon") + terms.known(value)
        for field, value in zip(fields, known, strict=True)
    ]
    yield Paragraph("  ".join([subject_id, *said]))
    yield Paragraph(terms.say("assessed", on=profile.assessed_on, standing=standing), "dim")
    if profile.merged_into is not None:
        yield Paragraph(terms.say("merged_into", into=profile.merged_into), "yellow")
    if len(profile.names) > 1:
        written = [
            terms.say("times", what=name, count=count) for name, count in profile.names.items()
        ]
        yield Paragraph(terms.say("names") + terms.say("colon") + terms.joined(written))
    if profile.aliases:
        yield Paragraph(
            terms.say("aliases") + terms.say("colon") + terms.joined(list(profile.aliases))
        )


def _sections(
    profile: Profile, contagion: Contagion | StandingContagion | None, naming: Naming
) -> Iterator[tuple[str, RenderableType]]:
    terms = naming.terms
    if profile.categories:
        yield terms.say("counts"), counted(profile, naming)
    # A list entry or a measure is told once: with how it stands.
    others = [record for record in profile.records if record.type not in _TOLD_BY_STANDING]
    for title, records in records_by_type(others, naming, all_terms()["event_type"]):
        yield title, record_blocks(records, naming)
    yield from concluded(profile, profile.lists, contagion, naming)


def concluded(
    profile: Profile | SharedProfile,
    lists: Sequence[Membership],
    contagion: Contagion | StandingContagion | None,
    naming: Naming,
) -> Iterator[tuple[str, RenderableType]]:
    """Lay out what is concluded of a subject, each part with its title; none that is empty."""
    found = (
        ("lists", list_panel(lists, naming)),
        ("notices", notice_panel(profile.notices, naming)),
        ("warnings", warning_panel(profile.warnings, naming)),
        ("contagion", _contagion(contagion, naming)),
        ("supervision", supervision(profile.supervision, naming)),
        ("score", None if profile.score is None else score(profile.score, naming)),
        ("measures", measures(profile.measures, naming)),
        ("discrepancies", _discrepancies(profile, naming)),
    )
    for title, part in found:
        if part is not None:
            yield naming.terms.say(title), part


def _contagion(
    found: Contagion | StandingContagion | None, naming: Naming
) -> RenderableType | None:
    if found is None:
        return None
    if isinstance(found, Contagion):
        return contagion_known(found, naming)
    return contagion_told(found, naming)


def counted(profile: Profile, naming: Naming) -> RenderableType:
    """Lay out how many records there are, by category, and the sum of their amounts."""
    terms = naming.terms
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column(terms.say("category"))
    for column in ("count", "public", "shared", "amount"):
        table.add_column(terms.say(column), justify="right")
    for code, found in profile.categories.items():
        table.add_row(
            naming.category(code),
            str(found.count),
            str(found.public),
            str(found.shared),
            _amount(code, found, naming),
        )
    owed, unknown = profile.arrears_owed_fen, profile.arrears_unknown
    if not owed and not unknown:
        return table
    amount = terms.yuan(owed or None)
    sentence = "owed_tax_unknown" if owed and unknown else "owed_tax"
    return Group(
        table, Paragraph(terms.sentence([terms.say(sentence, amount=amount, count=unknown)]))
    )


def _amount(code: str, found: CategoryCount, naming: Naming) -> str:
    """Write the sum of a category, and how many amounts are unknown, where it has amounts."""
    terms, unknown = naming.terms, found.amounts_unknown
    row = naming.rulebook.category_of(code)
    if row is None or _AMOUNTS.isdisjoint(row.event_types):
        return ""
    amount = f"{found.amount_fen // 100:,}.{found.amount_fen % 100:02d}"
    if not unknown:
        return amount
    if unknown == found.count:
        return terms.say("all_unknown", count=unknown)
    return terms.say("plus_unknown", amount=amount, count=unknown)


def _discrepancies(profile: Profile | SharedProfile, naming: Naming) -> RenderableType | None:
    if not profile.discrepancies:
        return None
    terms = naming.terms
    rows: list[tuple[RenderableType, RenderableType]] = []
    for found in profile.discrepancies:
        named = terms.of("field", found.field)
        said = [
            terms.say(
                "saying",
                department=naming.department(saying.department),
                value=naming.fact(found.field, saying.value),
                day=saying.day,
            )
            for saying in found.sayings
        ]
        since = terms.say("discrepancy_since", field=named, day=found.since)
        rows.append((Text("!", "yellow"), Paragraph(since + terms.say("colon") + "  ".join(said))))
    return entries(rows)


def _ending(profile: Profile, naming: Naming) -> Iterator[RenderableType]:
    terms = naming.terms
    if any(r.shown.public_until or r.shown.shared_until for r in profile.records):
        yield Paragraph(terms.say("until_means"), "dim")
    if profile.repeats:
        yield Paragraph(terms.sentence([terms.say("repeats", count=profile.repeats)]), "dim")
    if profile.anomalies:
        what = [
            terms.say("times", what=terms.of("anomaly", kind), count=count)
            for kind, count in profile.anomalies.items()
        ]
        yield Paragraph(terms.sentence([terms.say("anomalies", what=terms.joined(what))]), "yellow")
    if profile.next_change_on is not None:
        said = terms.say("next_change", day=profile.next_change_on)
        yield Paragraph(terms.sentence([said]), "dim")
    used = terms.say("rules") + terms.say("colon")
    yield Paragraph(used + ", ".join(profile.rules), "dim")
