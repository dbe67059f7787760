"""What all pages share: language, words, headers, the frame around what a page says."""

from __future__ import annotations

import re
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote_plus, urlencode, urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import Response

from events.envelope import CHINA, Platform
from events.persons import has_identity_number
from events.rules.access import Role
from events.rules.divisions import load_divisions
from events.rules.edition import edition
from events.rules.rulebook import load_rulebook
from ops.pages.late import IN_TIME, Timeliness
from ops.terms.naming import Naming
from ops.terms.terms import Language, Terms
from ops.told.record import content_told

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from starlette.requests import Request

    from projections.access.shapes import DisclosedRecord
    from projections.http.asking.gate import SignedIn
    from projections.http.words import Words
    from projections.profile.shapes import ShownRecord

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-cache",
    "Vary": "Accept-Language, Cookie",
}
NAV: Final[Sequence[tuple[str, frozenset[Role]]]] = (
    ("desk", frozenset({Role.DEPARTMENT})),
    ("board", frozenset({Role.REGION, Role.DEPARTMENT, Role.AUDITOR})),
    ("audit", frozenset({Role.AUDITOR})),
    ("plan", frozenset({Role.AUDITOR, Role.OPERATOR})),
    ("quality", frozenset({Role.DEPARTMENT, Role.AUDITOR, Role.OPERATOR})),
    ("use", frozenset({Role.REGION, Role.DEPARTMENT, Role.AUDITOR, Role.OPERATOR})),
    ("ops", frozenset({Role.OPERATOR})),
    ("me", frozenset({Role.SUBJECT})),
)
"""The pages beside the published records, each with the roles that see it named."""
_TOLD_CUTS: Final = frozenset({Role.AUDITOR, Role.OPERATOR})
_HTML_LANGUAGES: Final = {Language.ZH: "zh-CN", Language.EN: "en"}
_CHINESE: Final = re.compile("[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")

_NOTHING: Final = Markup("")
_BEGINS: Final = Markup("<bdi>")
_CHINESE_BEGINS: Final = Markup('<bdi lang="zh-CN">')
_ENDS: Final = Markup("</bdi>")
_CHINESE_RUN: Final = re.compile(f"({_CHINESE.pattern}+)")

