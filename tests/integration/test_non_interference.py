"""Two ledgers that differ in what a reader may not see give him the same status, headers and bytes, on every route.

`PAIRS=500` compares so many for each reader.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import given as drawn
from hypothesis import strategies as st

from events.envelope import Disclosure, Platform
from events.partitioning import LEDGER_PARTITIONS, partition_of
from events.rules.access import Purpose, Role, View
from events.rules.rulebook import load_rulebook
from projections.access.asker import Asker, Contract
from projections.calendar.rules import RuleCalendar
from projections.http.application import create_service
from projections.http.routes import ROUTES
from projections.ledger.message import Raw
from projections.projector import Projector
from projections.store.database import create_control
from projections.store.store import Store
from tests.support import builders as a
from tests.support.asking import GateOfTests, client_of, noon
from tests.support.given import recorded_ms, value_of
from tests.support.histories import events
from tests.support.questions import QUESTIONS, ask_route, is_ours
from tests.support.stack import fresh_database

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from events.event import Event
    from ops.local.stack import Stack

TODAY: Final = date(2026, 6, 15)
PAIRS: Final = int(os.environ.get("PAIRS", "15"))
CALENDAR: Final = RuleCalendar(load_rulebook())
THIRD: Final = "91330200PDY000036X"
SUBJECTS: Final = (a.SUBJECT, a.OTHER_SUBJECT, THIRD)
HIDDEN_NAME: Final = "暗处有限公司"
AGENCY: Final = Asker(
    role=Role.AGENCY,
    organisation="agency-1",
    key_id="agency",
    contracts=(Contract(contract_id="c", purposes=(Purpose.LENDING,), start=date(2026, 1, 1)),),
)
READERS: Final = {
    View.PUBLIC: (None, {}, (Disclosure.SHARED, Disclosure.AUTHORISED)),
    View.AGENCY: ("agency", {"Credit-Purpose": "lending"}, (Disclosure.SHARED,)),
}
"""Of each reader: its key, what it says with it, and what it may not see."""


@st.composite
def unseen(draw: st.DrawFn, kept: Sequence[Disclosure]) -> list[Event]:
    """Draw what may not be seen of some subjects: of names, numbers, products and lists that are looked up below.

    Entries of lists are of a subject without other records: by law an entry in effect keeps penalties published
    that would else have left, so how long one is shown follows from it, published or not.
    """
    found = []
    for number in range(draw(st.integers(1, 4))):
        on = draw(st.dates(date(2021, 1, 1), date(2026, 6, 1))).isoformat()
        about: dict[str, Any] = {
            "disclosure": draw(st.sampled_from(list(kept))),
            "subject_id": draw(st.sampled_from(SUBJECTS)),
            "subject_name": draw(st.sampled_from([HIDDEN_NAME, "杭州样例有限公司"])),
            "region": draw(st.sampled_from(["330106", "330203"])),
        }
        # Of a number of its own: under another's it would be that record's conflict.
        no = f"暗{number}"
        makers = (
            lambda: a.a_penalty(no, on, **about),
            lambda: a.an_inspection(no, on, batch_no="B-[2026]7", **about),
            lambda: a.a_default(no, on, category="default.wage", **about),
            lambda: a.a_court_listing(no, on, **{**about, "subject_id": THIRD}),
            lambda: a.a_judgment(f"（2024）浙0106民初{number}号", on, **about),
            lambda: a.a_merger(no, on, **about),
            lambda: a.a_change(no, on, name=HIDDEN_NAME, status="deregistered", **about),
        )
        found.append(draw(st.sampled_from(makers))())
    return found


LOOKED_UP: Final = (
    *({"name": each} for each in (HIDDEN_NAME, "甲", *SUBJECTS, "暗0", "罚1")),
    *({"list": each} for each in ("tax_abnormal", "major_tax_violator", "abnormal_operation")),
    {"region": "330000"},
    *({"subject": each} for each in SUBJECTS[1:]),
    {"subject": a.PERSON, "platform": "person"},
)
"""What is asked besides on routes that take it."""


@pytest.fixture(scope="module")
def connection(stack: Stack) -> Iterator[psycopg.Connection[Any]]:
    with fresh_database(stack.postgres) as url, psycopg.connect(url, autocommit=True) as made:
        create_control(made, LEDGER_PARTITIONS)
        yield made


class _OneConnection:
    """A pool of the one connection on which a ledger is told, and taken back."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    @contextmanager
    def connection(self) -> Iterator[psycopg.Connection[Any]]:
        yield self._connection


def answers(
    connection: psycopg.Connection[Any], said: Sequence[Event], view: View
) -> list[tuple[object, ...]]:
    """Tell a ledger, ask all routes as a reader, and take it back."""
    key, headers, _ = READERS[view]
    app = create_service(
        _OneConnection(connection),  # all of a pool that is asked for
        CALENDAR,
        noon(TODAY),
        dict,
        gate=GateOfTests(agency=AGENCY),
    )
    client = client_of(app, key)
    found: list[tuple[object, ...]] = []
    with connection.transaction(force_rollback=True):
        _tell(connection, said)
        for row in filter(is_ours, ROUTES):
            asked = QUESTIONS[row.path]
            takes = f"{row.path}{asked.query}{asked.body}"
            for filled in ({}, *LOOKED_UP):
                if not all(f"{{{each}}}" in takes for each in filled):
                    continue
                answer = ask_route(client, row, filled, headers)
                head = dict(answer.headers)
                found.append((row.path, filled, answer.status_code, head, answer.content))
                if answer.status_code in (401, 403) and "person" not in filled.values():
                    break  # Refused whatever is looked up.
    return found


def _tell(connection: psycopg.Connection[Any], said: Sequence[Event]) -> None:
    told: dict[int, list[Raw]] = {}
    for event in said:
        key = event.envelope.subject_id
        own = told.setdefault(partition_of(key), [])
        own.append(Raw(len(own), recorded_ms(TODAY), key.encode(), value_of(event)))
    projector = Projector(Platform.ORGANISATION, Store("organisation_v1"), CALENDAR)
    for partition, batch in told.items():
        projector.apply(connection, partition, batch)


REGISTERED: Final = [
    a.a_registration("2018-01-01", region="330106"),
    a.a_registration("2019-01-01", region="330106", subject_id=a.OTHER_SUBJECT, subject_name="甲"),
]


@pytest.mark.parametrize("view", list(READERS))
@settings(
    max_examples=PAIRS,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
@drawn(data=st.data(), said=events())
def test_what_may_not_be_seen_changes_no_answer_of_any_route(
    connection: psycopg.Connection[Any], view: View, data: st.DataObject, said: list[Event]
) -> None:
    hidden = data.draw(unseen(READERS[view][2]))
    seen = [*REGISTERED, *said]
    more = [*hidden[:1], *seen, *hidden[1:]]

    for one, two in zip(
        answers(connection, seen, view), answers(connection, more, view), strict=True
    ):
        assert one == two


def test_every_route_is_asked() -> None:
    assert {row.path for row in ROUTES if is_ours(row)} == QUESTIONS.keys()
