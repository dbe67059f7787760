"""What each account may do at the running broker is what is declared: asked of it, and tried."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from events.partitioning import LEDGER_PARTITIONS
from events.topics import (
    submissions_topic,
)
from ops.cli import app
from ops.cli.access.kafka import AccountThereError, AccountUnknownError
from ops.environment import prepare
from ops.local.port import noted_port
from ops.rights import (
    RightsError,
    RuleDifference,
    apply,
    open_doors,
    rule_difference,
    told_binding,
)
from ops.serving import _grants
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
from streams.broker import Broker, broker, of_account
from tests.support import broker_tries as tries
from tests.support.account_tries import (
    MAY,
    MAY_NOT,
    ORGANISATION,
    OWN,
    PASSWORD,
    REFUSED,
    TABLE,
    TOPIC,
    WHO,
    Secured,
    reported,
    told,
)

if TYPE_CHECKING:
    from ops.local.stack import Stack


pytestmark = pytest.mark.stack
DECLARED = allowed(grants(TABLE))
HIDDEN = frozenset({TOPIC})


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


def test_the_service_sees_by_its_own_account_how_the_rules_differ(secured: Secured) -> None:
    """The page of operation asks so; an account that may not see them is told of none at all."""
    declared = rules(TABLE)
    own, other = of_account(secured.kafka, "query"), of_account(secured.kafka, "admission")
    assert rule_difference(own, declared) == RuleDifference([], [])
    assert rule_difference(other, declared).missing == declared
    assert _grants(own) == []
    with pytest.raises(RightsError):
        _grants(other)


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
