"""A witness of our logs, or of anybody's: `witness`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ops.cli.terminal import say, unfit
from ops.evidence.keys import read_key, read_trusted
from ops.terms.language import spoken
from projections.proof.policy import parse_policy


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command("witness")(witness_verb)


def witness_verb(
    listen: Annotated[str, typer.Option(help="HOST:PORT to answer at; TLS stands before it.")],
    policy: Annotated[
        Path, typer.Option(exists=True, dir_okay=False, help="A C2SP tlog-policy: which logs.")
    ],
    key: Annotated[
        Path, typer.Option(exists=True, dir_okay=False, help="The file of its private key.")
    ],
    state: Annotated[
        Path, typer.Option(dir_okay=False, help="What it cosigned last; made where there is none.")
    ],
) -> None:
    """Cosign the checkpoints of logs (C2SP tlog-witness), each only if it goes on from the last.

    Needs nothing of the ledger but this policy and the key. Keep the state file: who runs a witness
    with an older one could be led to cosign a second history.
    """
    import uvicorn  # noqa: PLC0415 - other verbs serve nothing

    from ops.evidence.witness import LogWitness  # noqa: PLC0415

    host, _, port = listen.rpartition(":")
    if not host or not port.isdecimal():
        raise unfit("host_port", hint="--listen", said=listen)
    signer = read_key(key)
    witness = LogWitness(signer, parse_policy(read_trusted(policy)), state)
    try:
        say(spoken("cosigns", "evidenced", name=signer.name, at=listen))
        uvicorn.run(witness.app(), host=host, port=int(port), log_level="warning")
    finally:
        witness.close()
