"""The access rules follow from the table of topics: a department writes on its own, and only there."""

from __future__ import annotations

import msgspec
import pytest

from events.envelope import Platform, Source
from events.rules.rulebook import load_rulebook
from events.topics import ledger_topic, submissions_topic
from streams.access import SERVICES, grants
from streams.topics import topic_table

RULEBOOK = load_rulebook()
FOUND = grants(topic_table(RULEBOOK))


@pytest.mark.requirement(2)
def test_each_department_writes_on_its_own_topics_and_reads_none() -> None:
    for code, row in RULEBOOK.departments.items():
        assert [(g.operation, g.topic) for g in FOUND if g.account == code] == [
            ("Write", submissions_topic(platform, code))
            for platform in Platform
            if platform in row.platforms
        ]
    government = [r for r in RULEBOOK.departments.values() if Source.DEPARTMENT in r.sources]
    assert len(government) >= 39


@pytest.mark.requirement(2)
def test_nobody_but_admission_writes_on_the_ledger() -> None:
    for platform in Platform:
        writers = {
            grant.account
            for grant in FOUND
            if grant.topic == ledger_topic(platform) and grant.operation == "Write"
        }
        assert writers == {"admission"}


@pytest.mark.requirement(2)
def test_a_hundred_and_thirty_departments_have_as_many_accounts() -> None:
    model = RULEBOOK.departments["market-zj"]
    new = {f"new-{n}": msgspec.structs.replace(model, code=f"new-{n}") for n in range(130)}
    more = msgspec.structs.replace(RULEBOOK, departments=RULEBOOK.departments | new)
    found = grants(topic_table(more))

    assert {grant.account for grant in found} - {grant.account for grant in FOUND} == set(new)
    assert len({grant.topic for grant in found}) - len({g.topic for g in FOUND}) == 260


def test_a_rule_is_written_as_kafkas_own_tool_takes_it() -> None:
    (first, *_) = [grant for grant in FOUND if grant.account == "tax-zj"]

    assert first.command() == (
        "--add --allow-principal User:tax-zj --operation Write "
        "--topic credit.organisation.submissions.tax-zj"
    )
    assert {g.account for g in FOUND if g.operation == "Read"} <= set(SERVICES)
