"""Pages in a real browser while a projector stands, a broker does not answer, a database is stopped."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, NamedTuple

import pytest

from events.partitioning import LEDGER_PARTITIONS
from ops.environment import prepare
from ops.generator.codes import synthetic_credit_code_at
from ops.local.stack import Stack
from ops.serving import application
from ops.terms.terms import all_terms
from tests.acceptance.conftest import run_verb
from tests.support import builders as a
from tests.support.asking import running
from tests.support.chaos import Stream, Worker, wait_for, workers
from tests.support.ledger import saying
from tests.support.pages import Seen, is_for_everybody, look
from tests.support.stack import PrivateStack, private_stack

if TYPE_CHECKING:
    from collections.abc import Iterator

WITHIN_S: Final = 180.0
LATE_S: Final = 1.0
"""From so many seconds on the pages of these tests say that they are late: nobody waits a minute."""
FIRM: Final = synthetic_credit_code_at(81_001)
OPEN: Final = ("notices", f"subjects/{FIRM}", "lists", "years", "login")
RECORDED: Final = (f"subjects/{FIRM}", f"subjects/{FIRM}/timeline", "board")
"""Pages that an auditor is shown: that it asked is recorded first."""

pytestmark = [pytest.mark.stack, pytest.mark.chaos]


class Service(NamedTuple):
    """A service over servers of its own, whose workers and servers may be stopped."""

    servers: PrivateStack
    stack: Stack
    projector: Worker
    address: str
    key: str

    def say(self, word: str) -> None:
        """Report a penalty."""
        said = saying(a.a_penalty(word, "2026-03-01", subject_id=FIRM))
        stream = Stream(self.stack.kafka, [said], per_s=1_000)
        stream.start()
        stream.finish()


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("away")
    with private_stack(folder) as servers:
        stack = Stack(kafka=servers.kafka.address, postgres=servers.postgres.address)
        prepare(stack, LEDGER_PARTITIONS)
        made = run_verb(
            *("access", "key", "create", "--role", "auditor", "--json"),
            CREDIT_LEDGER_KAFKA=stack.kafka,
            CREDIT_LEDGER_POSTGRES=stack.postgres,
        )
        key = json.loads(made.stdout)["secret"]
        app, pool = application(stack.postgres, stack.kafka, late_s=LATE_S)
        with (
            workers(stack, folder, "admission", "projector", "follower") as found,
            pool,
            running(app) as address,
        ):
            yield Service(servers, stack, found[1], address, key)


def sign_in(seen: Seen, real: Service, language: str) -> None:
    seen.page.goto(f"{real.address}/{language}/login")
    seen.page.locator("#key").fill(real.key)
    seen.page.keyboard.press("Enter")
    seen.page.wait_for_url(lambda url: not url.endswith("/login"))


def open_until(seen: Seen, address: str, status: int, words: str) -> None:
    """Open a page until it is answered so, with these words on it; of those before nothing is kept."""

    def is_so() -> bool:
        seen.said.clear()
        seen.asked.clear()
        answer = seen.page.goto(address)
        told = seen.page.locator("body").inner_text()
        return answer is not None and answer.status == status and words in told

    wait_for(is_so, WITHIN_S, f"{address}: {status}, {words}")


def word(name: str, language: str) -> str:
    """Give the words of the pages up to where something is filled in."""
    return all_terms()["page"][name][0 if language == "zh" else 1].partition("{")[0]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_pages_say_that_they_are_late_while_the_projector_stands(
    real: Service, seen: Seen, language: str
) -> None:
    real.say(f"先{language}")
    firm = f"{real.address}/{language}/subjects/{FIRM}"
    open_until(seen, firm, 200, f"先{language}")
    late = word("late", language)
    real.projector.pause()
    try:
        real.say(f"后{language}")
        open_until(seen, firm, 200, late)
        for path in OPEN:
            seen.page.goto(f"{real.address}/{language}/{path}")
            assert late in seen.page.locator(".banner.late").inner_text(), path
        seen.page.goto(firm)
        look(seen.page, f"late.{language}")
        is_for_everybody(seen, real.address, "a status of 404")
    finally:
        real.projector.resume()
    open_until(seen, firm, 200, f"后{language}")
    wait_for(lambda: _is_in_time(seen, firm), WITHIN_S, "the banner is gone")


def _is_in_time(seen: Seen, address: str) -> bool:
    seen.page.goto(address)
    return seen.page.locator(".banner.late").count() == 0


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_cannot_be_recorded_is_not_shown_and_what_is_public_stays_while_the_broker_is_silent(
    real: Service, seen: Seen, language: str
) -> None:
    sign_in(seen, real, language)
    open_until(seen, f"{real.address}/{language}/board", 200, word("page_board", language))
    real.servers.kafka.pause()
    try:
        unknown = word("late_unknown", language)
        open_until(seen, f"{real.address}/{language}/notices", 200, unknown)
        look(seen.page, f"broker_silent.{language}")
        is_for_everybody(seen, real.address, "a status of 404")
        for path in RECORDED:
            answer = seen.page.goto(f"{real.address}/{language}/{path}")
            assert answer is not None
            assert answer.status == 503, path
            told = seen.page.locator("main").inner_text()
            assert all_terms()["refused"]["inquiry_not_recorded"][language == "en"] in told
            assert word("away_detail", language) not in told
            assert FIRM not in told
        look(seen.page, f"broker_silent_unrecorded.{language}")
        is_for_everybody(seen, real.address, "a status of 404", "a status of 503")
    finally:
        real.servers.kafka.resume()
    open_until(seen, f"{real.address}/{language}/board", 200, word("page_board", language))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_says_so_while_the_database_is_stopped_and_comes_back_with_it(
    real: Service, seen: Seen, language: str
) -> None:
    real.servers.postgres.stop()
    try:
        for path in OPEN[:4]:
            address = f"{real.address}/{language}/{path}"
            if path == "lists":  # It says which lists there are, and asks nobody.
                continue
            open_until(seen, address, 503, word("away_detail", language))
            assert seen.page.locator("h1").inner_text() == word("away", language)
        look(seen.page, f"database_stopped.{language}")
        is_for_everybody(seen, real.address, "a status of 503")
    finally:
        real.servers.postgres.start()
    open_until(seen, f"{real.address}/{language}/notices", 200, word("notices", language))
