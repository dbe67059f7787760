"""As many enterprises and questions as the plan wants."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from ops.cli.bench.measuring import Keep, Seed, Write, run_benchmark
from ops.cli.terminal import Json, say

_ENTERPRISES: Final = 795_248
"""What the plan wants held: 入库企业数达到795248家 (三1-1.1.2)."""
_QUESTIONS: Final = 8_000
"""What it wants asked a day: 日均查询企业次数达到8000次 (三1-1.3)."""


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command("province")(bench_province_verb)


def bench_province_verb(
    subjects: Annotated[
        int, typer.Option(min=10, help="Enterprises to hold; the plan's number: 795,248.")
    ] = _ENTERPRISES,
    questions: Annotated[
        int, typer.Option(min=10, help="Questions to ask; a day of the plan has 8,000.")
    ] = _QUESTIONS,
    seed: Seed = 1,
    keep: Keep = False,
    write: Write = False,
    as_json: Json = False,
) -> None:
    """Hold the plan's enterprises, and ask a day's questions of the service over HTTP.

    Exit code 1 where an enterprise is not held, or a question is not answered.
    """
    from ops.bench.asof import default_plan  # noqa: PLC0415 - other verbs need none of it
    from ops.bench.plan.province import measure_province  # noqa: PLC0415 - likewise

    plan = default_plan(subjects * 12 // 10, subjects, seed)
    found = run_benchmark(
        "province",
        lambda stack: measure_province(stack, plan, questions, say),
        keep=keep,
        as_json=as_json,
        write=write,
    )
    for kept, what in (
        ("held_all", "not every enterprise"),
        ("answered_all", "not every question"),
    ):
        if not found[kept]:
            say(f"missed: {what} is {kept.removesuffix('_all')}")
    raise typer.Exit(0 if found["held_all"] and found["answered_all"] else 1)
