"""Python's collector of cycles, for processes that hold many long-lived records free of them."""

import gc


def calm_collector() -> None:
    """Let Python collect cycles seldom.

    The collector's usual haste costs a third of a worker's time, and answers their steadiness.
    """
    gc.freeze()
    gc.set_threshold(200_000, 50, 100)
