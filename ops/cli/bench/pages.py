"""Pages, searches, boards and uploads, as their readers meet them."""

from __future__ import annotations

from typing import Annotated

import typer

from ops.cli.bench.measuring import Events, Keep, Seed, Subjects, Write, run_benchmark
from ops.cli.terminal import Json, say


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command("pages")(bench_pages_verb)


def bench_pages_verb(
    events: Events = 1_000_000,
    subjects: Subjects = 200_000,
    pages: Annotated[int, typer.Option(min=1, help="Pages a second.")] = 50,
    boards: Annotated[int, typer.Option(min=1, max=800, help="Open boards.")] = 300,
    seconds: Annotated[int, typer.Option(min=2, help="For how long pages and boards each.")] = 60,
    searches: Annotated[int, typer.Option(min=10, help="Searches by a part of a name.")] = 2_000,
    names: Annotated[int, typer.Option(min=0, help="Among so many names at least.")] = 200_000,
    lines: Annotated[int, typer.Option(min=100, max=100_000, help="Lines of the file.")] = 20_000,
    seed: Seed = 1,
    keep: Keep = False,
    write: Write = False,
    as_json: Json = False,
) -> None:
    """Milliseconds of pages, searches, boards and the follower; lines/s of an upload; bytes.

    Exit code 1 where a page or a warning was missing.
    """
    from ops.bench.asof import default_plan  # noqa: PLC0415 - other verbs need none of it
    from ops.bench.windows.measuring import PageLoad, measure_pages  # noqa: PLC0415 - likewise

    plan = default_plan(events, subjects, seed)
    load = PageLoad(pages, boards, seconds, searches, lines, names)
    found = run_benchmark(
        "pages",
        lambda stack: measure_pages(stack, plan, load, say),
        keep=keep,
        as_json=as_json,
        write=write,
    )
    whole = set(found["answers"]) == {"200"} and not found["board_missing"]
    raise typer.Exit(0 if whole else 1)
