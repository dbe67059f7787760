"""The routes of consents, in the one table of routes (`projections.http.routes`)."""

from __future__ import annotations

from typing import Final

from events.rules.access import Gives
from projections.access.consents import Consent
from projections.http.asking.asked import Row
from projections.http.consents import answers
from projections.http.consents import parameters as own
from projections.http.errors import DeskAwayError

CONSENT_ROWS: Final = (
    Row(
        path="/v1/consents",
        answer=answers.give,
        gives=Gives.CONSENTING,
        errors=(DeskAwayError,),
        summary="Let an agency ask of oneself, for one purpose, until a day (单独同意).",
        takes=(own.PLATFORM, own.SUBJECT, own.TO, own.PURPOSE, own.UNTIL),
        methods=("POST",),
        answer_type=Consent,
    ),
    Row(
        path="/v1/consents",
        answer=answers.consents_known,
        gives=Gives.CONSENTS,
        summary="Consents that a subject gave, or that were given to an agency.",
        takes=(own.BY_SUBJECT, own.GIVEN_TO),
        answer_type=list[Consent],
    ),
    Row(
        path="/v1/consents/{consent}",
        answer=answers.withdraw,
        gives=Gives.CONSENTING,
        errors=(DeskAwayError,),
        summary="Take a consent back, from now on; said again it changes nothing.",
        takes=(own.CONSENT, own.BY_SUBJECT),
        methods=("DELETE",),
    ),
)
