"""A question as it was asked: its parameters read, or refused by name; and how to answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar, cast
from urllib.parse import urlencode

import msgspec
from anyio.to_thread import run_sync
from starlette.responses import Response

from projections.http.asking.bodies import Bodies
from projections.http.asking.bulkhead import Bulkhead, unless_silent
from projections.http.asking.code_forms import unknown
from projections.http.asking.forms import Around, UnfitError, read_text
from projections.http.asking.parameter import Parameter, ParameterPlace
from projections.http.asking.parameters import PLATFORM
from projections.http.asking.recording import Recorder
from projections.http.errors import (
    NOT_SHOWN,
    BadRequestError,
    NotThereError,
    repeated_part,
)
from projections.http.words import Words

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
    from datetime import date, datetime

    from anyio import CapacityLimiter
    from psycopg_pool import ConnectionPool
    from starlette.requests import Request

    from events.envelope import Platform
    from events.rules.access import Gives
    from projections.access.asker import AccessPermit, Asker
    from projections.calendar.rules import RuleCalendar
    from projections.http.artefact import Artefact
    from projections.http.asking.desk import Desk, GivenReceipt
    from projections.http.asking.evidence import EvidenceSource
    from projections.http.asking.gate import Gate, SignedIn
    from projections.http.asking.opening import NameOpener
    from projections.queries.subject.long_histories import LongHistories

T = TypeVar("T")
"""What a parameter is read as."""

FINAL: Final = "public, max-age=31536000, immutable"
"""For what is open to everybody, and nothing can change any more."""
FRESH: Final = "no-cache"
FINAL_HEADER: Final = "Credit-Ledger-Final"
"""Says of an answer that no cache keeps whether anything can still change it."""

REPORTS_BYTES_MAX: Final = 64 * 1024 * 1024
"""Reports to be verified at once: anybody may send one, and none shall keep a department out."""
COSTLY_AT_ONCE: Final = 2
COSTLY_WAITING_MAX: Final = 8
"""More questions that read much than these wait for nobody: they are told to come again."""


_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


class Face(StrEnum):
    """Whose manners a route has: it decides the form of errors and of what is taken."""

    OURS = "ours"
    REGISTRY = "registry"
    PAGE = "page"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A route: where it is, what it takes, who answers, in what manner. One row makes all of it.

    `gives` is what kind of answer it is: by it, and by what it takes (`subject`, `department`,
    `region`), the rows of `events/rules/access.toml` decide to whom it is given. There is no route
    without: what declares nothing is no `Row`, and the service does not start.
    `counts_as` is the kind of question that it is counted as. A `costly` one reads much, so only a
    few are answered at once. In one that `stays_sealed` no name is opened, as
    proofs rest on its bytes. `answer_type` is the shape of the answer, where it is JSON of ours.
    `platform` is whose it is of where neither path nor body says.
    `errors` are those of `projections.http.errors` that it may end in beside those of any question.
    """

    path: str
    answer: Callable[..., Awaitable[Any]]
    gives: Gives
    summary: str
    takes: tuple[Parameter[Any], ...] = ()
    methods: tuple[str, ...] = ("GET",)
    face: Face = Face.OURS
    counts_as: str | None = None
    costly: bool = False
    stays_sealed: bool = False
    answer_type: Any = None
    errors: tuple[type[Exception], ...] = ()
    platform: Platform | None = None

    @property
    def plain_path(self) -> str:
        """The path as people and OpenAPI write it: its places by name alone."""
        return self.path.replace(":path}", "}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What the routes share. `now`, `end_offsets` and `waiting_s` are all that is outside.

    `desk` takes what is reported, `evidence` gives what proves, and `opener` the keys of names,
    where there is one. `now` is in China. `waiting_s` gives the age of the first event that waits,
    of partitions that are behind. `histories` keeps long histories between questions. `gate` knows
    keys, and keeps who asked: `recorder` brings it that. `disks` gives each folder of data, and the
    megabytes free on its disk.
    """

    pool: ConnectionPool
    calendar: RuleCalendar
    now: Callable[[], datetime]
    end_offsets: Callable[[], Mapping[tuple[str, int], int]]
    waiting_s: Callable[[Mapping[tuple[str, int], int]], Mapping[tuple[str, int], float]]
    artefacts: Callable[[], Mapping[str, Artefact]]
    latency_objective_s: float
    histories: LongHistories
    gate: Gate
    recorder: Recorder = field(init=False)
    desk: Desk | None = None
    evidence: EvidenceSource | None = None
    opener: NameOpener | None = None
    disks: Callable[[], Iterable[tuple[str, int]]] = tuple
    disk_floor_mb: int = 0
    costly: Bulkhead = field(default_factory=lambda: Bulkhead(COSTLY_AT_ONCE, COSTLY_WAITING_MAX))
    bodies: Bodies = field(default_factory=Bodies)
    reports: Bodies = field(default_factory=lambda: Bodies(REPORTS_BYTES_MAX))

    def __post_init__(self) -> None:
        """Let who asked be kept by the gate that knows who asks, and by no other."""
        object.__setattr__(self, "recorder", Recorder(self.gate))

    def today(self) -> date:
        """Give today in China."""
        return self.now().date()

    async def ask(
        self,
        question: Callable[..., Any],
        *args: Any,
        limiter: CapacityLimiter | None = None,
        **kwargs: Any,
    ) -> Any:
        """Run a query in a thread, on a connection of the pool."""
        asking = self._asking(question, *args, **kwargs)
        return await (
            unless_silent(asking) if limiter is None else run_sync(asking, limiter=limiter)
        )

    async def ask_costly(self, question: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Run a query that reads much, so that a few at once leave the pool to others.

        Raises `BusyError` where too many wait already.
        """
        return await self.costly.run(self._asking(question, *args, **kwargs))

    async def run_costly(self, work: Callable[..., T], *args: Any) -> T:
        """Run what takes long without the pool, a few at once. Raises `BusyError` likewise."""
        return await self.costly.run(work, *args)

    def _asking(self, question: Callable[..., Any], *args: Any, **kwargs: Any) -> Callable[[], Any]:
        def run() -> Any:
            with self.pool.connection() as connection:
                return question(connection, *args, **kwargs)

        return run


class Lasting(Protocol):
    """What an answer that goes on asks of the door again and again."""

    async def holds(self) -> bool:
        """Say whether it is still given: the key, the contract and the row are in force."""

    async def record(self, subjects: Sequence[str], part: bytes) -> None:
        """Record a stretch before it is sent. Raises `NotGivenError` where it is not kept."""


class Asked:
    """The question that a request asks by a row: `asked[PARAMETER]` is what was read.

    `receipt` is the one that is asked about, looked up by the door to say whose it is.

    `permit` is what the door decided of `who`, before the handler is asked. `subjects` are those
    that the answer names, where they are others than the one asked about: the handler says so.
    `signed_in` is who opens a page; a session counts for nothing else than pages. `lasting` is for
    an answer that goes on, as a stream does.
    """

    __slots__ = (
        *("_body", "_values", "given", "lasting", "permit", "receipt", "request", "row"),
        *("service", "signed_in", "subjects", "who"),
    )
    signed_in: SignedIn | None
    permit: AccessPermit
    who: Asker
    lasting: Lasting

    def __init__(self, request: Request, row: Row, body: Mapping[str, str] = _NOTHING) -> None:
        """Read every parameter. Raises `BadRequestError` naming field, value, rule, next step."""
        self.request, self.row, self._body = request, row, body
        self.service: Service = request.app.state.service
        self.subjects: list[str] = []
        self.receipt: GivenReceipt | None = None
        self.signed_in = None
        self.given = _query_of(request, row)
        self._values: dict[str, Any] = {}
        around = Around(self.service.now(), self.service.calendar.rulebook, None)
        for parameter in row.takes:
            self._values[parameter.name] = self._read(parameter, around)
            if parameter.name == PLATFORM.name:
                around = around._replace(platform=cast("Platform", self._values[parameter.name]))

    def __getitem__(self, parameter: Parameter[T]) -> T:
        """Give what was read of a parameter that the row takes."""
        return cast("T", self._values[parameter.name])

    def said(self, name: str) -> Any:
        """Give what was read of a parameter by its name; None where the row takes none of it."""
        return self._values.get(name)

    def _read(self, parameter: Parameter[Any], around: Around) -> Any:
        given: Mapping[str, str] = {
            ParameterPlace.PATH: self.request.path_params,
            ParameterPlace.QUERY: self.given,
            ParameterPlace.BODY: self._body,
        }[parameter.place]
        text = given.get(parameter.name)
        if text is None:
            return parameter.absent
        try:
            return read_text(parameter.form, text, around)
        except UnfitError as error:
            kind = NotThereError if error.well_formed else BadRequestError
            shown = repeated_part(text) if error.shown else NOT_SHOWN
            raise kind(parameter.name, shown, error.rule, error.do) from None

    async def ask(self, question: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Run a query, as dear as the row says."""
        ask = self.service.ask_costly if self.row.costly else self.service.ask
        return await ask(question, *args, **kwargs)

    def next_link(self, after: object) -> dict[str, str]:
        """Give the header that names the next page (RFC 8288); none at the end."""
        if after is None:
            return {}
        query = urlencode({**self.given, "after": str(after)})
        return {"Link": f'<{self.request.url.path}?{query}>; rel="next"'}


def _query_of(request: Request, row: Row) -> dict[str, str]:
    """Give the query's texts by name; refuse what the row does not take, and what is said twice."""
    names = [each.name for each in row.takes if each.place is ParameterPlace.QUERY]
    found: dict[str, str] = {}
    for name, text in request.query_params.multi_items():
        if name not in names:
            error = unknown(name, names)
            rule = (
                Words("this question takes no parameters", "此查询不带参数")
                if not names
                else (
                    Words(
                        f"no parameter of this question: {error.rule.en}",
                        f"参数须为{error.rule.zh}",
                    )
                )
            )
            raise BadRequestError(repeated_part(name), text[:60], rule, error.do)
        if name in found:
            raise BadRequestError(name, text[:60], Words("said once", "只可给出一次"))
        found[name] = text
    return found


def told_final(*, final: bool) -> dict[str, str]:
    """Give the header that says whether anything can still change an answer."""
    return {FINAL_HEADER: "true" if final else "false"}


def json_answer(
    value: Any, cache: str = FRESH, headers: Mapping[str, str] | None = None, status: int = 200
) -> Response:
    """Answer JSON: bytes as they are, all else encoded with its keys in order."""
    body = value if isinstance(value, bytes) else msgspec.json.encode(value, order="sorted")
    given = {"Cache-Control": cache, **(headers or {})}
    return Response(body, status, given, "application/json")
