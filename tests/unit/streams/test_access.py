"""The broker's rules follow from the table of topics, and give nobody more than it says."""

from __future__ import annotations

import msgspec
import pytest

from events.envelope import Platform, Source
from events.rules.divisions import WARNING_REGIONS, ZHEJIANG_CITIES
from events.rules.rulebook import load_rulebook
from events.topics import (
    ledger_topic,
    patches_topic,
    profiles_topic,
    rejections_topic,
    submissions_topic,
    warnings_topic,
)
from streams.access import (
    ADMIN,
    SERVICES,
    Grant,
    Operation,
    ResourceKind,
    accounts_of,
    allowed,
    grants,
    rules,
)
from streams.topics import topic_table

RULEBOOK = load_rulebook()
TABLE = topic_table(RULEBOOK)
FOUND = grants(TABLE)
RULES = rules(TABLE)
LOOKS = {Operation.DESCRIBE, Operation.DESCRIBE_CONFIGS}


def of(account: str) -> set[tuple[Operation, str]]:
    """Give what an account may do."""
    return {(grant.operation, grant.topic) for grant in FOUND if grant.account == account}


@pytest.mark.requirement(2)
def test_a_department_writes_on_its_topics_reads_its_refusals_and_sees_no_other() -> None:
    for code, row in RULEBOOK.departments.items():
        platforms = [platform for platform in Platform if platform in row.platforms]
        looks = {each for each in of(code) if code == "operator" and each[0] in LOOKS}
        assert of(code) - looks == {
            *((Operation.WRITE, submissions_topic(platform, code)) for platform in platforms),
            *((Operation.READ, rejections_topic(platform, code)) for platform in platforms),
        }
    government = [r for r in RULEBOOK.departments.values() if Source.DEPARTMENT in r.sources]
    assert len(government) >= 39


def test_a_region_reads_its_warnings_and_is_not_the_offices_of_its_city() -> None:
    for region in WARNING_REGIONS:
        assert of(f"region-{region}") == {
            (Operation.READ, warnings_topic(platform, region)) for platform in Platform
        }
    for city in ZHEJIANG_CITIES:
        assert {topic for _, topic in of(city)} == {
            name(platform, city)
            for platform in Platform
            for name in (submissions_topic, rejections_topic)
        }


@pytest.mark.requirement(2)
def test_nobody_but_admission_writes_on_the_ledger() -> None:
    for platform in Platform:
        name = ledger_topic(platform)
        assert {g.account for g in FOUND if g[1:] == (Operation.WRITE, name)} == {"admission"}


def test_profiles_and_the_ledger_of_persons_are_for_services_and_auditors() -> None:
    closed = {ledger_topic(Platform.PERSON), *map(profiles_topic, Platform)}
    closed |= set(map(patches_topic, Platform))
    assert {grant.account for grant in FOUND if grant.topic in closed} <= set(SERVICES)


def test_the_operator_reads_no_record_by_that_right() -> None:
    looks = {(operation, topic.name) for topic in TABLE for operation in LOOKS}
    assert {topic for _, topic in of("operator") - looks} == {
        name(platform, "operator")
        for platform in Platform
        for name in (submissions_topic, rejections_topic)
    }
    assert looks <= of("operator")


def test_no_department_has_the_name_of_a_service_but_the_operators_own() -> None:
    assert {*SERVICES, ADMIN, "broker"} & RULEBOOK.departments.keys() == {"operator"}


@pytest.mark.requirement(2)
def test_a_hundred_and_thirty_departments_have_as_many_accounts() -> None:
    model = RULEBOOK.departments["market-zj"]
    new = {f"new-{n}": msgspec.structs.replace(model, code=f"new-{n}") for n in range(130)}
    more = topic_table(msgspec.structs.replace(RULEBOOK, departments=RULEBOOK.departments | new))

    assert set(accounts_of(more)) - set(accounts_of(TABLE)) == set(new)
    assert len(more) - len(TABLE) == 4 * 130


def test_rules_allow_what_is_granted_and_nothing_else() -> None:
    names = {topic.name for topic in TABLE}
    allowing = {
        Grant(rule.account, rule.operation, name)
        for rule in RULES
        if rule.kind is ResourceKind.TOPIC
        for name in names
        if (name.startswith(rule.name) if rule.prefixed else name == rule.name)
    }
    assert allowing == set(FOUND)
    assert len(RULES) == len(set(RULES)) < len(FOUND) / 2


def test_who_reads_may_join_the_groups_of_his_name_and_no_others() -> None:
    readers = {grant.account for grant in FOUND if grant.operation is Operation.READ}
    groups = [
        rule for rule in RULES if rule.kind is ResourceKind.GROUP and rule.operation != "Describe"
    ]
    own = {rule.account: rule.name for rule in groups if rule.prefixed}
    assert own == {account: f"{account}." for account in readers}
    assert {rule.name for rule in groups if not rule.prefixed} == {
        "credit-ledger.admission",
        "credit-ledger.projector",
    }
    # Else a name would be the beginning of another's.
    assert not [name for name in accounts_of(TABLE) if "." in name]


def test_only_projector_and_signer_fence_and_each_what_is_its_own() -> None:
    fenced = {(r.account, r.name) for r in RULES if r.kind is ResourceKind.TRANSACTIONS}
    assert fenced == {
        (account, f"credit-ledger.{platform}.{what}")
        for platform in Platform
        for account, what in (("projector", "profiles"), ("signer", "checkpoints"))
    }


def test_who_reads_or_writes_may_also_look() -> None:
    found = allowed([Grant("a", Operation.READ, "t"), Grant("a", Operation.DESCRIBE_CONFIGS, "u")])
    assert found == {
        ("a", "t"): {Operation.READ, Operation.DESCRIBE},
        ("a", "u"): {Operation.DESCRIBE_CONFIGS},
    }


def test_a_rule_is_written_as_kafkas_own_tool_takes_it() -> None:
    told = {rule.command() for rule in RULES if rule.account == "tax-zj"}
    begins = "--add --allow-principal User:tax-zj --operation"
    assert told == {
        *(
            f"{begins} {operation} --topic 'credit.{platform}.{kind}.tax-zj'"
            for platform in Platform
            for operation, kind in (("Write", "submissions"), ("Read", "rejections"))
        ),
        f"{begins} Read --group 'tax-zj.' --resource-pattern-type prefixed",
    }
