"""`bench pages`: pages, searches, boards, the follower and uploads, while a worker runs."""

from __future__ import annotations

import http.client
import threading
import time
import uuid
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import psycopg

from events.envelope import Platform
from events.errors import LedgerError
from events.rules.access import Role
from events.rules.rulebook import load_rulebook
from ops.audit.replay import replay
from ops.bench.load import send_by_the_clock, warned
from ops.bench.machine import percentiles
from ops.bench.pipeline import worker_process
from ops.bench.submit import penalty_lines
from ops.bench.watching import PositionWatch, ledger_ends
from ops.bench.windows.asking import (
    Filling,
    bytes_of,
    choices,
    kinds,
    open_by_the_clock,
    page_figures,
    search,
)
from ops.bench.windows.boards import FollowerWatch, OpenBoards, board_figures
from ops.bench.windows.names import licences_of_others
from ops.bench.windows.service import service_process
from ops.bench.windows.visitors import ANSWERED_WITHIN_S, visitors
from ops.filling import fill, fill_ledger
from ops.submission.files.template import as_csv
from ops.worker import usual_projectors
from projections.store.live import live
from projections.store.session import settle
from projections.store.statements import statements
from streams.publishing.producer import create_producer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ops.bench.load import ReadySubmission
    from ops.bench.windows.visitors import Visitor
    from ops.generator import GeneratorPlan
    from ops.local.stack import Stack

_SAMPLE: Final = 2_000
_MOVES_PER_S: Final = 10
"""Events a second that come in meanwhile: the follower and the boards have something to do."""
_PAUSE_S: Final = 0.2
_SIGNED_LOOK_S: Final = 2.0
_AFTER_S: Final = 3.0
_ON_BOARDS_WITHIN_S: Final = 60.0
_FOLLOWED_WITHIN_S: Final = 3_600.0

_SQL: Final = statements(__name__)


class PageLoad(NamedTuple):
    """How much is asked: pages a second and boards, for how many seconds each; searches; lines.

    `names` is among how many names is searched: what the plan's subjects lack is published beside.
    """

    pages_per_s: int
    boards: int
    seconds: int
    searches: int
    lines: int
    names: int


class NotFollowedError(LedgerError):
    """The bulletin did not follow the read models in time."""


class NotSignedError(LedgerError):
    """The signer did not sign what was loaded in time."""


class UploadRefusedError(LedgerError):
    """The desk did not take the file in."""


def measure_pages(
    stack: Stack, plan: GeneratorPlan, load: PageLoad, say: Callable[[str], None]
) -> dict[str, Any]:
    """Load a plan, let a worker and the service run, and open pages as their readers do."""
    say(f"appending {plan.events:,} events over {plan.subjects:,} subjects")
    fill_ledger(stack.kafka, plan, say)
    replay(stack, Platform.ORGANISATION, take_over=True, say=say)
    # What comes in meanwhile: half beside the pages, half beside the boards.
    beside_pages, beside_boards = halves(warned(plan, 2 * _MOVES_PER_S * load.seconds))
    with (
        worker_process(stack, usual_projectors()),
        service_process(stack) as port,
        psycopg.connect(stack.postgres, autocommit=True) as connection,
        PositionWatch(stack.postgres) as watch,
    ):
        followed_s = _followed(connection, say)
        beside = _named(stack, connection, plan, load.names, watch, say)
        signed_s = _signed(port, plan.events + beside, say)
        settle(connection)
        sample = connection.execute(_SQL["published"], (_SAMPLE,)).fetchall()
        ((names, entries),) = connection.execute(_SQL["names"]).fetchall()
        who = visitors(stack, port, sample[0][0])
        uploaded = _uploaded(port, who, load.lines, stack, watch, say)
        filling = Filling(choices(sample, str(uploaded.pop("receipt"))), plan.seed)
        every, not_shown = kinds(port, filling, who)
        say(f"opening {len(every)} kinds of pages, {load.pages_per_s} a second")
        with FollowerWatch(stack.postgres) as follower, _moving(stack, beside_pages):
            opened = open_by_the_clock(port, filling, every, load.pages_per_s, load.seconds)
        say(f"searching {load.searches:,} times among {names:,} names")
        searched = search(port, filling, who[0], load.searches)
        boards = _boards(stack, port, who, load, beside_boards, watch, say)
        sizes = bytes_of(port, filling, every)
    return {
        **page_figures(opened),
        "search_ms": searched,
        **boards,
        "follower_lag_ms": percentiles(follower.lag_ms),
        **uploaded,
        **sizes,
        "not_shown": not_shown,
        "names": names,
        "named_beside": beside,
        "published": entries,
        "followed_s": followed_s,
        "signed_s": signed_s,
        "events": plan.events,
        "subjects": plan.subjects,
        "method": "over HTTP, one service and one worker that has caught up and signed; "
        f"pages: all that a role is shown, {load.pages_per_s} a second by the clock, each counted "
        "from its moment, while "
        f"{_MOVES_PER_S} warnings a second come in; searches: whole pages, one after the other, by "
        f"2 to 6 characters of a name; boards: {_MOVES_PER_S} warnings a second, from the first "
        "sight of the commit until each board had it; follower: from that until the bulletin has "
        "followed; upload: from sending the file until the desk leads to its page",
    }


