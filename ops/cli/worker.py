"""Run what serves until it is told to end: worker, serve; and the demo that plays the whole."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from ops.cli.terminal import say, unfit
from ops.environment import awaited_kafka, awaited_stack, running_stack

if TYPE_CHECKING:
    from streams.settings import Settings


def add_to(app: typer.Typer) -> None:
    """Add these verbs."""
    app.command("worker")(worker_verb)
    app.command("serve")(serve_verb)
    app.command("demo")(demo_verb)


def worker_verb(
    role: Annotated[
        str | None,
        typer.Option(
            help="Run one role in this process: admission, projector, signer, follower or webhooks."
            " Default: all."
        ),
    ] = None,
    projectors: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Projector processes, which share the partitions. Default: one a core, up to 4.",
        ),
    ] = None,
    new_log: Annotated[
        bool,
        typer.Option(
            "--new-log",
            help="With --role signer: begin a transparency log that there never was. `up` does so"
            " where it makes the key. Where signed records were lost and are in no copy: begin"
            " another, under a new CREDIT_LEDGER_ORIGIN; the old one ends for all to see, and what"
            " it proved stays proved.",
        ),
    ] = False,
) -> None:
    """Admit submissions, project the ledger, sign its log, publish. Run any number; stop with Ctrl-C or SIGTERM.

    Where broker or database is away it waits for them, also at the start. The signer needs no
    database. Of several signers one signs, and the others wait. The follower keeps what is
    published (公示) in step with the read models, and erases of persons what is due. Webhooks sends warnings to those who subscribed.
    """
    from ops.worker import (  # noqa: PLC0415 - neither help nor `serve` needs it
        ROLES,
        end_with_parent,
        run_children,
        usual_projectors,
    )
    from streams.broker import of_account  # noqa: PLC0415 - likewise
    from streams.settings import read_settings  # noqa: PLC0415 - likewise

    if role is not None and projectors is not None:
        raise unfit("one_process", hint="--projectors")
    if role is not None and role not in ROLES:
        raise unfit("one_of", hint="--role", value=role, choices=", ".join(ROLES))
    if new_log and role != "signer":
        raise unfit("only_with", hint="--new-log", what="--role signer")
    if role == "signer":
        from ops.evidence.settings import read_evidence_settings  # noqa: PLC0415 - as below
        from ops.evidence.signing import run_signer  # noqa: PLC0415 - other roles sign nothing

        end_with_parent()
        run_signer(
            of_account(awaited_kafka(say), "signer"), read_evidence_settings(), begin=new_log
        )
        return
    stack = awaited_stack(say)
    settings = read_settings(stack.kafka, stack.postgres)
    if role is None:
        raise typer.Exit(run_children(projectors or usual_projectors(), settings.disk_floor_mb))
    if role in _BESIDE:
        _run_beside(role, settings)
        return
    if role == "admission":
        settings = _with_keys(settings)
    from ops.consuming import run_role  # noqa: PLC0415 - imports Faust, which no other role needs

    run_role(role, settings)


def _with_keys(settings: Settings) -> Settings:
    """Give admission what tells a seal, and where the keys of departments are."""
    from ops.local.home import keys_folder  # noqa: PLC0415 - other roles tell no seal
    from ops.vault.keys import SEALS, read_vault_key  # noqa: PLC0415 - likewise
    from streams.admitting.department_keys import DEPARTMENT_KEYS_FILE  # noqa: PLC0415 - likewise

    keys = keys_folder()
    return replace(
        settings,
        seal_key=read_vault_key(keys, SEALS),
        department_keys=keys / DEPARTMENT_KEYS_FILE,
    )


_BESIDE: Final = ("follower", "webhooks")
"""Roles that take nothing from the broker."""


def _run_beside(role: str, settings: Settings) -> None:
    if role == "follower":
        from ops.clock import today  # noqa: PLC0415 - as below
        from ops.erasing.due import follow_erasures  # noqa: PLC0415 - other roles erase nobody
        from ops.worker import run_follower  # noqa: PLC0415 - as above

        run_follower(settings, lambda: follow_erasures(settings.kafka, settings.postgres, today))
    else:
        from ops.webhooks.running import run_webhooks  # noqa: PLC0415 - other roles send nothing

        run_webhooks(settings)


def serve_verb(
    host: Annotated[
        str,
        typer.Option(
            help="Address to answer on. Off the loopback it needs --tls-cert and --tls-key, or --proxy."
        ),
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port; 0 picks a free one.")] = 8440,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            help="A name under which requests may come, beside those of the loopback: that of a"
            " proxy before it. Repeat for several."
        ),
    ] = None,
    tls_cert: Annotated[
        Path | None, typer.Option(help="Certificate in PEM, with those up to the root: speak TLS.")
    ] = None,
    tls_key: Annotated[Path | None, typer.Option(help="Its private key, in PEM.")] = None,
    proxy: Annotated[
        list[str] | None,
        typer.Option(
            help="Address of a proxy that speaks TLS before it: nobody else may connect. Repeat for several."
        ),
    ] = None,
) -> None:
    """Serve queries and pages over HTTP: profile, history, as-of, lists, warnings, schemas, metrics."""
    from ops.serving import Tls, serve  # noqa: PLC0415 - a worker needs no web server
    from streams.broker import of_account  # noqa: PLC0415 - likewise

    if (tls_cert is None) != (tls_key is None):
        raise unfit("tls_both")
    stack = running_stack()
    serve(
        stack.postgres,
        of_account(stack.kafka, "query"),
        host=host,
        port=port,
        hosts=allow_host or (),
        tls=None if tls_cert is None or tls_key is None else Tls(tls_cert, tls_key),
        proxies=proxy or (),
    )


def demo_verb() -> None:
    """Play the whole on real records: report, profile, warning, correction, as-of, replay."""
    from ops.demo.story import run_demo  # noqa: PLC0415 - other verbs need no demo

    run_demo()
