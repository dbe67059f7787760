"""Look-up over a real database: by any name and number, and never by what may not be seen."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec
import psycopg
import pytest
from psycopg_pool import ConnectionPool
from starlette.testclient import TestClient

from events.envelope import Disclosure, Platform
from events.event import Event
from events.partitioning import LEDGER_PARTITIONS, partition_of
from events.rules.rulebook import load_rulebook
from events.types.subject import Alias, AliasScheme
from projections.calendar.rules import RuleCalendar
from projections.http.application import create_service
from projections.ledger.message import Raw
from projections.projector import Projector
from projections.store.database import create_control
from projections.store.store import Store
from tests.support import builders as a
from tests.support.asking import client_of, gate, noon
from tests.support.given import recorded_ms, value_of
from tests.support.stack import fresh_database

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ops.local.stack import Stack

TODAY = date(2026, 6, 15)
ORGANISATION = Platform.ORGANISATION
CALENDAR = RuleCalendar(load_rulebook())
OTHER = a.OTHER_SUBJECT
NAME = "杭州样例有限公司"
OLD_PENALTY = a.a_penalty(7, "2019-03-01", region="330106")
HIDDEN_NAME = "杭州旧称商行"


def _with_aliases(event: Event) -> Event:
    said = [Alias(AliasScheme.REGISTRATION_NO, "330100000012345")]
    return msgspec.structs.replace(event, aliases=said)  # type: ignore[call-arg]


SAID: dict[Platform, list[Event]] = {
    Platform.ORGANISATION: [
        a.named(_with_aliases(a.a_registration("2018-01-01", region="330106"))),
        OLD_PENALTY,
        a.a_penalty(8, "2026-05-01", subject_name=HIDDEN_NAME),
        a.a_change(1, "2021-01-01", name="浙江样例集团有限公司", region="330106"),
        a.a_judgment("（2024）浙0106民初1号", "2024-03-01"),
        a.an_inspection(1, "2026-05-03", batch_no="B-〔2026〕7"),
        a.an_inspection(2, "2026-05-04", result="passed", batch_no="B-[2026]7"),
        a.a_default(1, "2026-02-01", category="default.loan"),
        a.a_default(2, "2026-06-05", category="default.wage"),
        a.a_registration(
            "2019-01-01", subject_id=OTHER, subject_name="宁波别家厂", region="330203"
        ),
        a.an_inspection(
            3, "2026-05-05", batch_no="B-[2026]7号", subject_id=OTHER, subject_name="宁波别家厂"
        ),
    ],
    Platform.PERSON: [
        a.a_court_listing(1, "2026-01-10", subject_id=a.PERSON, subject_name="张三"),
        a.a_penalty(9, "2019-01-10", subject_id=a.PERSON, subject_name="李四"),
    ],
}


@pytest.fixture(scope="module")
def database(stack: Stack) -> Iterator[str]:
    with fresh_database(stack.postgres) as url:
        with psycopg.connect(url, autocommit=True) as connection:
            create_control(connection, LEDGER_PARTITIONS)
            for platform, events in SAID.items():
                projector = Projector(platform, Store(f"{platform}_v1"), CALENDAR)
                told: dict[int, list[Raw]] = {}
                for event in events:
                    _tell(told, event)
                for partition, batch in told.items():
                    projector.apply(connection, partition, batch)
        yield url


def _tell(told: dict[int, list[Raw]], event: Event) -> None:
    key = event.envelope.subject_id
    own = told.setdefault(partition_of(key), [])
    own.append(Raw(len(own), recorded_ms(TODAY), key.encode(), value_of(event)))


@pytest.fixture(scope="module")
def client(database: str) -> Iterator[TestClient]:
    pool = ConnectionPool(database, min_size=1, max_size=4, kwargs={"autocommit": True}, open=False)
    with pool:
        yield client_of(create_service(pool, CALENDAR, noon(TODAY), dict, gate=gate()))


def ask(client: TestClient, path: str, /, platform: str = "organisation", **parameters: Any) -> Any:
    answer = client.get(f"/v1/{platform}/{path}", params=parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()


def found(client: TestClient, text: str, **parameters: Any) -> list[str]:
    return [each["subject_id"] for each in ask(client, "find", q=text, **parameters)["found"]]


@pytest.mark.parametrize(
    "text",
    [
        a.SUBJECT,
        "９１３３００００ＰＤＹ００００１ｘｑ",
        NAME,
        " 杭州 样例有限公司 ",
        "浙江样例集团有限公司",
        "330100000012345",
        "变1",
        "罚8",
    ],
)
def test_a_subject_is_found_by_any_name_and_number_of_today_and_of_before(
    client: TestClient, text: str
) -> None:
    assert found(client, text) == [a.SUBJECT]


def test_what_is_no_longer_published_is_not_found_by_the_public(client: TestClient) -> None:
    """The penalty of 2019 left publication; an authority that is given what is shared finds it."""
    profile = ask(client, f"subjects/{a.SUBJECT}/profile")["profile"]
    shown = {r["document_no"]: r["shown"] for r in profile["records"]}
    assert (shown["罚7"]["public"], shown["罚8"]["public"]) == (False, True)
    assert found(client, "罚7") == []
    shared = found(client, "罚7", reader="shared")
    assert shared == ([a.SUBJECT] if shown["罚7"]["shared"] else [])


def test_what_was_never_public_is_found_by_whom_it_is_shared_with_alone(
    client: TestClient,
) -> None:
    case = "判（2024）浙0106民初1号"
    assert found(client, case) == []
    assert found(client, case, reader="shared") == [a.SUBJECT]
    loan = SAID[ORGANISATION][7].envelope
    assert loan.disclosure is Disclosure.AUTHORISED
    assert found(client, loan.document_no, reader="shared") == []


def test_a_person_is_found_by_a_public_record_alone_and_never_by_an_identity_number(
    client: TestClient,
) -> None:
    page = ask(client, "find", platform="person", q="张三")
    assert [each["subject_id"] for each in page["found"]] == [a.PERSON]
    assert found(client, "李四", platform="person") == []
    answer = client.get("/v1/person/find", params={"q": "11010519491231002X"})
    assert answer.status_code == 400
    assert "11010519491231002X" not in answer.text
    assert client.get("/v1/person/subjects", params={"region": "330100"}).status_code == 400


def test_what_was_found_in_a_batch_is_told_over_all_firms_in_any_writing(
    client: TestClient,
) -> None:
    page = ask(client, "findings", batch="B-（2026）7")
    told = [(s["subject_id"], [r["said"]["result"] for r in s["records"]]) for s in page["found"]]
    assert told == sorted([(OTHER, ["failed"]), (a.SUBJECT, ["failed", "passed"])])
    pages = ask(client, "findings", product="电热水壶", limit=1)
    assert [each["subject_id"] for each in pages["found"]] == [min(OTHER, a.SUBJECT)]
    rest = ask(client, "findings", product="电热水壶", limit=1, after=pages["next_after"])
    assert [each["subject_id"] for each in rest["found"]] == [max(OTHER, a.SUBJECT)]
    assert rest["next_after"] is None


def test_firms_of_a_region_and_of_an_industry_come_page_by_page(client: TestClient) -> None:
    def firms(**asked: Any) -> list[str]:
        return [each["subject_id"] for each in ask(client, "subjects", **asked)["firms"]]

    assert firms(region="330106") == [a.SUBJECT]
    assert firms(region="330000") == [a.SUBJECT, OTHER]
    assert firms(industry="C13", region="330200") == [OTHER]
    assert firms(industry="c1") == [a.SUBJECT, OTHER]
    assert firms(industry="13") == [a.SUBJECT, OTHER]
    assert firms(industry="D") == []
    first = ask(client, "subjects", industry="C13", limit=1)
    rest = ask(client, "subjects", industry="C13", limit=1, after=first["next_after"])
    assert [f["subject_id"] for f in first["firms"] + rest["firms"]] == [a.SUBJECT, OTHER]
    assert rest["next_after"] is None


def test_warnings_are_listed_by_the_day_of_their_review_until_somebody_takes_note(
    client: TestClient,
) -> None:
    warnings = ask(client, f"subjects/{a.SUBJECT}/profile")["profile"]["warnings"]
    due = sorted(w["review_by"] for w in warnings if w["review_by"])
    assert due
    page = ask(client, "reviews", by=due[0])
    assert [w["warning"]["review_by"] for w in page["warnings"]] == [d for d in due if d == due[0]]
    told = {w["warning_id"] for w in ask(client, "warnings", subject=a.SUBJECT)["warnings"]}
    assert {w["warning_id"] for w in page["warnings"]} <= told
    day_before = date.fromisoformat(due[0]).fromordinal(date.fromisoformat(due[0]).toordinal() - 1)
    assert ask(client, "reviews", by=str(day_before))["warnings"] == []


@pytest.mark.parametrize(
    ("path", "parameters", "says"),
    [
        ("find", {}, "say what to look for"),
        ("find", {"q": " \u200b"}, "a name, a code or a number"),
        ("find", {"q": "x", "after": "\0"}, "next_after"),
        ("subjects", {}, "say what to look for"),
        ("subjects", {"industry": "中"}, "GB/T 4754"),
        ("subjects", {"region": "990000"}, "division"),
        ("reviews", {"by": "2026-06-15", "after": "C13/x"}, "after"),
        ("reviews", {"by": "tomorrow"}, "by"),
        ("findings", {"limit": 0}, "limit"),
    ],
)
def test_an_odd_question_is_refused_with_what_to_do(
    client: TestClient, path: str, parameters: dict[str, Any], says: str
) -> None:
    answer = client.get(f"/v1/organisation/{path}", params=parameters)
    assert answer.status_code == 400, answer.text
    assert says in answer.text


def test_a_number_that_was_corrected_away_leads_nowhere_and_the_new_one_does(
    database: str, client: TestClient
) -> None:
    """And what is looked up by is the same in a rebuild that reads all in one batch."""
    third = "91330000PDY00003XF"
    wrong = a.a_penalty("错1", "2026-05-20", subject_id=third)
    said = [wrong, a.a_correction(wrong, "2026-05-21", envelope__document_no="罚正1")]
    more = a.a_penalty("撤1", "2026-05-22", subject_id=third)
    said += [more, a.a_revocation(more, "2026-05-23")]
    partition = partition_of(third)
    with psycopg.connect(database, autocommit=True) as connection:
        store = Store("organisation_v1")
        projector = Projector(ORGANISATION, store, CALENDAR)
        with connection.cursor() as cursor:
            start = store.position(cursor, partition).next_offset
        for n, event in enumerate(said):
            raw = Raw(start + n, recorded_ms(TODAY), third.encode(), value_of(event))
            projector.apply(connection, partition, [raw])
    assert found(client, "罚错1") == []
    assert found(client, "罚正1") == [third]
    assert found(client, "罚撤1", reader="shared") == []
