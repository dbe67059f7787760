"""Natural persons before the public: those alone whom a law publishes on a list, while it does, by name and masked number."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

import msgspec
import psycopg
import pytest
from psycopg_pool import ConnectionPool

from events.admission.normal_form import with_envelope
from events.envelope import Disclosure, Platform
from events.partitioning import LEDGER_PARTITIONS, partition_of
from events.rules.rulebook import load_rulebook
from ops.pages.routes import pages
from ops.vault.copies import back_up, restore_vault
from ops.vault.opener import VaultOpener
from projections.calendar.rules import RuleCalendar
from projections.http.application import create_service
from projections.ledger.message import Raw
from projections.projector import Projector
from projections.store.database import create_control
from projections.store.store import Store
from tests.integration.test_vault_erasing import Vault, vault  # noqa: F401 - a fixture
from tests.support import builders as a
from tests.support.asking import client_of, gate, noon
from tests.support.chaos import wait_for
from tests.support.erasing import a_request, an_approval, an_erasing
from tests.support.given import recorded_ms, value_of
from tests.support.patience import AMPLE_S

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.testclient import TestClient

    from events.event import Event

NUMBER: Final = "330782190001020046"
MASKED: Final = "3307821900****0046"
NAME: Final = "失信测试人"
CALENDAR: Final = RuleCalendar(load_rulebook())
LISTED_ON: Final = date(2025, 3, 1)
TODAY: Final = date(2025, 6, 15)
NAMED_ON: Final = frozenset({"judgment_defaulter", "major_tax_violator"})
"""Written by hand: 失信被执行人 (最高人民法院 art. 6) and 重大税收违法失信主体 (order 54), and no other list."""


class Site:
    """A ledger of persons, reported by number and sealed, and the service that anybody may ask."""

    def __init__(self, of: Vault, pool: ConnectionPool[Any], connection: Any) -> None:
        self.vault, self.pool, self.connection = of, pool, connection
        self.projector = Projector(Platform.PERSON, Store("person_v1"), CALENDAR)
        self.next: Counter[int] = Counter()
        self.opener = VaultOpener(of.settings, of.kafka)
        self.opener._erasures = of.reader

    def say(self, event: Event, on: date = TODAY) -> None:
        subject = event.envelope.subject_id
        partition = partition_of(subject)
        raw = Raw(self.next[partition], recorded_ms(on), subject.encode(), value_of(event))
        self.projector.apply(self.connection, partition, [raw])
        self.next[partition] += 1

    def report(
        self, event: Event, number: str = NUMBER, name: str = NAME, on: date = TODAY
    ) -> Event:
        """Report what is said of a person by number and name, as the door has it recorded."""
        told = with_envelope(event, subject_id=self.vault.door.token(number), subject_name=name)
        told = a.named(told, Platform.PERSON)
        (sealed,) = self.vault.door.sealed([told], [number])
        assert sealed is not None
        self.say(sealed, on)
        return sealed

    def asked(self, on: date = TODAY) -> TestClient:
        service = create_service(
            self.pool,
            CALENDAR,
            noon(on),
            dict,
            gate=gate(),
            opener=self.opener,
            pages=pages(),
        )
        return client_of(service, None)

    def listed(self, code: str = "judgment_defaulter", on: date = TODAY, **asked: Any) -> Any:
        answer = self.asked(on).get(f"/v1/person/lists/{code}", params=asked)
        assert answer.status_code == 200, answer.text
        assert answer.headers["Cache-Control"] == "no-store"
        return answer.json()["members"]


@pytest.fixture
def site(vault: Vault) -> Iterator[Site]:  # noqa: F811 - the fixture
    url = vault.settings.postgres
    with (
        ConnectionPool(url, min_size=1, max_size=4, kwargs={"autocommit": True}) as pool,
        psycopg.connect(url, autocommit=True) as connection,
    ):
        create_control(connection, LEDGER_PARTITIONS)
        made = Site(vault, pool, connection)
        yield made
        made.opener.close()


def a_listing(code: str = "judgment_defaulter", no: int = 1, **envelope: Any) -> Event:
    """Give an entry of a list, in effect: a court's, or of the same shape on any other list."""
    rule = CALENDAR.rulebook.lists[code]
    event = a.a_court_listing(no, LISTED_ON, disclosure=Disclosure.PUBLIC, **envelope)
    ground = next(iter(rule.in_force[-1].grounds))
    event = with_envelope(event, category=rule.category)
    notified = LISTED_ON - timedelta(days=30)
    return msgspec.structs.replace(event, list=code, ground=ground, notified_on=notified)  # type: ignore[call-arg]


