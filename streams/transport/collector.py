"""Python's collector of cycles, for processes that hold many long-lived records free of them."""

import gc


def calm_collector() -> None:
    """Let Python collect cycles seldom.

    The collector's usual haste costs a third of a worker's time, and answers their steadiness.
    """
    gc.freeze()
    gc.set_threshold(200_000, 50, 100)


def steady_collector() -> None:
    """Let Python collect cycles often and little at once, where somebody waits for an answer.

    A request leaves some eighty objects in cycles. Two hundred thousand of them are collected in
    a fifth of a second, in which nothing is answered; five thousand in some milliseconds.
    """
    gc.freeze()
    gc.set_threshold(5_000, 20, 100)
