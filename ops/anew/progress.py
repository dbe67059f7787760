"""Work in parallel processes, with a count of what was done that all of them share."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, ProcessPoolExecutor, wait
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Future

Telling = Callable[[str, int, int], None]
"""Who is told how far it has come: what is done, by its code, how much, and of how much."""

_TELL_EVERY_S: Final = 2.0
_shared: list[Any] = []


def told_nothing(_: str, __: int, ___: int) -> None:
    """Tell nobody how far it has come."""


def done_more(count: int) -> None:
    """Count what was done, in whichever process."""
    if _shared:
        with _shared[0].get_lock():
            _shared[0].value += count


def in_parallel(
    jobs: Sequence[tuple[Callable[..., Any], tuple[Any, ...]]],
    what: str,
    total: int,
    say: Telling,
) -> list[Any]:
    """Run jobs in as many processes as there are cores; give what each gave, in order.

    Raises what the first of them raised, in order, and ends the others.
    """
    context = multiprocessing.get_context("spawn")
    counter = context.Value("q", 0)
    workers = min(len(jobs), os.cpu_count() or 1)
    with ProcessPoolExecutor(workers, context, _shared.append, (counter,)) as pool:
        running = [pool.submit(job, *arguments) for job, arguments in jobs]
        told = 0

        def tell() -> None:
            nonlocal told
            if counter.value > told:
                told = counter.value
                say(what, told, total)

        try:
            _await(running, tell)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [each.result() for each in running]


def _await(running: list[Future[Any]], tell: Callable[[], None]) -> None:
    waiting = set(running)
    while waiting:
        done, waiting = wait(waiting, _TELL_EVERY_S, FIRST_EXCEPTION)
        for each in done:
            each.result()
        if waiting:
            tell()