def test_of_all_lists_two_alone_name_persons_and_every_other_is_answered_alike(site: Site) -> None:
    for no, code in enumerate(CALENDAR.rulebook.lists):
        site.report(a_listing(code, no))
    client = site.asked()

    named = set()
    for code in CALENDAR.rulebook.lists:
        answer = client.get(f"/v1/person/lists/{code}")
        page = client.get(f"/zh/lists/{code}/persons")
        organisations = client.get(f"/v1/organisation/lists/{code}")
        assert (organisations.status_code, organisations.json()["members"]) == (200, [])
        assert NAME not in client.get(f"/zh/lists/{code}").text
        assert answer.status_code == page.status_code
        if answer.status_code == 200:
            assert [each["name"] for each in answer.json()["members"]] == [NAME], code
            assert NAME in page.text
            named.add(code)
        else:
            assert (answer.status_code, answer.json()["code"]) == (404, "nothing_public"), code
            assert NAME not in page.text
    assert named == NAMED_ON


def test_an_entry_is_shown_by_name_and_masked_number_and_by_no_token(site: Site) -> None:
    entry = site.report(a_listing())
    token = entry.envelope.subject_id

    answer = site.asked().get("/v1/person/lists/judgment_defaulter")
    pages_told = [
        site.asked().get(f"/{each}/lists/judgment_defaulter/persons") for each in ("zh", "en")
    ]

    assert answer.json() == {
        "list": "judgment_defaulter",
        "members": [
            {
                "entry_id": entry.envelope.event_id,
                "name": NAME,
                "number": MASKED,
                "document_no": "执1",
                "department": "court-zj",
                "region": entry.envelope.region,
                "ground": "able_but_refuses",
                "since": "2025-03-01",
                "until": None,
            }
        ],
        "next_after": None,
    }
    for told in (answer, *pages_told):
        assert MASKED in told.text
        assert told.headers["Cache-Control"] == "no-store"
        assert token not in told.text
        assert NUMBER not in told.text
        assert "sealed" not in told.text
    assert all(told.headers["X-Robots-Tag"] == "noindex, noarchive" for told in pages_told)
    client = site.asked()
    for path in ("profile", "cases", "hint", "history", "report"):
        assert client.get(f"/v1/person/subjects/{token}/{path}").status_code == 403
    assert client.get(f"/zh/notices/{token}/{entry.envelope.event_id}").status_code in (403, 404)


def test_pages_go_on_behind_an_entry_and_name_no_token(site: Site) -> None:
    numbers = ("330106190001010017", "330106190001010025", "33010619000101005X")
    for no, number in enumerate(numbers):
        site.report(a_listing(no=no), number, f"第{no}人")
    client, seen, after = site.asked(), [], None
    for _ in numbers:
        asked = {"limit": 1} if after is None else {"limit": 1, "after": after}
        told = client.get("/v1/person/lists/judgment_defaulter", params=asked).json()
        seen += [each["name"] for each in told["members"]]
        after = told["next_after"]
        assert after is None or not any(site.vault.door.token(each) in after for each in numbers)

    assert (sorted(seen), after) == (["第0人", "第1人", "第2人"], None)
    assert site.listed(region="330200") == []


