"""Every parameter that a route of ours takes: its name, form, description and default, once.

A route lists those that it takes (`projections.http.routes`); what is read, refused and described
follows from here. Two parameters may share a name where routes mean different things by it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from events.envelope import Platform
from events.rules.access import Purpose
from events.rules.catalogue import PublicationClass
from events.rules.versions import Level, WarningKind
from projections.as_of.cut import parse_cut
from projections.day.shapes import ListStatus
from projections.http.asking.code_forms import (
    ChoiceForm,
    CodeForm,
    DepartmentForm,
    DivisionForm,
    LookedUpForm,
    SeveralForm,
    SubjectForm,
)
from projections.http.asking.forms import FlagForm, NumberForm, TextForm, WrittenForm
from projections.http.asking.parameter import Parameter, in_body, in_path, optional
from projections.http.asking.time_forms import DayForm, MomentForm, MonthForm, YearForm
from projections.http.words import Words
from projections.profile.findable import Reader
from projections.queries.directory import parse_industry, parse_place, parse_review
from projections.queries.finding import PAGE_SUBJECTS_MAX, parse_subject
from projections.queries.overview import PAGE_ROWS_MAX, parse_member
from projections.queries.warning_analysis import By
from projections.queries.warning_log import parse_page_start
from projections.record.handles import BATCH as BATCH_KIND
from projections.record.handles import NUMBER
from projections.record.handles import PRODUCT as PRODUCT_KIND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from events.rules.rulebook import Rulebook

AHEAD_DAYS: Final = 31
"""How far ahead a region may be asked about: who is due by then has to be assessed for it."""
_OFFSET_MAX: Final = 2**53 - 1


def _domains(rulebook: Rulebook) -> Iterator[str]:
    return (row.domain for rows in rulebook.categories.values() for row in rows)


def _professions(rulebook: Rulebook) -> Iterator[str]:
    return (row.profession for row in rulebook.archives.values() if row.profession)


_DOMAIN: Final = CodeForm(lambda rulebook: set(_domains(rulebook)), "tax")
_DEPARTMENT: Final = DepartmentForm(lambda rulebook: rulebook.departments, "market-zj")

# In the path --------------------------------------------------------------------------------------

PLATFORM: Final = in_path("platform", ChoiceForm(tuple(Platform)), "organisation or person.")
SUBJECT: Final = in_path(
    "subject",
    SubjectForm(),
    "Unified social credit code, or a person's token; mended where it can be.",
)
LIST: Final = in_path(
    "list", CodeForm(lambda rulebook: rulebook.lists, "market_serious"), "Code of the list."
)
YEAR: Final = in_path("year", YearForm(), "A year that was frozen, such as 2025.")
REGION: Final = in_path("region", DivisionForm(must_exist=False), "Division code (GB/T 2260).")
FILE: Final = in_path("file", TextForm(), "Name of a published file; /v1/standards lists them.")

TILE: Final = in_path("tile", TextForm(), "Level and number of a tile, as C2SP tlog-tiles has it.")
EVENT: Final = in_path("event_id", TextForm(), "The id of the event, as `history` names it.")

OF_DEPARTMENT: Final = in_path("department", _DEPARTMENT, "Code of the department.")
WARNING: Final = in_path("warning", TextForm(), "The id of the warning, as it was told.")
RECEIPT: Final = in_path("receipt", TextForm(), "The receipt, as `submit` gave it.")

# Of one subject -----------------------------------------------------------------------------------

ON: Final = optional(
    "on",
    DayForm(),
    "Day to assess on; default today. One before the newest assessment is refused: ask `state`.",
)
CASES_ON: Final = optional("on", DayForm(), "Day whose stages are shown; default today.")
ARCHIVE: Final = optional(
    "archive",
    CodeForm(lambda rulebook: rulebook.archives, "food_drug"),
    "Code of an archive; see /v1/archives.",
)
PROFESSION: Final = optional(
    "profession",
    CodeForm(_professions, "lawyer"),
    "Code of a profession: its professional archive.",
)
DOMAIN: Final = optional("domain", _DOMAIN, "Only this field of supervision.")
PUBLICATION: Final = optional(
    "publication", ChoiceForm(tuple(PublicationClass)), "Only this publication class."
)
EVENT_OF: Final = optional(
    "subject", SubjectForm(), "Whose event it is; then it is found in an instant."
)
REPORT_PURPOSE: Final = Parameter(
    "purpose", ChoiceForm(tuple(Purpose)), "For what the report is made.", Purpose.OWN
)
VALID_ON: Final = optional("valid_on", DayForm(), "The day in the world; default today.")
KNOWN_AT: Final = optional(
    "known_at", MomentForm(), "As known at this moment, to the millisecond; not together with cut."
)
CUT: Final = optional(
    "cut",
    WrittenForm(
        parse_cut,
        Words(
            "P:O[,P:O...]: partitions, each once, and their first offset not known",
            "P:O[,P:O...]：分区（各一次）及其首个未知偏移量",
        ),
        "0:120,1:98",
    ),
    "As known before these offsets; what reaches a subject from others needs all partitions.",
)


class RulesOf(StrEnum):
    """Whose rules a state is concluded by."""

    DAY = "of_the_day"
    TODAY = "today"


RULES: Final = Parameter(
    "rules", ChoiceForm(tuple(RulesOf)), "Rules of the day asked about, or today's.", RulesOf.DAY
)

# Pages --------------------------------------------------------------------------------------------

LIMIT: Final = Parameter("limit", NumberForm(1, PAGE_ROWS_MAX), "How many at most.", 100)
AFTER_OFFSET: Final = Parameter(
    "after",
    NumberForm(-1, _OFFSET_MAX),
    "Only what stands after this offset: a page's next_after.",
    -1,
)
AFTER_MEMBER: Final = optional(
    "after",
    WrittenForm(
        parse_member,
        Words("the next_after of a page before", "上一页的 next_after"),
        "91330100PDY000028X/01920000-0000-7000-8000-000000000000",
    ),
    "The next_after of the page before.",
)
AFTER_WARNING: Final = optional(
    "after",
    WrittenForm(
        parse_page_start,
        Words("the next_after of a page before", "上一页的 next_after"),
        "v1,3:12.0",
    ),
    "The next_after of the page before.",
)
AFTER_CURSOR: Final = optional(
    "after",
    TextForm(),
    "`start`, or the id of the last event received; Last-Event-ID goes before. Default: from now.",
)

# Lists and warnings -------------------------------------------------------------------------------

STATUS: Final = optional(
    "status", ChoiceForm((*map(str, ListStatus), "void")), "Only entries of this status."
)
WITHIN: Final = optional(
    "region", DivisionForm(), "Only this division and all below it, by its code (GB/T 2260)."
)
WARNED_REGION: Final = optional(
    "region",
    DivisionForm(),
    "Only warnings of this division: of a province with its cities, of a county those of its city.",
)
LEVEL: Final = optional("level", ChoiceForm(tuple(Level)), "Only warnings at exactly this level.")
LEVEL_AT_LEAST: Final = optional(
    "level",
    ChoiceForm(tuple(Level)),
    "Only this level and those above it, and when they are lifted.",
)
DOMAINS: Final = optional(
    "domain", SeveralForm(_DOMAIN), "Fields of supervision, with commas between."
)
KIND: Final = optional("kind", ChoiceForm(tuple(WarningKind)), "Only notices of this kind.")
OF_SUBJECT: Final = optional("subject", SubjectForm(), "Only warnings of this subject.")
ACTIVE: Final = Parameter("active", FlagForm(), "true: only warnings that hold.", absent=False)
FOR_DEPARTMENT: Final = optional(
    "department", _DEPARTMENT, "Only what is for this department by name, or of its function."
)

# Look-up ------------------------------------------------------------------------------------------

TEXT: Final = optional(
    "q",
    LookedUpForm(NUMBER, "浙市监罚〔2025〕1号"),
    "A name, code or number of today or of before, in any writing.",
)
READER: Final = Parameter(
    "reader",
    ChoiceForm(tuple(Reader)),
    "Who looks: nobody finds by what they may not see.",
    Reader.PUBLIC,
)
SUBJECTS: Final = Parameter(
    "limit", NumberForm(1, PAGE_SUBJECTS_MAX), "How many subjects at most.", 20
)
AFTER_SUBJECT: Final = optional(
    "after",
    WrittenForm(
        parse_subject,
        Words("the next_after of a page before", "上一页的 next_after"),
        "91330100PDY000028X",
    ),
    "The next_after of the page before.",
)
_PLACE_SAMPLE: Final = "330106/91330100PDY000028X"
AFTER_PLACE: Final = optional(
    "after",
    WrittenForm(
        parse_place,
        Words("the next_after of a page before", "上一页的 next_after"),
        _PLACE_SAMPLE,
    ),
    "The next_after of the page before.",
)
AFTER_REVIEW: Final = optional(
    "after",
    WrittenForm(
        parse_review,
        Words("the next_after of a page before", "上一页的 next_after"),
        "2026-06-15/91330100PDY000028X",
    ),
    "The next_after of the page before.",
)
SEATED_IN: Final = optional(
    "region", DivisionForm(), "Firms with their seat in this division or below it (GB/T 2260)."
)
INDUSTRY: Final = optional(
    "industry",
    WrittenForm(
        parse_industry,
        Words(
            "a code of GB/T 4754: C, 14, C14, 1411",
            "国民经济行业代码（GB/T 4754），如 C、14、C14、1411",
        ),
        "C14",
    ),
    "Firms of this industry: the beginning of its code (GB/T 4754).",
)
PRODUCT: Final = optional(
    "product",
    LookedUpForm(PRODUCT_KIND, "电热水壶"),
    "Name of a product as inspections or recalls have it.",
)
BATCH: Final = optional(
    "batch", LookedUpForm(BATCH_KIND, "B-7"), "Number of a batch, in any writing."
)
REVIEWED_BY: Final = optional("by", DayForm(), "Last day of review; default today.")

# Departments --------------------------------------------------------------------------------------

WAITS_ON: Final = optional("on", DayForm(), "Count working days from this day; default today.")
LINE: Final = optional("line", NumberForm(1, _OFFSET_MAX), "Only what became of this line.")
TAKEN_BY: Final = in_body("department", _DEPARTMENT, "Code of the department that takes note.")
NOTE: Final = in_body("note", TextForm(), "What it will do.")

# Analysis and quality -----------------------------------------------------------------------------

MONTH: Final = optional("month", MonthForm(), "Month of recording, such as 2026-11.")
DEPARTMENT: Final = optional("department", _DEPARTMENT, "Only this department.")
USED_IN: Final = optional("region", DivisionForm(), "Only authorities of this division and in it.")
MISSING_SINCE: Final = optional(
    "since", DayForm(ahead=0), "First day to look at; default the month of the first record."
)
SINCE: Final = optional(
    "since", DayForm(ahead=0), "First day to look at; default twelve months before the last."
)
UNTIL: Final = optional("until", DayForm(ahead=0), "Last day to look at; default today.")
BY: Final = Parameter("by", ChoiceForm(tuple(By)), "What is counted by.", By.DOMAIN)
EVERY: Final = Parameter("every", NumberForm(1, 12), "How many months apart.", 1)
REGION_ON: Final = optional(
    "on", DayForm(ahead=AHEAD_DAYS), f"Day, from the newest assessment to {AHEAD_DAYS} days ahead."
)
