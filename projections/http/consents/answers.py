"""A subject consents to being asked about, and takes it back; who was let ask sees it."""

from __future__ import annotations

import uuid
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from events.identifiers import credit_code_problem
from events.rules.access import Purpose, Role, load_access_policy
from projections.access.consents import Consent, is_agency_code
from projections.http.asking.asked import json_answer
from projections.http.consents import parameters as own
from projections.http.errors import BadRequestError, NotThereError
from projections.http.words import Words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.responses import Response

    from projections.http.asking.asked import Asked

_MUST: Final = Words("must be given", "必填")
_TRADE: Final = Purpose.TRADE
_WHOM: Final = (
    Words("2 to 40 small letters, digits and hyphens", "2 至 40 位小写字母、数字或连字符"),
    Words("the unified social credit code of the partner", "须为交易对方的统一社会信用代码"),
)


async def give(asked: Asked) -> Response:
    """Keep a consent: told to the broker first, then in force."""
    purpose, until, organisation = asked[own.PURPOSE], asked[own.UNTIL], asked[own.TO]
    platform, subject = asked[own.PLATFORM], asked[own.SUBJECT]
    if platform is None or subject is None:
        raise BadRequestError("platform" if platform is None else "subject", "", _MUST)
    if purpose is None or purpose not in purposes_by_consent():
        codes = ", ".join(purposes_by_consent())
        rule = Words(f"one of: {codes}", f"须为：{codes}")
        raise BadRequestError("purpose", str(purpose or ""), rule)
    if organisation is None or not _may_be_let(organisation, purpose, subject):
        raise BadRequestError("organisation", (organisation or "")[:60], _WHOM[purpose is _TRADE])
    today = asked.service.today()
    if until is None or until <= today:
        rule = Words("the first day without it, a day to come", "须为将来日期（失效首日）")
        raise BadRequestError("until", str(until or ""), rule)
    consent = Consent(
        consent_id=str(uuid.uuid4()),
        platform=platform,
        subject_id=subject,
        organisation=organisation,
        purpose=purpose,
        since=today,
        until=until,
    )
    await asked.service.ask(asked.service.gate.consent, consent)
    return json_answer(consent, status=HTTPStatus.CREATED)


async def consents_known(asked: Asked) -> Response:
    """Answer the consents of a subject, or those given to an organisation, the newest first."""
    found: Sequence[Consent] = await asked.ask(
        asked.service.gate.consents, asked[own.BY_SUBJECT], asked[own.GIVEN_TO]
    )
    return json_answer(list(found))


async def withdraw(asked: Asked) -> Response:
    """End a consent at once. Said again it changes nothing."""
    consent_id, subject = asked[own.CONSENT], asked[own.BY_SUBJECT]
    gate = asked.service.gate
    known: Sequence[Consent] = await asked.ask(gate.consents, subject, None)
    found = next((each for each in known if each.consent_id == consent_id), None)
    if found is None:
        rule = Words("a consent that this subject gave", "须为本主体作出的授权")
        raise NotThereError("consent", consent_id[:60], rule)
    if not found.withdrawn:
        await asked.service.ask(gate.withdraw, consent_id)
    return json_answer({"consent_id": consent_id, "withdrawn": True})


def purposes_by_consent() -> list[Purpose]:
    """Give the purposes for which may be asked by consent: those of agencies, and of partners."""
    purposes = load_access_policy().purposes
    return [row.code for row in purposes if Role.AGENCY in row.roles or row.code is _TRADE]


def _may_be_let(organisation: str, purpose: Purpose, subject: str) -> bool:
    if purpose is _TRADE:
        return credit_code_problem(organisation) is None and organisation != subject
    return is_agency_code(organisation)
