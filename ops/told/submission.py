"""What became of a submission, told line by line in Chinese or English. Pure: it gives texts."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Final

from events.rules.rulebook import load_rulebook
from ops.dictionary.code_lists import code_list_of, names_like, names_of_codes, words_of
from ops.submission.files.items import items_by_code
from ops.submission.files.written import column_and_cell
from ops.terms.errors import words_told
from ops.terms.terms import Language, all_terms, field_names
from ops.told.event import ITEM, field_value_told
from projections.queries.outcomes import LineFate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from events.admission.rejection import Reason
    from ops.submission.line import BadLine, OtherwiseLine, RemarkedLine
    from ops.submission.receipts import LineOutcome
    from ops.submission.report import FileReport, Report
    from ops.terms.terms import Terms

TOLD_MAX: Final = 50
_GROUP: Final = "submission"
_ENGLISH: Final = re.compile(r"\b[a-z]+ [a-z]+ [a-z]+\b")
"""A sentence of admission, which is English; the code of a reason has its words in Chinese."""
_CHOICES: Final = re.compile("one of[^:]*: ")
_RULES: Final = "rule"
_SENTENCES: Final = "sentence"
_PLACE: Final = re.compile(r"\\{(\w+)\\}")
_QUIET: Final = frozenset({LineFate.RECORDED, LineFate.REPEAT})


def submission_told(report: Report, department: str, terms: Terms) -> Iterator[str]:
    """Tell a whole submission: each file, and what to do next."""
    for file in report.files:
        yield from _file(file, department, report, terms)
    for what, why in report.remarks:
        yield terms.say(what, _GROUP, why=why)
    if report.interrupted:
        unsent = sum(file.unsent for file in report.files)
        yield terms.say("interrupted", _GROUP, sent=report.sent, unsent=unsent)
    if report.failure:
        yield words_told(report.failure, terms)
    elif report.refused and report.all_or_nothing:
        yield terms.say("mend_all", _GROUP)
    elif report.refused:
        yield terms.say("mend", _GROUP)


def reason_told(reason: Reason, terms: Terms) -> str:
    """Tell why something is refused: field, value, what is wrong and what to do."""
    where = ""
    if reason.field:
        said = "value" if reason.value else "no_value"
        where = terms.say(said, _GROUP, field=field_named(reason.field, terms), value=reason.value)
    return where + fault_told(reason, terms)


def fault_told(reason: Reason, terms: Terms) -> str:
    """Tell what is wrong and what to do, where field and value stand beside it."""
    chinese = terms.language is Language.ZH
    rule = reason.rule
    if chinese and (choices := _CHOICES.match(rule)):
        rule = terms.say("choices", _GROUP, choices=_choices(reason.field, rule[choices.end() :]))
    elif chinese:
        rule = _in_words(rule, terms) or _sentence(rule, terms) or rule
    if near := _near(reason):
        rule += terms.say("near", _GROUP, names=terms.joined(near))
    return terms.say(
        "reason_alone" if chinese and _ENGLISH.search(rule) else "reason",
        _GROUP,
        reason=terms.word(words_of("RejectionReason"), reason.code.value),
        advice=terms.word(words_of("RejectionAdvice"), reason.code.value),
        rule=rule,
        code=reason.code.value,
    )


def _near(reason: Reason) -> list[str]:
    """Give what looks like a code that its list does not have."""
    codes = code_list_of(reason.field) if reason.code.value.endswith("_unknown") else None
    return [] if codes is None else names_like(codes, str(reason.value))


def _in_words(rule: str, terms: Terms) -> str:
    """Tell a rule, also where the name of an item stands before it; empty if it is not known."""
    for pattern, code in _patterns(_RULES):
        if (said := pattern.fullmatch(rule)) is not None:
            return terms.say(code, _RULES, **said.groupdict())
    name, _, of_item = rule.partition(": ")
    told = _in_words(of_item, terms) if of_item else ""
    return terms.say("colon").join([name, told]) if told else ""


def _sentence(rule: str, terms: Terms) -> str:
    """Tell a rule, with what it speaks of by name; empty if it is not known."""
    for pattern, code in _patterns(_SENTENCES):
        if (said := pattern.fullmatch(rule)) is not None:
            named = {name: _codes_named(what, terms) for name, what in said.groupdict().items()}
            return terms.say(code, _SENTENCES, **named)
    return ""


def _codes_named(what: str, terms: Terms) -> str:
    """Name what a rule speaks of by code: types of event, categories, departments, platforms."""
    return terms.joined([_code_named(each, terms) for each in what.split(", ")])


def _code_named(code: str, terms: Terms) -> str:
    rulebook, groups = load_rulebook(), all_terms()
    for words in (words_of("EventType"), groups["event_type"], groups["platforms"]):
        if code in words:
            return terms.word(words, code)
    row = rulebook.category_of(code) or rulebook.department(code)
    return code if row is None else terms.name(row, code)


@cache
def _patterns(group: str) -> list[tuple[re.Pattern[str], str]]:
    """Give what the English of each rule looks like, its places filled with anything."""
    return [
        (re.compile(_PLACE.sub(r"(?P<\1>.+)", re.escape(english))), code)
        for code, (_, english) in all_terms()[group].items()
    ]


def _choices(field: str, listed: str) -> str:
    """Tell choices by name and code, where the codes of that field, or heading, have names."""
    codes = code_list_of(field)
    names = {} if codes is None else names_of_codes(codes)
    choices = listed.split(", ")
    return "、".join(f"{names[each][0]} {each}" if each in names else each for each in choices)


def field_named(field: str, terms: Terms) -> str:
    """Give a field's name in the language; a heading of the file stays as it is written."""
    bare = field.removeprefix("envelope.")
    if terms.language is not Language.ZH:
        return field
    code = bare.removeprefix(ITEM)
    return items_by_code().get(code, code) if code != bare else field_names().get(bare, field)