@pytest.mark.parametrize("why", ["removed", "objected", "revoked", "shared", "unnotified", "other"])
def test_who_is_not_published_today_is_not_on_the_list(site: Site, why: str) -> None:
    if why == "shared":
        site.report(with_envelope(a_listing(), disclosure=Disclosure.SHARED))
    elif why == "unnotified":
        site.report(msgspec.structs.replace(a_listing("major_tax_violator"), notified_on=None))  # type: ignore[call-arg]
        assert site.listed("major_tax_violator") == []
    elif why == "other":
        site.report(a.a_penalty(1, "2025-03-01", disclosure=Disclosure.PUBLIC))
        site.report(a.arrears(1, "2025-03-01", disclosure=Disclosure.PUBLIC))
    else:
        entry = site.report(a_listing())
        assert len(site.listed()) == 1
        says = {
            "removed": lambda: a.a_removal(entry, "2025-06-01"),
            "objected": lambda: a.an_objection(entry, "2025-06-10"),
            "revoked": lambda: a.a_revocation(entry, "2025-06-01"),
        }[why]
        # The amendment reaches the projection alone: what it says of the person is no name.
        site.say(a.named(with_envelope(says(), subject_name=None), Platform.PERSON))

    assert site.listed() == []
    assert NAME not in site.asked().get("/zh/lists/judgment_defaulter/persons").text


def test_an_entry_is_shown_from_its_day_to_the_end_of_its_term_whatever_was_swept(
    site: Site,
) -> None:
    entry = msgspec.structs.replace(a_listing(), ground="evades", term_months=3)  # type: ignore[call-arg]
    site.report(entry, on=LISTED_ON)

    days = [LISTED_ON + timedelta(days=each) for each in (-1, 0, 91, 92)]
    assert [len(site.listed(on=each)) for each in days] == [0, 1, 1, 0]


def test_whose_erasure_is_approved_is_hidden_and_whose_keys_are_gone_is_not_named(
    site: Site, tmp_path: Path
) -> None:
    site.report(a_listing())
    subject = site.vault.door.token(NUMBER)
    request = a_request(subject_id=subject)
    approval = an_approval(request, subject_id=subject)
    copy = tmp_path / "vault.copy"
    back_up(site.vault.settings, copy)
    # Only Kafka knows of it so far: read models may be late.
    done = TODAY + timedelta(days=30)
    erasing = an_erasing(request, subject_id=subject)
    site.vault.say((request, TODAY), (approval, TODAY), (erasing, done))
    print(
        site.vault.sql("SELECT * FROM vault.erasure"),
        site.vault.sql("SELECT * FROM vault.gone_through"),
    )
    # A transaction is read once the broker has written its mark, which may be after the commit.
    wait_for(site.vault.reader.go_through, AMPLE_S, "the person is erased")
    assert site.listed() == []
    assert site.vault.sql("SELECT * FROM vault.shown_number") == []
    restore_vault(site.vault.settings, site.vault.reader, copy)
    assert site.vault.sql("SELECT * FROM vault.shown_number") == []

    other = "330106190001010025"
    site.report(a_listing(no=2), other)
    subject = site.vault.door.token(other)
    request = a_request(subject_id=subject)
    assert len(site.listed()) == 1
    site.say(request)
    assert len(site.listed()) == 1
    site.say(an_approval(request, subject_id=subject))
    assert site.listed() == []


def test_a_masked_number_is_put_back_from_a_copy_and_outlives_a_new_master(
    site: Site, tmp_path: Path
) -> None:
    site.report(a_listing())
    site.report(a.a_penalty(1, "2025-03-01"))
    assert len(site.vault.sql("SELECT * FROM vault.shown_number")) == 1
    assert MASKED not in str(site.vault.sql("SELECT * FROM vault.shown_number"))
    copy = tmp_path / "vault.copy"
    back_up(site.vault.settings, copy)
    assert MASKED not in copy.read_text("utf-8")
    site.vault.sql("TRUNCATE vault.person_key CASCADE")
    assert site.listed() == []

    restore_vault(site.vault.settings, site.vault.reader, copy)

    assert [each["number"] for each in site.listed()] == [MASKED]


def test_without_keys_the_list_is_away_and_names_nobody(site: Site) -> None:
    site.report(a_listing())
    site.opener._erasures = None

    answer = site.asked().get("/v1/person/lists/judgment_defaulter")

    assert answer.status_code == 503
    assert NAME not in answer.text
    assert "sealed:" not in answer.text
