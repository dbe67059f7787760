"""A page as it is opened: by whom, in which language, through the door that the API has.

A session counts for pages only. What a page is sent is taken from pages of this site alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlsplit

from events.envelope import Platform
from events.errors import LedgerError
from events.identifiers import is_person_token
from events.rules.access import Gives, Role
from ops.pages.asking import as_meant
from ops.pages.frame import Frame
from projections.access.asker import RefusalCode
from projections.access.decide import WITHOUT_A_ROW
from projections.http.asking import parameters as p
from projections.http.asking.asked import Asked
from projections.http.asking.forms import Around
from projections.http.door.refusal import NotGivenError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from starlette.requests import Request

    from ops.terms.terms import Language
    from projections.access.shapes import DisclosedRecord
    from projections.http.asking.asked import Row, Service
    from projections.http.asking.gate import SignedIn
    from projections.http.asking.parameter import Parameter
    from projections.profile.shapes import ShownRecord

FORM_BYTES_MAX: Final = 16_384
_FORM_FIELDS_MAX: Final = 20
_COOKIE: Final = "credit_session"
OWN: Final = "/me"
"""Where a subject is shown what is its own."""
MULTIPART: Final = "multipart/form-data"


class OtherSiteError(LedgerError):
    """Something was sent from no page of this site."""


class FormTooLongError(LedgerError):
    """What was sent is longer than any form of ours."""


class PageAsked(Asked):
    """What a page is asked: its path as the API reads it; its query is the page's own matter."""

    __slots__ = ("form", "language")

    def __init__(
        self,
        request: Request,
        row: Row,
        language: Language,
        form: Mapping[str, str],
        signed_in: SignedIn | None,
    ) -> None:
        """Read what the row takes. Raises `BadRequestError` where a text is none of its form.

        What is empty is not said; who is signed in asks of the own region, as the own department,
        where nothing else is said.
        """
        self.request, self.row = request, row
        self.signed_in = signed_in
        said = {name: text.strip() for name, text in request.query_params.items()}
        self.given: dict[str, str] = {name: text for name, text in said.items() if text}
        department = self.own(Role.DEPARTMENT)
        self._body: dict[str, str] = {**form}
        self._body.pop("department", None)
        if department is not None:
            self._body["department"] = department
        named = request.path_params.get("subject", "")
        if row.path.startswith(OWN):
            # Of oneself alone is asked here, whatever is sent.
            named = self.own(Role.SUBJECT) or ""
        platform = row.platform or Platform.ORGANISATION
        if is_person_token(named):
            platform = Platform.PERSON
        if row.path.startswith(OWN):
            self._body |= {"subject": named, "platform": platform.value}
            self.given |= {"subject": named} if named else {}
        self.service: Service = request.app.state.service
        self.subjects: list[str] = []
        self.receipt = None
        self.language, self.form = language, form
        around = Around(self.service.now(), self.service.calendar.rulebook, platform)
        self._values: dict[str, Any] = {"platform": platform}
        for parameter in row.takes:
            if parameter is not p.PLATFORM:
                self._values[parameter.name] = self._read(parameter, around)
        if {p.WARNED_REGION, p.USED_IN} & set(row.takes) and self._values["region"] is None:
            self._values["region"] = self.own(Role.REGION)

    def _read(self, parameter: Parameter[Any], around: Around) -> Any:
        """Read a parameter, a day or a month in any of the ways in which people write it."""
        for said in (self.given, self._body):
            if parameter.name in said:
                said[parameter.name] = as_meant(parameter.form, said[parameter.name])
        return super()._read(parameter, around)

    def said(self, name: str) -> Any:
        """Give what was read by its name; of whose own matter it is, the department's that asks."""
        found = super().said(name)
        if found is None and name == "department":
            return self.own(Role.DEPARTMENT)
        if found is None and name == "subject" and self.row.path.startswith(OWN):
            return self.own(Role.SUBJECT)
        return found

    def take(self, parameters: Iterable[Parameter[Any]], **meant: str) -> None:
        """Read parameters of the form by hand, to tell what is wrong on the page of the form.

        Raises `BadRequestError`. What is empty is absent; what is `meant` is read in place of what
        was written.
        """
        self._body = {name: text for name, text in {**self._body, **meant}.items() if text}
        around = Around(self.service.now(), self.service.calendar.rulebook, self.said("platform"))
        for parameter in parameters:
            self._values[parameter.name] = self._read(parameter, around)

    def refuse_act_of_nobody(self) -> None:
        """Refuse what a department says where none is signed in, or no longer.

        Raises `NotGivenError`. No form asks for a department, so none is missing in what was sent.
        """
        if self.row.gives is Gives.ACTS and self.own(Role.DEPARTMENT) is None:
            is_out = self.signed_in is None
            code = RefusalCode.UNAUTHENTICATED if is_out else RefusalCode.PURPOSE_NOT_OF_ROLE
            raise NotGivenError(code, WITHOUT_A_ROW)

    def own_subject(self) -> str:
        """Give the subject that is signed in. Raises `NotGivenError` where none is."""
        own = self.own(Role.SUBJECT)
        if own is None:
            is_out = self.signed_in is None
            code = RefusalCode.UNAUTHENTICATED if is_out else RefusalCode.NOT_OWN
            raise NotGivenError(code, self.permit.rule)
        return own

    def own(self, role: Role) -> str | None:
        """Give the region of a supervisor, else the organisation, of who is signed in as that."""
        for who in () if self.signed_in is None else self.signed_in.askers:
            if who.role is role:
                return who.region if role is Role.REGION else who.organisation
        return None

    @property
    def frame(self) -> Frame:
        """Give the frame of the page."""
        return self.framed()

    def framed(self, records: Sequence[DisclosedRecord | ShownRecord] = ()) -> Frame:
        """Give the frame of a page that names the documents of some records."""
        return Frame(self.request, self.language, records)