def _followed(connection: psycopg.Connection[Any], say: Callable[[str], None]) -> float:
    """Wait until the bulletin has followed all; give the seconds. Raises `NotFollowedError`."""
    say("waiting until the bulletin has followed")
    at = live(connection, Platform.ORGANISATION)
    statement, began = at.statement(_SQL["behind"]), time.monotonic()
    while connection.execute(statement, {"version": at.version}).fetchall() != [(0,)]:
        if time.monotonic() - began > _FOLLOWED_WITHIN_S:
            raise NotFollowedError
        time.sleep(_PAUSE_S)
    return round(time.monotonic() - began, 1)


def _named(
    stack: Stack,
    connection: psycopg.Connection[Any],
    plan: GeneratorPlan,
    wanted: int,
    watch: PositionWatch,
    say: Callable[[str], None],
) -> int:
    """Publish records of further subjects until there are so many names; give how many."""
    ((names, _),) = connection.execute(_SQL["names"]).fetchall()
    lacking = max(0, wanted - int(names))
    if lacking:
        say(f"publishing {lacking:,} names beside the {names:,} that there are")
        end = sum(ledger_ends(stack).values()) + lacking
        fill(stack.kafka, licences_of_others(plan, lacking), say)
        while watch.total() < end:
            time.sleep(_PAUSE_S)
        _followed(connection, say)
    return lacking


def _signed(port: int, events: int, say: Callable[[str], None]) -> float:
    """Wait until the signer has signed what was loaded; give the seconds. Raises `NotSignedError`.

    A million events at once is what a ledger sees when it is loaded, and not while it is read.
    """
    say("waiting until all of it is signed")
    began = time.monotonic()
    while _size_of_log(port) < events:
        if time.monotonic() - began > _FOLLOWED_WITHIN_S:
            raise NotSignedError
        time.sleep(_SIGNED_LOOK_S)
    return round(time.monotonic() - began, 1)


def _size_of_log(port: int) -> int:
    """Read the newest checkpoint: origin, size, root; nothing before the first."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWERED_WITHIN_S)
    connection.request("GET", "/evidence/organisation/checkpoint")
    answer = connection.getresponse()
    told = answer.read().decode()
    connection.close()
    return int(told.splitlines()[1]) if answer.status == http.HTTPStatus.OK else 0


def halves(moves: Sequence[ReadySubmission]) -> tuple[Sequence[ReadySubmission], ...]:
    """Give what comes in beside the pages, and beside the boards: each move once."""
    middle = len(moves) // 2
    return moves[:middle], moves[middle:]


class _moving:  # noqa: N801 - used as a statement
    """Lets events come in while something else is done."""

    def __init__(self, stack: Stack, moves: Sequence[ReadySubmission]) -> None:
        producer, begins = create_producer(stack.kafka), time.monotonic() + _PAUSE_S
        args = producer, moves, _MOVES_PER_S, begins
        self._thread = threading.Thread(target=send_by_the_clock, args=args)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._thread.join()
        time.sleep(_AFTER_S)


def _boards(
    stack: Stack,
    port: int,
    who: Sequence[Visitor],
    load: PageLoad,
    moves: Sequence[ReadySubmission],
    watch: PositionWatch,
    say: Callable[[str], None],
) -> dict[str, Any]:
    say(f"opening {load.boards} boards")
    auditor = next(each for each in who if each.role is Role.AUDITOR)
    with OpenBoards(port, auditor, load.boards) as boards:
        with _moving(stack, moves):
            say(f"{_MOVES_PER_S} warnings a second for {load.seconds} s")
        # What comes late is late and not missing: its time is told, however long it took.
        boards.wait_for(load.boards * len(moves), _ON_BOARDS_WITHIN_S)
        received = list(boards.received)
    return board_figures(received, watch, load.boards, len(moves))


def _uploaded(
    port: int,
    who: Sequence[Visitor],
    lines: int,
    stack: Stack,
    watch: PositionWatch,
    say: Callable[[str], None],
) -> dict[str, Any]:
    """Drop a file on the desk, and wait until all of it stands in the read models."""
    say(f"dropping a file of {lines:,} lines on the desk")
    category = load_rulebook().category_of("penalty.market")
    if category is None:
        raise AssertionError("the catalogue has penalties of market regulation")
    department = next(each for each in who if each.role is Role.DEPARTMENT)
    body, kind = _form(as_csv(category, penalty_lines(lines)), category.code)
    before = sum(ledger_ends(stack).values())
    began = time.perf_counter()
    where = _posted(port, body, {**department.headers, "Content-Type": kind})
    seconds = time.perf_counter() - began
    while watch.total() < before + lines:
        time.sleep(_PAUSE_S)
    recorded = time.perf_counter() - began
    return {
        "upload_lines_per_s": round(lines / seconds),
        "upload_recorded_per_s": round(lines / recorded),
        "receipt": where.rpartition("/")[2],
    }


def _form(file: bytes, category: str) -> tuple[bytes, str]:
    """Give the form of the desk with a file, and its content type."""
    edge = uuid.uuid4().hex
    said = (
        f'--{edge}\r\nContent-Disposition: form-data; name="category"\r\n\r\n{category}\r\n'
        f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="penalties.csv"\r\n'
        "Content-Type: text/csv\r\n\r\n"
    )
    return said.encode() + file + f"\r\n--{edge}--\r\n".encode(), (
        f"multipart/form-data; boundary={edge}"
    )


def _posted(port: int, body: bytes, headers: Mapping[str, str]) -> str:
    """Send a form; give where it leads. Raises `UploadRefusedError`."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWERED_WITHIN_S)
    said = {"Origin": f"http://127.0.0.1:{port}", **headers}
    connection.request("POST", "/zh/desk/uploads", body, said)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    where = answer.getheader("Location")
    if where is None:
        raise UploadRefusedError(f"status {answer.status}")
    return where
