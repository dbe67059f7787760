"""Pages asked for by the clock, searches one after the other, and how many bytes a page is."""

from __future__ import annotations

import http.client
import itertools
import random
import re
import threading
import time
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import quote

from events.rules.access import Role
from events.rules.rulebook import load_rulebook
from ops.bench.machine import percentiles
from ops.bench.windows.visitors import ANSWERED_WITHIN_S, Visitor
from ops.dictionary.contents import dictionary
from ops.pages.docs.rules import dated_rules
from ops.pages.docs.told import kinds_of_topics
from ops.pages.routes import BY_RIGHT, FOR_EVERYBODY
from ops.terms.terms import Language

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_ASKERS: Final = 24
_DONE: Final = 200
_ENDLESS: Final = frozenset({"/board/stream"})
_FIELD: Final = re.compile(r"\{(\w+)\}")
_STATIC: Final = re.compile(rb'(?:href|src)="(/static/[^"]+)"')
_HTML: Final = b"<!doctype html>"
_SOUGHT_CHARACTERS: Final = (2, 6)
_SLOWEST_SHOWN: Final = 5
_OTHER_SHOWN: Final = 20


class PageKind(NamedTuple):
    """A page as somebody opens it: the path of its route, and who."""

    path: str
    who: Visitor

    def __str__(self) -> str:
        """Name it as figures do."""
        return f"{self.path} ({self.who.role})"


class Opened(NamedTuple):
    """What opening a page came to: the code, from its moment on in ms, and its bytes."""

    kind: PageKind
    address: str
    status: int
    ms: float
    size: int


class Browser:
    """One connection that is kept, as a browser keeps it; where it was cut a new one is made."""

    def __init__(self, port: int) -> None:
        """Connect with the first question."""
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWERED_WITHIN_S)
        self.cut = 0

    def open(self, path: str, who: Visitor) -> tuple[int, bytes]:
        """Open a page; give its code and its bytes."""
        try:
            return self._asked(path, who)
        except ConnectionError:
            self.cut += 1
            self._connection.close()
            return self._asked(path, who)

    def _asked(self, path: str, who: Visitor) -> tuple[int, bytes]:
        self._connection.request("GET", path, headers=dict(who.headers))
        answer = self._connection.getresponse()
        return answer.status, answer.read()


class Filling:
    """What the paths of pages are filled with, drawn by chance; the same seed draws the same."""

    def __init__(self, choices: Mapping[str, Sequence[Mapping[str, str]]], seed: int) -> None:
        """Keep by role what each field may hold; what all roles share stands under ''."""
        self._choices, self._chance = choices, random.Random(seed)
        self._languages = itertools.cycle(Language)

    def address(self, kind: PageKind) -> str:
        """Give an address of a page, languages by turns."""
        drawn = self._chance.choice(self._choices.get(kind.who.role.value, self._choices[""]))
        path = _FIELD.sub(lambda field: drawn[field[1]], kind.path)
        return f"/{next(self._languages)}{path}"

    def sought(self) -> str:
        """Give the address of a search by a part of a name."""
        name = ""
        while len(name) < _SOUGHT_CHARACTERS[0]:
            name = self._chance.choice(self._choices[""])["name"]
        size = min(self._chance.randint(*_SOUGHT_CHARACTERS), len(name))
        at = self._chance.randint(0, len(name) - size)
        return f"/{next(self._languages)}/notices?q={quote(name[at : at + size])}"


def choices(
    sample: Sequence[tuple[str, str, str]], receipt: str
) -> dict[str, list[dict[str, str]]]:
    """Give what paths are filled with: published records (subject, record, name) and what else.

    A subject opens its own record, anybody else any.
    """
    contents = dictionary()
    by_turns = zip(
        itertools.cycle(load_rulebook().lists),
        itertools.cycle(each["record"] for each in contents["records"]),
        itertools.cycle(kinds_of_topics()),
        itertools.cycle(contents["code_lists"]),
        itertools.cycle(dated_rules()),
    )
    found = [
        {
            "subject": subject,
            "record": record,
            "name": name,
            "receipt": receipt,
            "year": "2025",
            "list": of_list,
            "message": message,
            "kind": kind,
            "codes": codes,
            "rule": rule,
        }
        for (subject, record, name), (of_list, message, kind, codes, rule) in zip(
            sample, by_turns, strict=False
        )
    ]
    return {"": found, Role.SUBJECT.value: found[:1]}


