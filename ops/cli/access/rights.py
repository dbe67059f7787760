"""The verb `access`: keys and contracts of those who ask, and a decision explained."""

from __future__ import annotations

import secrets
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
import typer

from events.envelope import CHINA, Platform
from events.rules.access import Gives, Purpose, Role, load_access_policy
from events.rules.rulebook import load_rulebook
from ops.cli.terminal import Json, console, database, day, print_json
from ops.doors.keys import (
    KeyRefusedError,
    check_holder,
    close_contract,
    create_key,
    end_key,
    make_contract,
)
from ops.doors.telling import Teller
from ops.environment import kafka_or_none, running_kafka
from ops.terms.language import spoken
from projections.access.asker import Asker, ConsentState, Contract, Wanted
from projections.access.decide import decide
from projections.store.control.keys import KeptContract, list_contracts, list_keys

if TYPE_CHECKING:
    from collections.abc import Mapping

_Expires = Annotated[str | None, typer.Option(help="First day without it, as 2027-01-01.")]

_NAMED_BY: Final[Mapping[Role, str]] = {
    Role.DEPARTMENT: "department",
    Role.REGION: "region",
    Role.SUBJECT: "subject",
    Role.AGENCY: "contract",
    Role.PROVINCE: "contract",
}
"""The option that names the holder of a key of a role; the other roles need none."""


def add_to(app: typer.Typer) -> None:
    """Add these verbs to the group `access`."""
    key = typer.Typer(help="Keys of those who ask over HTTP.", no_args_is_help=True)
    key.command("create")(create_key_verb)
    key.command("list")(list_keys_verb)
    key.command("revoke")(revoke_key_verb)
    contract = typer.Typer(help="Contracts of agencies and provinces.", no_args_is_help=True)
    contract.command("make")(make_contract_verb)
    contract.command("list")(list_contracts_verb)
    contract.command("end")(end_contract_verb)
    app.add_typer(key, name="key")
    app.add_typer(contract, name="contract")
    app.command("explain")(explain_access_verb)


def create_key_verb(
    role: Annotated[Role, typer.Option(help="As what the key asks.")],
    department: Annotated[str | None, typer.Option(help="Code of the department.")] = None,
    region: Annotated[str | None, typer.Option(help="Division code of a supervisor.")] = None,
    subject: Annotated[str | None, typer.Option(help="Credit code, or a person's token.")] = None,
    contract: Annotated[
        str | None, typer.Option(help="Code of the agency or province; its contract counts.")
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="Who holds it, as its organisation calls them.")
    ] = None,
    expires: _Expires = None,
    as_json: Json = False,
) -> None:
    """Make a key. Its secret is shown once, and kept nowhere.

    Of one holder two keys may be in force together, so that one can be changed for the other.
    """
    of = {Role.DEPARTMENT: department, Role.SUBJECT: subject}.get(role, contract or department)
    for option, given, roles in (
        ("department", department, {Role.DEPARTMENT, Role.AUDITOR, Role.OPERATOR}),
        ("region", region, {Role.REGION}),
        ("subject", subject, {Role.SUBJECT}),
        ("contract", contract, {Role.AGENCY, Role.PROVINCE}),
    ):
        if given is not None and role not in roles:
            raise KeyRefusedError(
                f"{option} = {given[:60]!r}: not of the role {role}", field=option
            )
    needed = _NAMED_BY.get(role)
    if needed is not None and (region if role is Role.REGION else of) is None:
        raise KeyRefusedError(
            f"--{needed} is missing: a key of the role {role} says whose it is", field=f"--{needed}"
        )
    check_holder(role, load_rulebook(), organisation=of, region=region)
    with database() as connection:
        made = create_key(
            connection,
            Teller(running_kafka()),
            _now(),
            roles=(role,),
            organisation=of,
            region=region,
            name=name,
            until=day(expires) if expires else None,
        )
    told = {**msgspec.to_builtins(made.key), "secret": made.bearer}
    if as_json:
        print_json(told)
        return
    console.print(_said("key", key=made.key.key_id))
    console.print(f"  Authorization: Bearer {made.bearer}", highlight=False, soft_wrap=True)


def list_keys_verb(as_json: Json = False) -> None:
    """List keys, the newest first: whose, from when to when, when shown last. No secret."""
    with database() as connection:
        found = list_keys(connection)
    if as_json:
        print_json(found)
        return
    for key in found:
        console.print(
            _said(
                "key_line",
                key=key.key_id,
                roles="+".join(key.roles),
                whose=key.organisation or key.region or "-",
                name=key.name or "-",
                since=key.since,
                stands=_stands(key.until, "revoked" if key.revoked else None),
                used=key.used_on or _said("never"),
            ),
            highlight=False,
            markup=False,
        )


