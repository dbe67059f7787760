"""Parameters of requests: read, normalised, or refused by field, value and rule."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from events.envelope import CHINA, Platform
from events.identifiers import credit_code_problem, is_person_token, normalise_code
from events.rules.catalogue import Publication
from projections.http.errors import BadRequestError
from projections.profile.archive import Selection, selection

if TYPE_CHECKING:
    from starlette.requests import Request

    from events.rules.rulebook import Rulebook

LIMIT_MAX = 1_000


def platform_of(request: Request) -> Platform:
    """Read the platform of the path."""
    text = request.path_params["platform"]
    if text not in list(Platform):
        raise BadRequestError("platform", text, f"one of {', '.join(Platform)}")
    return Platform(text)


def subject_of(request: Request, platform: Platform) -> str:
    """Read the subject of the path; persons answer by their token only."""
    text: str = request.path_params["subject"].strip()
    if platform is Platform.PERSON:
        if not is_person_token(text):
            raise BadRequestError("subject", "(not shown)", "a person is named by the token only")
        return text
    code = normalise_code(text)
    if credit_code_problem(code) is not None:
        rule = "a unified social credit code has 18 characters and both check digits"
        raise BadRequestError("subject", code[:40], rule)
    return code


def day_of(request: Request, name: str, default: date) -> date:
    """Read a day in ISO 8601."""
    text = request.query_params.get(name)
    if text is None:
        return default
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadRequestError(name, text[:40], "a day such as 2026-11-23") from None


def year_of(request: Request) -> int:
    """Read the year of the path."""
    text: str = request.path_params["year"]
    if len(text) != 4 or not (text.isascii() and text.isdecimal()):  # noqa: PLR2004 - such as 2025
        raise BadRequestError("year", text[:40], "a year such as 2025")
    return int(text)


def region_of(request: Request) -> str:
    """Read the region of the path."""
    text: str = request.path_params["region"].strip()
    if len(text) != 6 or not (text.isascii() and text.isdecimal()):  # noqa: PLR2004 - by GB/T 2260
        raise BadRequestError("region", text[:40], "a division code of six digits")
    return text


def month_of(request: Request, name: str) -> date | None:
    """Read a month such as 2026-11, as its first day."""
    text = request.query_params.get(name)
    if text is None:
        return None
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise BadRequestError(name, text[:40], "a month such as 2026-11") from None


def moment_ms_of(request: Request, name: str) -> int | None:
    """Read a moment in ISO 8601, as milliseconds since 1970; without a zone it is China's."""
    text = request.query_params.get(name)
    if text is None:
        return None
    try:
        # A plus sign that was not escaped arrives as a blank.
        found = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        raise BadRequestError(name, text[:40], "a moment such as 2026-11-23T14:00+08:00") from None
    return int((found if found.tzinfo else found.replace(tzinfo=CHINA)).timestamp() * 1000)


def number_of(request: Request, name: str, default: int, highest: int) -> int:
    """Read a whole number."""
    text = request.query_params.get(name, str(default))
    if not text.lstrip("-").isascii() or not text.lstrip("-").isdigit() or int(text) > highest:
        raise BadRequestError(name, text[:40], f"a whole number up to {highest}")
    return int(text)


def choice_of(request: Request, name: str, allowed: tuple[str, ...]) -> str | None:
    """Read one of a few words."""
    text = request.query_params.get(name)
    if text is not None and text not in allowed:
        raise BadRequestError(name, text[:40], f"one of {', '.join(allowed)}")
    return text


def view_of(request: Request, rulebook: Rulebook, platform: Platform, on: date) -> Selection | None:
    """Read to what a profile is narrowed; None where it is asked for whole."""
    publication = choice_of(request, "publication", tuple(Publication))
    return selection(
        rulebook,
        platform,
        on,
        archive=request.query_params.get("archive"),
        domain=request.query_params.get("domain"),
        profession=request.query_params.get("profession"),
        publication=None if publication is None else Publication(publication),
    )
