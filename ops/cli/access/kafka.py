"""The broker's accounts and rules: plan, apply, verify, account."""

from __future__ import annotations

import sys
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from events.errors import LedgerError
from events.rules.rulebook import load_rulebook
from ops.cli.terminal import Json, console, print_json
from ops.environment import running_kafka
from ops.local.process import replace_text
from ops.local.security import new_password
from ops.rights import RuleDifference, apply, open_doors, rule_difference, told_binding
from ops.terms.language import spoken
from streams.access import ADMIN, Rule, accounts_of, rules
from streams.accounts import accounts, make_accounts, revoke_accounts
from streams.broker import are_ours, broker, of_account, settings_text
from streams.topics import topic_table

_SHOWN_CLOSE: Final = 5

kafka_app = typer.Typer(
    help="The broker's accounts and rules. What is right follows from departments and topics.",
    no_args_is_help=True,
)


class AccountUnknownError(LedgerError):
    """No account of that name is declared: departments, cities, regions and services have one."""

    exit_code = 2


class AccountThereError(LedgerError):
    """The account is there, and its secret was told once."""


class NoAccountsError(LedgerError):
    """The broker asks for no account: anybody may do everything on it."""


def add_to(app: typer.Typer) -> None:
    """Add these verbs."""
    kafka_app.command("plan")(plan_verb)
    kafka_app.command("apply")(apply_verb)
    kafka_app.command("verify")(rules_verb)
    kafka_app.command("account")(account_verb)
    app.add_typer(kafka_app, name="kafka")


def plan_verb(as_json: Json = False) -> None:
    """Show which rules `apply` would add to the broker (+), and which it would remove (-)."""
    _show(rule_difference(running_kafka(), _declared()), [], as_json=as_json)


def apply_verb(as_json: Json = False) -> None:
    """Make the broker's rules those declared: add what is missing, remove what is beside them."""
    kafka = running_kafka()
    found = rule_difference(kafka, _declared())
    apply(kafka, found)
    _show(found, [], as_json=as_json)


def rules_verb(as_json: Json = False) -> None:
    """Check that the broker's rules are those declared, and that no listener is open without them.

    Exit code 1 where one is missing or beside the declaration, or a listener asks for no account.
    """
    kafka = running_kafka()
    found, doors = rule_difference(kafka, _declared()), open_doors(kafka)
    _show(found, doors, as_json=as_json)
    if found.missing or found.beside or doors:
        raise typer.Exit(1)


def account_verb(
    name: Annotated[
        str,
        typer.Argument(
            help="A department or city by its code (market-zj, 330100), the supervisors of a"
            " region (region-330100), or a service (auditor)."
        ),
    ],
    renew: Annotated[
        bool,
        typer.Option("--renew", help="Of an account that is there: a new secret, at once."),
    ] = False,
    revoke: Annotated[
        bool, typer.Option("--revoke", help="Take the account away; print nothing.")
    ] = False,
) -> None:
    """Make an account, and print its client settings as key=value: its secret is told this once.

    Save them in a file that nobody else may read, which CREDIT_LEDGER_KAFKA then names; kcat and
    librdkafka's clients read it too. What the account may do, `plan` and `topics --access` show.
    """
    kafka = running_kafka()
    connection = broker(kafka)
    if connection.account is None:
        raise NoAccountsError(
            f"{connection.servers}: {NoAccountsError.__doc__}", servers=connection.servers
        )
    _check_declared(name)
    if revoke:
        revoke_accounts(connection, [name])
        return
    if not renew and name in accounts(connection):
        raise AccountThereError(
            f"{name}: {AccountThereError.__doc__} `--renew` makes a new one.", name=name
        )
    password = new_password()
    make_accounts(connection, {name: password})
    text = settings_text(connection.as_account(name, password))
    file = Path(of_account(kafka, name))
    if are_ours(kafka) and file.exists():
        replace_text(file, text, mode=0o600)
    sys.stdout.write(text)
    print(spoken("keep", "given", name=name), file=sys.stderr)


def _check_declared(name: str) -> None:
    declared = [ADMIN, *accounts_of(topic_table(load_rulebook()))]
    if name in declared:
        return
    close = [
        *(each for each in declared if each.endswith(f"-{name}")),
        *get_close_matches(name, declared, _SHOWN_CLOSE),
    ]
    like = ", ".join(dict.fromkeys(close))
    raise AccountUnknownError(
        f"{name[:60]!r}: no department, city, region-… or service has this name"
        + (f"; perhaps {like}" if like else ""),
        name=name[:60],
        like=like or spoken("no_close", "given"),
    )


def _declared() -> list[Rule]:
    return rules(topic_table(load_rulebook()))


def _show(found: RuleDifference, doors: list[str], *, as_json: bool) -> None:
    missing, beside = list(map(str, found.missing)), list(map(told_binding, found.beside))
    if as_json:
        told: dict[str, Any] = {"missing": missing, "beside": beside, "open": doors}
        print_json(told)
        return
    for sign, lines in (("+", missing), ("-", beside), ("!", doors)):
        for line in lines:
            console.print(f"{sign} {line}", soft_wrap=True, highlight=False, markup=False)
    console.print(spoken("rules", "given", missing=len(missing), beside=len(beside)))