def outcomes_told(outcomes: Sequence[LineOutcome], terms: Terms) -> Iterator[str]:
    """Tell what became of lines: how many of each, and those that are not simply recorded."""
    if not outcomes:
        return
    counts = Counter(each.outcome for each in outcomes)
    told = [
        terms.say("counted", _GROUP, outcome=terms.of("outcome", outcome), count=counts[outcome])
        for outcome in LineFate
        if counts[outcome]
    ]
    yield terms.say("became", _GROUP, counts=terms.joined(told))
    groups: dict[tuple[LineFate, tuple[str, ...]], list[int]] = {}
    for each in outcomes:
        if each.outcome not in _QUIET:
            groups.setdefault((each.outcome, each.why), []).append(each.line)
    for (outcome, why), lines in list(groups.items())[:TOLD_MAX]:
        reasons = [why_told(code, terms) for code in why]
        yield "  " + terms.say(
            "settled_why" if reasons else "settled",
            _GROUP,
            line=_lines(lines, terms),
            outcome=terms.of("outcome", outcome),
            why=terms.joined(reasons),
        )


def remarks_told(lines: Iterable[RemarkedLine | LineOutcome], terms: Terms) -> Iterator[str]:
    """Tell what was let pass, each remark once with all its lines."""
    found: dict[str, list[int]] = {}
    for each in lines:
        for code in each.remarks:
            found.setdefault(code, []).append(each.line)
    for code, numbers in found.items():
        remark = terms.word(words_of("Remark"), code)
        yield "  " + terms.say("remark", _GROUP, line=_lines(numbers, terms), remark=remark)


def why_told(code: str, terms: Terms) -> str:
    """Tell by its code what a line waits for, or fell to."""
    if code in all_terms()["why"]:
        return terms.of("why", code)
    return terms.word(words_of("RejectionReason"), code)


