"""The verb `vault`: how the keys of persons stand, copies of them, and a new master key over all."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from events.rules.access import Gives
from ops.cli.access.door import asks, door
from ops.cli.terminal import Json, console, print_json, say
from ops.environment import running_kafka, running_postgres
from ops.terms.language import spoken
from ops.vault.copies import back_up, restore_vault
from ops.vault.erasures import ErasureReader
from ops.vault.opening import vault_settings
from ops.vault.rotating import rotate
from projections.access.asker import Wanted
from projections.store.vault.opening import open_vault
from projections.store.vault.vault import Vault

if TYPE_CHECKING:
    from ops.vault.opening import VaultSettings


def add_to(app: typer.Typer) -> None:
    """Add this group."""
    group = typer.Typer(
        no_args_is_help=True,
        help="Look after the vault, which holds the keys of persons (密钥库): how it stands,"
        " copies of it, a new master key.",
    )
    group.command("status")(vault_status_verb)
    group.command("rotate")(rotate_verb)
    group.command("backup")(backup_verb)
    group.command("restore")(vault_restore_verb)
    app.add_typer(group, name="vault")


@asks(Gives.OPERATION)
def vault_status_verb(as_json: Json = False) -> None:
    """Tell how many persons and records have keys, and under which versions of the master key.

    Ends with code 1 where a version is missing.
    """
    settings = _let_through("vault status")
    with open_vault(settings.postgres) as connection:
        vault = Vault(connection, settings.masters, settings.suite)
        counts, masters = vault.counts(), vault.of_masters()
    at_hand = {*settings.masters.versions()}
    is_missing = any(count and version not in at_hand for version, count in masters.items())
    if as_json:
        versions = [
            {"version": version, "compartments": count, "at_hand": version in at_hand}
            for version, count in masters.items()
        ]
        print_json({**counts._asdict(), "suite": settings.suite, "masters": versions})
        raise typer.Exit(int(is_missing))
    told = spoken(
        "vault_stands",
        "given",
        persons=counts.persons,
        records=counts.records,
        erased=counts.erased,
        suite=settings.suite,
        folder=settings.keys,
    )
    _print(told)
    for version, count in masters.items():
        if version in at_hand:
            _print(spoken("vault_master", "given", version=version, count=count))
        elif count:
            _print(spoken("vault_master_missing", "given", version=version, count=count))
        else:
            _print(spoken("vault_master_gone", "given", version=version))
    raise typer.Exit(int(is_missing))


@asks(Gives.OPERATION)
def rotate_verb(as_json: Json = False) -> None:
    """Wrap every key under a new master key, batch by batch, then destroy the old one.

    Copies of the vault made before open nothing from then on. Sealing and opening go on meanwhile;
    interrupted, it is run again and goes on.
    """
    settings = _let_through("vault rotate")
    done = rotate(settings, lambda count: say(spoken("vault_wrapped", "progress", count=count)))
    if as_json:
        print_json(done._asdict())
        return
    destroyed = ", ".join(map(str, done.destroyed)) or spoken("no_close", "given")
    told = spoken(
        "vault_rotated",
        "given",
        version=done.version,
        wrapped=done.wrapped,
        destroyed=destroyed,
    )
    _print(told)
    _print(spoken("vault_rotated_next", "given", version=done.version))


@asks(Gives.OPERATION)
def backup_verb(
    file: Annotated[Path, typer.Argument(help="The file to write.")], as_json: Json = False
) -> None:
    """Copy the vault as it is at one moment into a file.

    It holds wrapped keys, and no master key: keep it apart from the copy of the folder of keys. It
    is checked to open before it is copied.
    """
    counts = back_up(_let_through("vault backup"), file)
    if as_json:
        print_json(counts)
        return
    told = spoken(
        "vault_copied",
        "given",
        compartments=counts.compartments,
        records=counts.records,
        file=file,
    )
    _print(told)


@asks(Gives.OPERATION)
def vault_restore_verb(
    file: Annotated[Path, typer.Argument(help="A file that `vault backup` wrote.")],
    as_json: Json = False,
) -> None:
    """Put back of a copy what is missing in the vault.

    The copy is read whole first, and the ledger is gone through to its end for who was erased:
    nothing of them comes back. What is there stays; run twice it is done once, and interrupted it is
    run again.
    """
    settings = _let_through("vault restore")
    done = restore_vault(
        settings,
        ErasureReader(running_kafka(), settings.postgres),
        file,
        lambda count: say(spoken("vault_gone_over", "progress", count=count)),
    )
    if as_json:
        print_json(done._asdict())
        return
    told = spoken(
        "vault_put_back",
        "given",
        compartments=done.compartments,
        records=done.records,
        erased=done.erased,
        other=done.other,
    )
    _print(told)


def _let_through(question: str) -> VaultSettings:
    """Give where the vault is, to who runs it."""
    with door(question) as through:
        through.let_through(Wanted(gives=Gives.OPERATION))
    return vault_settings(running_postgres())


def _print(told: str) -> None:
    console.print(told, highlight=False, markup=False, soft_wrap=True)