async def who_opens(request: Request, *, goes_on: bool = True) -> SignedIn | None:
    """Say who is signed in, None for who is not, or no longer; a look is no sign of going on."""
    secret = session_secret(request)
    if secret is None:
        return None
    service: Service = request.app.state.service
    found: SignedIn | None = await service.ask(service.gate.signed_in, secret, goes_on=goes_on)
    return found


def cookie_name(request: Request) -> str:
    """Name the cookie; over TLS it is bound to this host."""
    return f"__Host-{_COOKIE}" if request.url.scheme == "https" else _COOKIE


def session_secret(request: Request) -> str | None:
    """Give the secret of the session that a browser shows."""
    return request.cookies.get(cookie_name(request)) or None


def sends_file(request: Request) -> bool:
    """Say whether a form comes with a file; of any other the body was read as fields."""
    return request.headers.get("content-type", "").startswith(MULTIPART)


async def form_fields(request: Request) -> Mapping[str, str]:
    """Read the fields of a form; a file is the matter of the page that takes it.

    Raises `OtherSiteError`, `FormTooLongError`.
    """
    if request.method != "POST":
        return {}
    refuse_other_sites(request)
    if sends_file(request):
        return {}
    data = b""
    async for chunk in request.stream():
        data += chunk
        if len(data) > FORM_BYTES_MAX:
            raise FormTooLongError
    try:
        said = parse_qsl(data.decode("utf-8"), max_num_fields=_FORM_FIELDS_MAX)
    except (UnicodeDecodeError, ValueError):
        return {}
    return {name: value.strip() for name, value in said}


def refuse_other_sites(request: Request) -> None:
    """Take what a browser sends from here alone. Raises `OtherSiteError`.

    Browsers name the site that a form stands on, and no page can keep them from it.
    """
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None and site != "same-origin":
        raise OtherSiteError
    if origin is None:
        if site is None:
            raise OtherSiteError
        return
    if urlsplit(origin).netloc != request.headers.get("host"):
        raise OtherSiteError
