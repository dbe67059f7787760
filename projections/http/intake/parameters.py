"""The parameters of reporting, once (see `projections.http.asking.parameters`)."""

from __future__ import annotations

from typing import Final

from events.event import EVENT_TYPES
from projections.http.asking.code_forms import (
    ChoiceForm,
    CodeForm,
    DepartmentForm,
    DivisionForm,
    IdentityNumberForm,
)
from projections.http.asking.forms import FlagForm, TextForm
from projections.http.asking.parameter import Parameter, in_body, in_path, optional

REPORTER: Final = optional(
    "department",
    DepartmentForm(lambda rulebook: rulebook.departments, "market-zj"),
    "Who reports: the department of the key.",
)
CATEGORY: Final = optional(
    "category",
    CodeForm(lambda rulebook: rulebook.categories, "penalty.market"),
    "Category of lines that name none.",
)
REPORTED_REGION: Final = optional(
    "region", DivisionForm(), "Division of lines that name none; default the department's."
)
EVENT_TYPE: Final = optional(
    "event_type", ChoiceForm(tuple(sorted(EVENT_TYPES))), "Event type of lines that name none."
)
ALL_OR_NOTHING: Final = Parameter(
    "all_or_nothing", FlagForm(), "true: nothing is sent unless every line is good.", absent=False
)
FILE_NAME: Final = optional("name", TextForm(), "Name under which the receipt keeps it.")
NUMBER: Final = in_body(
    "subject_number", IdentityNumberForm(), "The person's identity number; never in a URL."
)
TEMPLATE: Final = in_path("template", TextForm(), "Event type or category, then .csv or .xlsx.")
