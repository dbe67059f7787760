"""A region's index told to people, in Chinese or in English: by itself, beside no other region."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.console import Group
from rich.table import Table
from rich.text import Text

from events.rules.dated import version_on
from events.rules.rulebook import load_rulebook
from events.types.subject import SubjectKind
from ops.terms.naming import Naming
from ops.terms.terms import Language, Terms
from ops.told.paragraph import Paragraph

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.console import RenderableType

    from events.rules.evaluation import RegionVersion, ScoreGrade
    from projections.evaluation.region_figures import RegionEvaluation
    from projections.evaluation.region_index import ComponentIndex, RegionIndex


_COUNTS: Final = ("known", "listed", "graded")


class RegionTold:
    """One region's evaluation, laid out in one language."""

    def __init__(self, found: RegionEvaluation, language: Language) -> None:
        """Take the evaluation and the language."""
        self.found = found
        self.rulebook = load_rulebook()
        self.terms = Terms(language)
        self.naming = Naming(self.terms, self.rulebook, None)

    def laid_out(self, known: Iterable[str]) -> RenderableType:
        """Lay it out whole; `known` says up to where the ledger is known."""
        found, terms = self.found, self.terms
        named = terms.say("region_of", name=found.name or "", region=found.region, on=found.on)
        parts: list[RenderableType] = [Paragraph(" ".join(named.split()), "bold")]
        parts += [Paragraph(line, "dim") for line in known]
        if found.index is not None:
            parts += [*self._index(found.index), Text(""), self._components(found.index)]
        if found.tallies:
            title = terms.say("region_subjects")
            parts += [Text(""), Paragraph(title, "bold cyan"), self._tallies()]
        return Group(*parts, Paragraph(terms.say("region_rest"), "dim"))

    def _version(self, index: RegionIndex) -> RegionVersion | None:
        model = next((m for m in self.rulebook.regions if m.id == index.model), None)
        return None if model is None else version_on(model.in_force, index.model_from)

    def _index(self, index: RegionIndex) -> Iterator[RenderableType]:
        terms = self.terms
        if index.known and not index.enough:
            too_little = terms.say("region_too_little", known=index.known, of=index.of)
            yield Paragraph(too_little, "bold")
        elif index.index is None:
            yield Paragraph(terms.say("region_unknown"), "bold")
        else:
            version = self._version(index)
            symbols = () if version is None else version.symbols
            row = next((symbol for symbol in symbols if symbol.code == index.symbol), None)
            symbol = terms.name(row, index.symbol or "")
            yield Paragraph(terms.say("region_index", index=index.index, symbol=symbol), "bold")
        groups = [
            terms.say("region_group_index", group=terms.of("region_group", group), index=value)
            for group, value in index.groups.items()
        ]
        yield Paragraph(terms.say("semicolon").join(groups))
        model = f"{index.model}@{index.model_from}"
        yield Paragraph(terms.say("year_model", model=model), "dim")

    def _components(self, index: RegionIndex) -> RenderableType:
        terms, version = self.terms, self._version(index)
        rows = {} if version is None else {row.code: row for row in version.components}
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
        table.add_column(terms.say("region_component"))
        table.add_column(terms.say("index"), no_wrap=True, justify="right")
        table.add_column(terms.say("weight"), no_wrap=True, justify="right")
        table.add_column(terms.say("because"), ratio=1)
        for each in index.components:
            why = [terms.say("region_read_of", read=len(each.read), of=each.of)]
            why += [self._read(each, version, what, value) for what, value in each.read]
            table.add_row(
                Paragraph(terms.name(rows.get(each.component), each.component)),
                terms.known(each.index),
                str(each.weight),
                Paragraph(terms.say("semicolon").join(why)),
            )
        return table

    def _read(
        self, component: ComponentIndex, version: RegionVersion | None, what: str, index: int
    ) -> str:
        """Tell one thing read: what a body reported, or how many subjects of how many."""
        for reading in self.found.readings:
            if reading.indicator == what:
                return self.terms.say(
                    "region_reading",
                    what=self.naming.indicator(what),
                    amount=self.naming.reading(what, reading.value),
                    period=reading.period,
                    subject=reading.subject_id,
                    index=index,
                )
        rows = () if version is None else version.components
        shares = [s for row in rows if row.code == component.component for s in row.shares]
        share = next((s for s in shares if "+".join(s.parts) == what), None)
        if share is None:
            return f"{what} {index}"
        some = sum(self.found.tallies[part] for part in share.parts)
        whole = self.found.tallies[share.whole]
        return self.terms.say(
            "region_share",
            kind=self.terms.of("subject_kind", share.whole.partition(".")[0]),
            parts=self.terms.joined([self._counted(part) for part in share.parts]),
            whole=self._counted(share.whole),
            per_mille=some * 1000 // whole,
            some=some,
            all=whole,
            index=index,
        )

    def _tallies(self) -> RenderableType:
        """Lay out the counts, a line a kind of subject; grades from the best, as the model says."""
        terms, tallies = self.terms, self.found.tallies
        table = Table.grid(padding=(0, 2, 0, 0))
        for kind in SubjectKind:
            of_kind = [name for name in tallies if name.partition(".")[0] == kind]
            ordered = sorted(of_kind, key=lambda name: self._place(name.partition(".")[2]))
            counts = [
                terms.say("count_of", what=self._counted(name), count=tallies[name])
                for name in ordered
            ]
            if counts:
                table.add_row(terms.of("subject_kind", kind), Paragraph(terms.joined(counts)))
        return table

    def _place(self, what: str) -> int:
        names = [*_COUNTS, *(grade.code for grade in self._grades())]
        return names.index(what) if what in names else len(names)

    def _grades(self) -> Iterator[ScoreGrade]:
        return (g for m in self.rulebook.scores for v in m.in_force for g in v.grades)

    def _counted(self, name: str) -> str:
        """Name what a count such as `enterprise.listed` counts: those on a list."""
        what = name.partition(".")[2]
        grade = next((g for g in self._grades() if g.code == what), None)
        return self.terms.of("tally", what) if grade is None else self.terms.name(grade, what)