def _file(file: FileReport, department: str, report: Report, terms: Terms) -> Iterator[str]:
    unread = terms.say("unread", _GROUP)
    head = terms.say(
        "file",
        _GROUP,
        name=file.name,
        form=file.form or unread,
        encoding=file.encoding or "?",
        rows=f"{file.rows:,}",
    )
    counted = {
        "good" if report.dry_run else "sent": file.unsent if report.dry_run else file.sent,
        "refused": len(file.refused),
        "repeated": file.repeated,
        "standing": file.standing,
        "otherwise": len(file.otherwise),
        "unsent": 0 if report.dry_run else file.unsent,
    }
    told = [terms.say(what, _GROUP, count=f"{n:,}") for what, n in counted.items() if n]
    yield terms.say("colon").join([head, terms.joined(told)]) if told else head
    if file.not_taken:
        yield "  " + terms.say("not_taken", _GROUP, names=terms.joined(file.not_taken))
    if file.problem:
        yield f"  {words_told(file.problem, terms)}"
    yield from _refused(file, terms)
    yield from remarks_told(file.remarked, terms)
    for each in file.otherwise[:TOLD_MAX]:
        yield from _otherwise(each, department, terms)
    yield from _more(len(file.otherwise), terms)
    yield from ("  " + text for text in outcomes_told(file.became, terms))
    if file.receipt:
        yield "  " + terms.say("receipt", _GROUP, receipt=file.receipt)


def _refused(file: FileReport, terms: Terms) -> Iterator[str]:
    """Tell every reason once, with all lines that it holds for."""
    found = _grouped(file.refused)
    for reason, lines in list(found.items())[:TOLD_MAX]:
        whole = len(lines) == file.rows > 1
        where = terms.say("every_line", _GROUP, count=file.rows) if whole else _lines(lines, terms)
        yield f"  {where}{terms.say('colon')}{reason_told(reason, terms)}"
    yield from _more(len(found), terms)


def _grouped(refused: Iterable[BadLine]) -> dict[Reason, list[int]]:
    found: dict[Reason, list[int]] = {}
    for bad in refused:
        for reason in dict.fromkeys(bad.reasons):
            found.setdefault(reason, []).append(bad.line)
    return found


def _more(found: int, terms: Terms) -> Iterator[str]:
    if found > TOLD_MAX:
        yield "  " + terms.say("more", _GROUP, count=found - TOLD_MAX)


def _lines(lines: Sequence[int], terms: Terms) -> str:
    """Write lines as people do: line 17, or lines 3-9, 12 (8 lines)."""
    if len(lines) == 1:
        return terms.say("line", _GROUP, line=lines[0])
    ranges: list[list[int]] = []
    for line in lines:
        if ranges and line == ranges[-1][1] + 1:
            ranges[-1][1] = line
        else:
            ranges.append([line, line])
    told = [str(a) if a == b else f"{a}-{b}" for a, b in ranges[:TOLD_MAX]]
    if len(ranges) > TOLD_MAX:
        told.append("…")
    return terms.say("lines", _GROUP, lines=terms.joined(told), count=len(lines))


def _otherwise(each: OtherwiseLine, department: str, terms: Terms) -> Iterator[str]:
    kind, category = each.event_type, each.category
    differences = [
        terms.say(
            "difference",
            _GROUP,
            field=field_named(d.field, terms),
            stands=field_value_told(kind, category, d.field, d.stands, terms),
            said=field_value_told(kind, category, d.field, d.said, terms),
        )
        for d in each.differences
    ]
    told = terms.say(
        "stands", _GROUP, document_no=each.document_no, differences=terms.joined(differences)
    )
    yield f"  {_lines([each.line], terms)}{terms.say('colon')}{told}"
    sets = [
        f"--set {shlex.quote('='.join(column_and_cell(category, d.field, d.said)))}"
        for d in each.differences
    ]
    yield "    " + terms.say(
        "how_to_correct",
        _GROUP,
        subject=each.subject_id,
        document_no=shlex.quote(each.document_no),
        department=department,
        sets=" ".join(sets),
    )
    yield "    " + terms.say("several_items", _GROUP)
