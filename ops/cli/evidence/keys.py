"""Keys that sign, and whom one trusts: `keys new`, `keys show`, `keys policy`."""

from __future__ import annotations

from typing import Annotated

import typer

from ops.cli.terminal import Json, console, print_published, say, unfit
from ops.evidence.keys import known_keys, new_key_named, policy_text
from ops.evidence.settings import read_evidence_settings
from ops.terms.language import spoken
from projections.proof.kinds import KINDS_BY_NAME
from projections.proof.policy import parse_policy

_NAME = typer.Argument(
    help="What it signs: `organisation` or `person` (a log), `reports`, `departments/CODE`; any other"
    " name is taken as it stands, such as a witness's.",
)


def add_to(app: typer.Typer) -> None:
    """Add this group of verbs."""
    keys = typer.Typer(
        no_args_is_help=True,
        help="Make and show signing keys, and the policy: whom one trusts (C2SP tlog-policy)."
        " A private key stays in its file, which only its owner may read.",
    )
    keys.command("new")(new_verb)
    keys.command("show")(show_verb)
    keys.command("policy")(policy_verb)
    app.add_typer(keys, name="keys")


def new_verb(
    name: Annotated[str, _NAME],
    kind: Annotated[
        str, typer.Option(help=f"The kind of signature: {', '.join(KINDS_BY_NAME)}.")
    ] = "ed25519",
    as_json: Json = False,
) -> None:
    """Make a key beside those there are: both sign from the next start of the signer on.

    Hand the new vkey to everybody first, and list both in the policy while keys are changed. The old
    one is taken out of use by moving its `.key` away; its `.vkey` stays, so that what it signed verifies.
    """
    settings = read_evidence_settings()
    if kind not in KINDS_BY_NAME:
        choices = ", ".join(KINDS_BY_NAME)
        raise unfit("one_of", hint="--kind", value=kind[:40], choices=choices)
    place, verifier = new_key_named(settings, name, KINDS_BY_NAME[kind])
    if as_json:
        print_published(
            {"file": str(place), "name": verifier.name, "kind": kind, "vkey": verifier.vkey()}
        )
        return
    typer.echo(verifier.vkey())
    say(spoken("keep_key", "evidenced", file=place))


def show_verb(as_json: Json = False) -> None:
    """Show the public keys (vkeys) that are known here, and which of them can sign."""
    found = known_keys(read_evidence_settings())
    if as_json:
        print_published([each._asdict() for each in found])
        return
    for each in found:
        told = spoken("signs" if each.signs else "verifies", "evidenced")
        console.print(f"{told:9}{each.kind:16}{each.vkey}", soft_wrap=True, markup=False)
    if not found:
        say(spoken("no_keys", "evidenced"))


def policy_verb(as_json: Json = False) -> None:
    """Show the policy in force: which logs, which witnesses, and how many must have cosigned.

    It is the file that CREDIT_LEDGER_POLICY names, checked, or else our own logs and no witness.
    """
    text = policy_text(read_evidence_settings())
    policy = parse_policy(text)
    if as_json:
        witnesses = [
            {"name": name, "key": known.verifier.name, "url": known.url}
            for name, known in policy.witnesses.items()
        ]
        logs = [each.verifier.name for each in policy.logs]
        print_published(
            {"logs": logs, "witnesses": witnesses, "quorum": policy.quorum, "policy": text}
        )
        return
    typer.echo(text, nl=False)
