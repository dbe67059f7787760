"""What each account may do at the running broker is what is declared: asked of it, and tried."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from confluent_kafka import KafkaException, TopicCollection
from confluent_kafka.admin import AdminClient
from typer.testing import CliRunner

from events.envelope import Platform
from events.partitioning import LEDGER_PARTITIONS
from events.rules.rulebook import load_rulebook
from events.topics import (
    checkpoints_topic,
    duties_topic,
    ledger_topic,
    lists_topic,
    patches_topic,
    profiles_topic,
    rejections_topic,
    submissions_topic,
    warnings_topic,
)
from ops.cli import app
from ops.cli.access.kafka import AccountThereError, AccountUnknownError
from ops.environment import prepare
from ops.local.port import noted_port
from ops.rights import RuleDifference, apply, open_doors, rule_difference, told_binding
from streams.access import (
    SERVICES,
    Operation,
    ResourceKind,
    Rule,
    accounts_of,
    allowed,
    grants,
    rules,
)
from streams.accounts import make_accounts, revoke_accounts
from streams.broker import Broker, broker
from streams.topics import topic_table
from tests.support import broker_tries as tries

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ops.local.stack import Stack

pytestmark = pytest.mark.stack

TABLE = topic_table(load_rulebook())
DECLARED = allowed(grants(TABLE))
ORGANISATION, PERSON = Platform.ORGANISATION, Platform.PERSON
OWN = submissions_topic(ORGANISATION, "market-zj")
REFUSED = rejections_topic(ORGANISATION, "market-zj")
LEDGER = ledger_topic(ORGANISATION)
WARNED = warnings_topic(ORGANISATION, "330100")
PASSWORD = "correct-horse-battery-staple-0123456789"

TOPIC = "TOPIC_AUTHORIZATION_FAILED"
GROUP = "GROUP_AUTHORIZATION_FAILED"
CLUSTER = "CLUSTER_AUTHORIZATION_FAILED"
WHO = "_AUTHENTICATION"
HIDDEN = frozenset({TOPIC})


class Secured(NamedTuple):
    """A prepared broker, its administrator, and every account."""

    kafka: str
    admin: Broker
    accounts: Mapping[str, Broker]

    def at(self, name: str, password: str = PASSWORD) -> Broker:
        """Give an account, with another password than its own if need be."""
        return self.admin.as_account(name, password)


@pytest.fixture(scope="module")
def secured(stack: Stack) -> Secured:
    """Prepare the broker, and make every account that anybody may ask for."""
    prepare(stack, LEDGER_PARTITIONS)
    admin = broker(stack.kafka)
    asked = [name for name in accounts_of(TABLE) if name not in SERVICES]
    make_accounts(admin, dict.fromkeys([*asked, "revoked", "renewed"], PASSWORD))
    revoke_accounts(admin, ["revoked"])
    make_accounts(admin, {"renewed": f"{PASSWORD}-2"})
    accounts = {name: admin.as_account(name, PASSWORD) for name in asked}
    accounts |= {name: broker(stack.kafka, name) for name in SERVICES}
    return Secured(stack.kafka, admin, accounts)


def reported(account: Broker) -> dict[str, frozenset[str]]:
    """Give what the broker reports that an account may do, by topic; of others that it refuses."""
    admin = AdminClient({**account.librdkafka(), "logger": tries.Quiet()})
    asked = TopicCollection([topic.name for topic in TABLE])
    found: dict[str, frozenset[str]] = {}
    described = admin.describe_topics(asked, include_authorized_operations=True)
    for name, future in described.items():
        try:
            operations = future.result(30).authorized_operations
        except KafkaException as error:
            found[name] = frozenset({error.args[0].name()})
        else:
            found[name] = frozenset(each.name for each in operations)
    return found


def told(operations: frozenset[Operation]) -> frozenset[str]:
    """Give operations as the client library names them."""
    named = {"DescribeConfigs": "DESCRIBE_CONFIGS"}
    return frozenset(named.get(each, each.upper()) for each in operations)


def test_the_broker_reports_of_every_account_on_every_topic_what_is_declared(
    secured: Secured,
) -> None:
    with ThreadPoolExecutor(4) as threads:
        found = dict(
            zip(secured.accounts, threads.map(reported, secured.accounts.values()), strict=True)
        )
    assert len(found) > 100
    for account, seen in found.items():
        wanted = {
            topic.name: told(DECLARED[account, topic.name])
            if (account, topic.name) in DECLARED
            else HIDDEN
            for topic in TABLE
        }
        assert seen == wanted, account


def test_the_rules_are_those_declared_and_one_more_or_less_is_seen_and_mended(
    secured: Secured,
) -> None:
    declared = rules(TABLE)
    assert rule_difference(secured.kafka, declared) == RuleDifference([], [])
    assert open_doors(secured.kafka) == []

    lent = Rule("tax-zj", Operation.READ, ResourceKind.TOPIC, REFUSED)
    own = Rule("market-zj", Operation.WRITE, ResourceKind.TOPIC, OWN)
    (binding,) = rule_difference(secured.kafka, [each for each in declared if each != own]).beside
    apply(secured.kafka, RuleDifference([lent], [binding]))
    try:
        found = rule_difference(secured.kafka, declared)
        assert (found.missing, [*map(told_binding, found.beside)]) == ([own], [str(lent)])
        assert reported(secured.accounts["tax-zj"])[REFUSED] == {"READ", "DESCRIBE"}
        assert reported(secured.accounts["market-zj"])[OWN] == HIDDEN
    finally:
        apply(secured.kafka, rule_difference(secured.kafka, declared))
    assert rule_difference(secured.kafka, declared) == RuleDifference([], [])
    assert reported(secured.accounts["tax-zj"])[REFUSED] == HIDDEN


MAY: dict[str, tuple[Callable[[Secured], Any], Any]] = {
    "a department writes on its own topic": (
        lambda s: tries.write(s.accounts["market-zj"], OWN),
        "done",
    ),
    "a department writes idempotently": (
        lambda s: tries.write(s.accounts["market-zj"], OWN, **{"enable.idempotence": True}),
        "done",
    ),
    "a department reads its refusals": (
        lambda s: tries.read(s.accounts["market-zj"], REFUSED),
        "done",
    ),
    "a department reads its refusals as a group": (
        lambda s: tries.read(s.accounts["market-zj"], REFUSED, "market-zj.reader"),
        "done",
    ),
    "a department sees its four topics and no other": (
        lambda s: tries.look(s.accounts["market-zj"]),
        {
            name(platform, "market-zj")
            for name in (submissions_topic, rejections_topic)
            for platform in Platform
        },
    ),
    "the offices of a city write on the topic of the city": (
        lambda s: tries.write(s.accounts["330100"], submissions_topic(ORGANISATION, "330100")),
        "done",
    ),
    "a region reads its warnings as a group": (
        lambda s: tries.read(s.accounts["region-330100"], WARNED, "region-330100.board"),
        "done",
    ),
    "an auditor reads the ledger of persons": (
        lambda s: tries.read(s.accounts["auditor"], ledger_topic(PERSON)),
        "done",
    ),
    "a renewed account comes in with its new secret": (
        lambda s: tries.look(s.at("renewed", f"{PASSWORD}-2")),
        set(),
    ),
    "the other library comes in too": (
        lambda s: tries.by_aiokafka(s.accounts["market-zj"]),
        "done",
    ),
}

MAY_NOT: dict[str, tuple[Callable[[Secured], Any], str]] = {
    # Who are you?
    "nobody looks without an account": (
        lambda s: tries.look(Broker(s.admin.servers)),
        "_TRANSPORT",
    ),
    "nobody reads without an account": (
        lambda s: tries.by_aiokafka(Broker(s.admin.servers)),
        "closed",
    ),
    "a wrong password": (lambda s: tries.look(s.at("market-zj", "guessed")), WHO),
    "a wrong password by the other library": (
        lambda s: tries.by_aiokafka(s.at("market-zj", "guessed")),
        "closed",
    ),
    "a wrong password of the administrator": (lambda s: tries.look(s.at("admin", PASSWORD)), WHO),
    "an account that there never was": (lambda s: tries.look(s.at("market-xx")), WHO),
    "an account that was revoked": (lambda s: tries.look(s.at("revoked")), WHO),
    "the old secret of a renewed account": (lambda s: tries.look(s.at("renewed")), WHO),
    "the right password by PLAIN": (
        lambda s: tries.look(s.admin.as_account("market-zj", PASSWORD, "PLAIN")),
        WHO,
    ),
    "the broker's own name": (
        lambda s: tries.look(s.admin.as_account("broker", "guessed", "PLAIN")),
        WHO,
    ),
    "the broker's own name by SCRAM": (lambda s: tries.look(s.at("broker")), WHO),
    # A department.
    "a department writes on the ledger": (
        lambda s: tries.write(s.accounts["market-zj"], LEDGER),
        TOPIC,
    ),
    "a department reads the ledger": (lambda s: tries.read(s.accounts["market-zj"], LEDGER), TOPIC),
    "a department writes on another's topic": (
        lambda s: tries.write(s.accounts["tax-zj"], OWN),
        TOPIC,
    ),
    "a department reads its own submissions": (
        lambda s: tries.read(s.accounts["market-zj"], OWN),
        TOPIC,
    ),
    "a department reads another's refusals": (
        lambda s: tries.read(s.accounts["tax-zj"], REFUSED),
        TOPIC,
    ),
    "a department writes on its refusals": (
        lambda s: tries.write(s.accounts["market-zj"], REFUSED),
        TOPIC,
    ),
    "a department reads warnings": (lambda s: tries.read(s.accounts["market-zj"], WARNED), TOPIC),
    "a department reads profiles": (
        lambda s: tries.read(s.accounts["market-zj"], profiles_topic(ORGANISATION)),
        TOPIC,
    ),
    "a department reads what changed of profiles": (
        lambda s: tries.read(s.accounts["market-zj"], patches_topic(ORGANISATION)),
        TOPIC,
    ),
    "a department reads lists": (
        lambda s: tries.read(s.accounts["market-zj"], lists_topic(ORGANISATION)),
        TOPIC,
    ),
    "a department reads what waits for others": (
        lambda s: tries.read(s.accounts["market-zj"], duties_topic(ORGANISATION)),
        TOPIC,
    ),
    "a department joins another's group": (
        lambda s: tries.read(s.accounts["market-zj"], REFUSED, "tax-zj.reader"),
        GROUP,
    ),
    "a department joins the workers' group": (
        lambda s: tries.read(s.accounts["market-zj"], REFUSED, "credit-ledger.admission"),
        GROUP,
    ),
    "a department fences the profiles": (
        lambda s: tries.fence(s.accounts["market-zj"], "credit-ledger.organisation.profiles.0"),
        "TRANSACTIONAL_ID_AUTHORIZATION_FAILED",
    ),
    # A region, a city.
    "a region reads another's warnings": (
        lambda s: tries.read(s.accounts["region-330200"], WARNED),
        TOPIC,
    ),
    "a region reports": (
        lambda s: tries.write(
            s.accounts["region-330100"], submissions_topic(ORGANISATION, "330100")
        ),
        TOPIC,
    ),
    "the offices of a city read its warnings": (
        lambda s: tries.read(s.accounts["330100"], WARNED),
        TOPIC,
    ),
    # Services.
    "the projector writes on the ledger": (
        lambda s: tries.write(s.accounts["projector"], LEDGER),
        TOPIC,
    ),
    "the query service writes on the ledger": (
        lambda s: tries.write(s.accounts["query"], LEDGER),
        TOPIC,
    ),
    "admission writes profiles": (
        lambda s: tries.write(s.accounts["admission"], profiles_topic(ORGANISATION)),
        TOPIC,
    ),
    "the projector writes checkpoints": (
        lambda s: tries.write(s.accounts["projector"], checkpoints_topic(ORGANISATION)),
        TOPIC,
    ),
    "the signer fences the profiles": (
        lambda s: tries.fence(s.accounts["signer"], "credit-ledger.organisation.profiles.0"),
        "TRANSACTIONAL_ID_AUTHORIZATION_FAILED",
    ),
    "the auditor writes on the ledger": (
        lambda s: tries.write(s.accounts["auditor"], LEDGER),
        TOPIC,
    ),
    "the operator reads the ledger": (lambda s: tries.read(s.accounts["operator"], LEDGER), TOPIC),
    "the operator reads profiles of persons": (
        lambda s: tries.read(s.accounts["operator"], profiles_topic(PERSON)),
        TOPIC,
    ),
    # What only an administrator does.
    "a department makes a topic": (
        lambda s: tries.manage(s.accounts["market-zj"], "create", OWN),
        TOPIC,
    ),
    "a department deletes its topic": (
        lambda s: tries.manage(s.accounts["market-zj"], "delete", OWN),
        TOPIC,
    ),
    "the admission shortens the ledger": (
        lambda s: tries.manage(s.accounts["admission"], "shorten", LEDGER),
        TOPIC,
    ),
    "the admission empties the ledger": (
        lambda s: tries.manage(s.accounts["admission"], "empty", LEDGER),
        TOPIC,
    ),
    "the auditor deletes the ledger": (
        lambda s: tries.manage(s.accounts["auditor"], "delete", LEDGER),
        TOPIC,
    ),
    "a department allows itself everything": (
        lambda s: tries.manage(s.accounts["market-zj"], "allow", LEDGER),
        CLUSTER,
    ),
    "the operator allows itself everything": (
        lambda s: tries.manage(s.accounts["operator"], "allow", LEDGER),
        CLUSTER,
    ),
    "a department makes an account": (
        lambda s: tries.manage(s.accounts["market-zj"], "account", LEDGER),
        "Broker: Cluster authorization failed",
    ),
}


@pytest.mark.parametrize("what", MAY)
def test_what_is_allowed_is_done(secured: Secured, what: str) -> None:
    act, outcome = MAY[what]
    assert act(secured) == outcome


@pytest.mark.parametrize("what", MAY_NOT)
def test_what_is_not_allowed_is_refused(secured: Secured, what: str) -> None:
    act, word = MAY_NOT[what]
    assert act(secured) == word


def test_an_account_is_told_once_and_its_file_opens_the_way(
    secured: Secured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDIT_LEDGER_KAFKA", secured.kafka)

    def run(*arguments: str) -> Any:
        return CliRunner().invoke(app, ["access", "kafka", *arguments])

    revoke_accounts(secured.admin, ["culture-zj"])
    told = run("account", "culture-zj")
    assert told.exit_code == 0, told.output
    file = tmp_path / "culture-zj.properties"
    file.write_text(told.stdout)
    file.chmod(0o600)
    opened = broker(str(file))
    assert opened.account == "culture-zj"
    assert tries.write(opened, submissions_topic(ORGANISATION, "culture-zj")) == "done"

    again = run("account", "culture-zj")
    assert isinstance(again.exception, AccountThereError)
    assert opened.settings["sasl.password"] not in str(again.exception)
    renewed = run("account", "culture-zj", "--renew")
    assert renewed.exit_code == 0
    assert renewed.stdout != told.stdout
    assert tries.look(opened) == WHO
    assert run("account", "culture-zj", "--revoke").stdout == ""
    with pytest.raises(AccountUnknownError, match="perhaps region-330100"):
        raise run("account", "region-33010").exception
    make_accounts(secured.admin, {"culture-zj": PASSWORD})

    verified = run("verify", "--json")
    assert (verified.exit_code, json.loads(verified.stdout)["missing"]) == (0, [])
    (lent,) = [each for each in rules(TABLE) if str(each) == f"market-zj: Write Topic {OWN}"]
    apply(secured.kafka, RuleDifference([lent._replace(account="tax-zj")], []))
    assert f"- tax-zj: Write Topic {OWN}" in run("plan").stdout
    assert run("verify").exit_code == 1
    assert run("apply").exit_code == 0
    assert run("verify").exit_code == 0


@pytest.mark.parametrize("port", ["port", "controller-port"])
def test_no_port_answers_whoever_does_not_say_who_he_is(secured: Secured, port: str) -> None:
    noted = noted_port(Path(secured.kafka).parent / port)
    assert tries.create_acls(noted) == "closed"
    assert tries.alter_scram(noted) == "closed"
    assert rule_difference(secured.kafka, rules(TABLE)) == RuleDifference([], [])


def test_the_controllers_port_takes_no_account_of_anybody(secured: Secured) -> None:
    port = noted_port(Path(secured.kafka).parent / "controller-port")
    password = secured.admin.settings["sasl.password"]
    for account in (
        secured.admin,
        secured.admin.as_account("admin", password, "PLAIN"),
        secured.admin.as_account("broker", password, "PLAIN"),
        Broker(secured.admin.servers),
    ):
        assert tries.by_aiokafka(account, port) == "closed"