def paths() -> list[str]:
    """Give the paths of all pages that are asked for and answered once: no stream is."""
    rows = (*FOR_EVERYBODY, *BY_RIGHT)
    return [row.path for row in rows if "GET" in row.methods and row.path not in _ENDLESS]


def kinds(port: int, filling: Filling, who: Sequence[Visitor]) -> tuple[list[PageKind], list[str]]:
    """Give each page with each who is shown it, and the paths that nobody is shown."""
    browser = Browser(port)
    every = [PageKind(path, each) for path in paths() for each in who]
    found = [kind for kind in every if browser.open(filling.address(kind), kind.who)[0] == _DONE]
    return found, sorted(set(paths()) - {kind.path for kind in found})


def open_by_the_clock(
    port: int, filling: Filling, every: Sequence[PageKind], rate: int, seconds: int
) -> list[Opened]:
    """Open pages of all kinds by turns, `rate` a second, each counted from its moment."""
    turns = itertools.islice(itertools.cycle(every), rate * seconds)
    plan = iter([(kind, filling.address(kind)) for kind in turns])
    begins, number, lock = time.monotonic() + 0.5, itertools.count(), threading.Lock()
    found: list[Opened] = []

    def ask() -> None:
        browser = Browser(port)
        while True:
            with lock:
                drawn = next(plan, None)
                due = begins + next(number) / rate
            if drawn is None:
                return
            time.sleep(max(0.0, due - time.monotonic()))
            status, body = browser.open(drawn[1], drawn[0].who)
            found.append(Opened(*drawn, status, (time.monotonic() - due) * 1000, len(body)))

    askers = [threading.Thread(target=ask) for _ in range(_ASKERS)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    return found


def page_figures(opened: Sequence[Opened]) -> dict[str, Any]:
    """Give the figures of pages that were opened."""
    by_kind: dict[str, list[float]] = defaultdict(list)
    for each in opened:
        by_kind[str(each.kind)].append(each.ms)
    p99 = {kind: percentiles(taken)["p99"] or 0.0 for kind, taken in by_kind.items()}
    slowest = sorted(p99, key=lambda kind: -p99[kind])[:_SLOWEST_SHOWN]
    answers: dict[str, int] = defaultdict(int)
    for each in opened:
        answers[str(each.status)] += 1
    other = [each for each in opened if each.status != _DONE][:_OTHER_SHOWN]
    return {
        "page_ms": percentiles([each.ms for each in opened]),
        "slowest_ms": {kind: p99[kind] for kind in slowest},
        "kinds": len(by_kind),
        "answers": dict(sorted(answers.items())),
        "not_answered": [f"{each.status} {each.address} ({each.kind.who.role})" for each in other],
    }


def search(port: int, filling: Filling, who: Visitor, count: int) -> dict[str, Any]:
    """Search by parts of names, one after the other, each a whole page."""
    browser, taken = Browser(port), []
    for _ in range(count):
        address = filling.sought()
        began = time.perf_counter()
        browser.open(address, who)
        taken.append((time.perf_counter() - began) * 1000)
    return percentiles(taken)


def bytes_of(port: int, filling: Filling, every: Sequence[PageKind]) -> dict[str, Any]:
    """Give the bytes of the largest page, which that is, and with all that is loaded at first.

    Files that are offered beside a page are no page.
    """
    browser, sizes, first = Browser(port), {}, 0
    for kind in every:
        _, body = browser.open(filling.address(kind), kind.who)
        if body.startswith(_HTML):
            beside = {path.decode() for path in _STATIC.findall(body)}
            loaded = sum(len(browser.open(path, kind.who)[1]) for path in beside)
            sizes[str(kind)] = len(body)
            first = max(first, len(body) + loaded)
    largest = max(sizes, key=lambda kind: sizes[kind])
    return {"page_bytes": sizes[largest], "largest": largest, "first_load_bytes": first}