def revoke_key_verb(
    key_id: Annotated[str, typer.Argument(help="Id of the key.")], as_json: Json = False
) -> None:
    """End a key, at once and in every process, also while Kafka is away: its end is told later."""
    with database() as connection:
        told = end_key(connection, Teller(kafka_or_none()), key_id, _now())
    if as_json:
        print_json({"key_id": key_id, "revoked": True, "told": told})
        return
    console.print(_said("dead", key=key_id), highlight=False)
    if not told:
        console.print(_said("told_later"), highlight=False)


def make_contract_verb(
    organisation: Annotated[str, typer.Argument(help="Code of the agency or province.")],
    purpose: Annotated[list[Purpose], typer.Option(help="A purpose that it covers.")],
    since: Annotated[str | None, typer.Option(help="First day; default: today.")] = None,
    expires: _Expires = None,
    a_day: Annotated[
        int | None, typer.Option(min=1, help="So many answers a day at most; default: no bound.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Enter a contract: for whom, for which purposes, from when to when, how much a day."""
    now = _now()
    contract = KeptContract(
        contract_id=secrets.token_hex(6),
        organisation=organisation,
        purposes=tuple(purpose),
        since=day(since) if since else now.date(),
        until=day(expires) if expires else None,
        a_day=a_day,
    )
    with database() as connection:
        make_contract(connection, Teller(running_kafka()), contract, now)
    if as_json:
        print_json(contract)
        return
    made = _said("contract", contract=contract.contract_id, organisation=organisation)
    console.print(made, highlight=False)


def list_contracts_verb(as_json: Json = False) -> None:
    """List contracts, the newest first."""
    with database() as connection:
        found = list_contracts(connection)
    if as_json:
        print_json(found)
        return
    for each in found:
        console.print(
            _said(
                "contract_line",
                contract=each.contract_id,
                organisation=each.organisation,
                purposes=", ".join(each.purposes),
                since=each.since,
                stands=_stands(each.until, "ended" if each.ended else None),
            ),
            highlight=False,
        )


def end_contract_verb(
    contract_id: Annotated[str, typer.Argument(help="Id of the contract.")],
) -> None:
    """End a contract: from now on its keys are given nothing by it."""
    with database() as connection:
        close_contract(connection, Teller(running_kafka()), contract_id, _now())
    console.print(_said("contract_ended", contract=contract_id), highlight=False)


def explain_access_verb(
    role: Annotated[Role, typer.Option(help="As what is asked.")],
    gives: Annotated[Gives, typer.Option(help="What is asked for.")],
    platform: Annotated[Platform | None, typer.Option(help="Of organisations or persons.")] = None,
    purpose: Annotated[Purpose | None, typer.Option(help="What for.")] = None,
    organisation: Annotated[
        str | None, typer.Option(help="Who asks: department, agency, subject.")
    ] = None,
    region: Annotated[str | None, typer.Option(help="Division of the supervisor who asks.")] = None,
    subject: Annotated[str | None, typer.Option(help="Who is asked about.")] = None,
    of: Annotated[str | None, typer.Option(help="The department whose matter it is.")] = None,
    seat: Annotated[str | None, typer.Option(help="Division of the subject's seat.")] = None,
    basis: Annotated[str | None, typer.Option(help="Law, case number or consent.")] = None,
    consent: Annotated[ConsentState, typer.Option(help="The consent.")] = ConsentState.NONE,
    contracted: Annotated[
        list[Purpose] | None, typer.Option(help="A purpose that a contract in force covers.")
    ] = None,
    on: Annotated[str | None, typer.Option(help="Day; default: today.")] = None,
) -> None:
    """Explain a decision as JSON: permit or refusal, and the row with its law that decides."""
    today = day(on) if on else _now().date()
    contract = Contract(contract_id="asked", purposes=tuple(contracted or ()), start=today)
    who = Asker(
        role=role,
        organisation=organisation,
        region=region,
        contracts=(contract,) if contracted else (),
    )
    what = Wanted(
        gives=gives,
        platform=platform,
        subject=subject,
        of=of,
        seat=seat,
        purpose=purpose,
        basis=basis,
        consent=consent,
    )
    policy = load_access_policy()
    decided: dict[str, Any] = msgspec.to_builtins(decide(who, what, policy, today))
    row = next((row for row in policy.rows if row.id == decided["rule"]), None)
    print_json(
        {
            "given": "view" in decided,
            **decided,
            "row": msgspec.to_builtins(row),
            "on": today.isoformat(),
        }
    )


def _stands(until: date | None, over: str | None) -> str:
    """Tell whether a key or a contract is in force; `over` is how it came to its end."""
    if over is not None:
        return _said(over)
    return _said("in_force") if until is None else _said("until", until=until)


def _said(code: str, **values: object) -> str:
    return spoken(code, "given", **values)


def _now() -> datetime:
    return datetime.now(CHINA)