_environment: Final = Environment(
    loader=PackageLoader("ops.pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    # They stand in the package: no page looks whether its templates changed meanwhile.
    auto_reload=False,
)


class Frame:
    """A page in one language: its words, its links, what stands around it."""

    def __init__(
        self,
        request: Request,
        language: Language,
        records: Sequence[DisclosedRecord | ShownRecord] = (),
    ) -> None:
        """Take the request, and the records whose document numbers may be named."""
        self.request = request
        self.language = language
        self.terms = Terms(language)
        self.naming = Naming(self.terms, load_rulebook(), None, records)
        self.signed_in: SignedIn | None = getattr(request.state, "signed_in", None)
        self.standing: Timeliness = getattr(request.state, "standing", IN_TIME)

    def cut(self) -> str | None:
        """Give up to where the ledger is known on this page, where its reader may see all.

        Nobody else is told: what is not published changes no byte of what others are shown.
        """
        if self.signed_in is None or not _TOLD_CUTS & {x.role for x in self.signed_in.askers}:
            return None
        row = self.request.scope.get("row")
        platform = (None if row is None else row.platform) or Platform.ORGANISATION
        return self.standing.cuts.get(platform)

    def page(self, text: str, /, **values: object) -> str:
        """Give a sentence of the pages."""
        return self.terms.say(text, "page", **values)

    def words(self, words: Words) -> str:
        """Give a sentence of the service."""
        return words.zh if self.language is Language.ZH else words.en

    def pages(self) -> list[str]:
        """Name the pages that who is signed in has, beside those of everybody."""
        roles = {each.role for each in self.signed_in.askers} if self.signed_in else set()
        return [name for name, whose in NAV if whose & roles]

    def said(self, text: object) -> Markup:
        """Write data, whose direction ends with it; on an English page Chinese is marked so."""
        written = escape("" if text is None else text)
        is_marked = self.language is Language.EN and _CHINESE.search(written) is not None
        # Joined: `Markup.format` reads its form anew each time, and costs many times as much.
        return _NOTHING.join((_CHINESE_BEGINS if is_marked else _BEGINS, written, _ENDS))

    def english(self, text: str) -> Markup:
        """Write what is said in English only; what is not of the page's language is marked."""
        parts = [
            Markup('<span lang="zh-CN">{}</span>').format(part) if _CHINESE.match(part) else part
            for part in _CHINESE_RUN.split(text)
        ]
        written = Markup("").join(parts)
        if self.language is Language.EN:
            return written
        return Markup('<span lang="en">{}</span>').format(written)

    def place(self, code: str, on: date) -> str:
        """Name a division as it was called on a day; of one in no table, the code."""
        found = load_divisions().at(code, on)
        return code if found is None else found.name

    def content(self, record: DisclosedRecord | ShownRecord) -> str:
        """Say what a record says, in words."""
        return self.terms.sentence(list(content_told(record, self.naming)))

    def rule(self, version: str) -> Markup:
        """Name a version of a rule (`id@first day`), and lead to what it says and rests on."""
        rule, _, since = version.partition("@")
        address = self.path("docs", "rules", rule) + (f"#v-{since}" if since else "")
        return Markup('<a href="{}"><code>{}</code></a>').format(address, version)

    def path(self, *parts: str) -> str:
        """Give the address of a page of this language."""
        return "/".join(("", self.language.value, *parts))

    def sign_in(self) -> str:
        """Give the address to sign in at, which leads back here; of a form, to where it stands."""
        here = self.here() if self.request.method == "GET" else self._came_from()
        if self.request.url.path.endswith("/login"):
            here = ""
        return self.path("login") + (f"?{urlencode({'next': here})}" if here else "")

    def address(self) -> str:
        """Give this address as the page tells it, and prints it: without what names a person."""
        url = str(self.request.url)
        asked = unquote_plus(self.request.url.query)
        if has_identity_number(asked, is_number=True):
            return f"{url.partition('?')[0]} {self.page('value_hidden')}"
        return url

    def _came_from(self) -> str:
        """Give the page of ours that a form was sent from; nothing where the browser is silent."""
        headers = self.request.headers
        found = urlsplit(headers.get("referer", ""))
        if found.netloc != headers.get("host"):
            return ""
        return found.path + (f"?{found.query}" if found.query else "")

    def here(self, **changed: object) -> str:
        """Give this address with parts of its query changed; None takes one out."""
        query = {**self.request.query_params, **changed}
        kept = {name: str(value) for name, value in query.items() if value not in (None, "")}
        return self.request.url.path + (f"?{urlencode(kept)}" if kept else "")

    def other(self) -> str:
        """Give this page in the other language."""
        _, _, *rest = self.request.url.path.split("/")
        path = "/".join(("", _other(self.language).value, *rest))
        query = self.request.url.query
        return f"{path}?{query}" if query else path

    def render(
        self,
        template: str,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        **values: Any,
    ) -> Response:
        """Render a page."""
        body = _environment.get_template(template).render(
            frame=self,
            page=self.page,
            said=self.said,
            term=self.terms.of,
            moment=moment_told,
            html_language=_HTML_LANGUAGES[self.language],
            other_language=_HTML_LANGUAGES[_other(self.language)],
            style=static_path("style.css"),
            icon=static_path("icon.svg"),
            script=static_path("board.js"),
            reload_script=static_path("reload.js"),
            edition=edition(),
            **{"today": self.request.app.state.service.today(), **values},
        )
        return Response(body, status, {**HEADERS, **(headers or {})}, "text/html")


def moment_told(at: datetime) -> str:
    """Write a moment to the second as clocks of China show it, in whatever zone it was kept."""
    return f"{at.astimezone(CHINA):%Y-%m-%d %H:%M:%S}"


def _other(language: Language) -> Language:
    return Language.EN if language is Language.ZH else Language.ZH


@cache
def static_file(name: str) -> bytes:
    """Read a file that pages need. Raises `FileNotFoundError`."""
    return (files("ops.pages") / "static" / name).read_bytes()


@cache
def static_path(name: str) -> str:
    """Give the address of such a file: it names the content, so it may be kept for good."""
    return f"/static/{sha256(static_file(name)).hexdigest()[:12]}/{name}"
