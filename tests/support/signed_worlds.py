"""What stands in a signed log."""

from __future__ import annotations

from tests.unit.streams.signing.fakes import World


def run(world: World, steps: int = 1) -> None:
    signer = world.signer()
    with signer.open() as log:
        for _ in range(steps):
            world.now_ms += 5_000
            signer.step(log)
            world.see()
