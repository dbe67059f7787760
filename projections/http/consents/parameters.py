"""The parameters of consents, once (see `projections.http.asking.parameters`)."""

from __future__ import annotations

from typing import Final

from events.envelope import Platform
from events.rules.access import Purpose
from projections.http.asking.code_forms import ChoiceForm, SubjectForm
from projections.http.asking.forms import TextForm
from projections.http.asking.parameter import in_body, in_path, optional
from projections.http.asking.time_forms import DayForm

PLATFORM: Final = in_body("platform", ChoiceForm(tuple(Platform)), "organisation or person.")
SUBJECT: Final = in_body("subject", SubjectForm(), "Who consents: the subject of the key.")
TO: Final = in_body(
    "organisation", TextForm(), "Code of the agency, as agency-7, or of the firm that may ask."
)
PURPOSE: Final = in_body("purpose", ChoiceForm(tuple(Purpose)), "For what it may ask.")
UNTIL: Final = in_body("until", DayForm(), "First day without the consent.")
BY_SUBJECT: Final = optional("subject", TextForm(), "Whose consents: the subject of the key.")
GIVEN_TO: Final = optional("organisation", TextForm(), "To whom given: the agency of the key.")
CONSENT: Final = in_path("consent", TextForm(), "The id of the consent, as it was given.")
