"""Tells a worker that was replaced from one that merely overslept, or whose broker began anew.

aiokafka knows no fenced instances: a member whose instance id another process has taken would
join anew and fence that one in turn, for ever. So the first that is replaced must end.
"""

import math
import time
from collections.abc import Callable
from typing import Any

from aiokafka.consumer.group_coordinator import (
    HeartbeatRequest,
    JoinGroupRequest,
    OffsetCommitRequest,
    SyncGroupRequest,
)
from aiokafka.errors import (
    GroupCoordinatorNotAvailableError,
    GroupLoadInProgressError,
    KafkaError,
    NotCoordinatorForGroupError,
    UnknownMemberIdError,
)

_FENCED_INSTANCE_ID = 82  # a name that aiokafka has no class for
_REPLACED = frozenset({UnknownMemberIdError.errno, _FENCED_INSTANCE_ID})
_COORDINATOR_WENT = frozenset(
    {
        GroupCoordinatorNotAvailableError.errno,
        GroupLoadInProgressError.errno,
        NotCoordinatorForGroupError.errno,
    }
)
_NEVER = -math.inf


class ReplacedError(KafkaError):
    """Another process has joined with this instance id."""


class ForgottenError(KafkaError):
    """The coordinator knows this member no more, and may never have: it joins as a new one."""

    retriable = True


def _error_codes(request: Any, response: Any) -> set[int]:
    """Give the codes of a reply that concerns membership; none for any other."""
    if isinstance(request, HeartbeatRequest | JoinGroupRequest | SyncGroupRequest):
        return {response.error_code}
    if isinstance(request, OffsetCommitRequest):
        return {code for _, partitions in response.topics for _, code in partitions}
    return set()


def watch_membership(
    coordinator: Any,
    session_timeout_s: float,
    on_replaced: Callable[[], None],
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Call back, and keep the member from joining anew, once another has taken its place.

    A coordinator forgets a member it has heard of within the session time-out only for another one
    with the same instance id. One it has not heard of for longer may join anew; so may one whose
    coordinator went meanwhile, as what that had not written yet its successor never knew.
    """
    send = coordinator._send_req  # noqa: SLF001 - the one place all replies pass
    heard_at = _NEVER

    async def watched(request: Any) -> Any:
        nonlocal heard_at
        asked_at = clock()
        try:
            response = await send(request)
        except KafkaError:
            heard_at = _NEVER
            raise
        codes = _error_codes(request, response)
        if codes & _REPLACED:
            # Counted to the reply: a request may lie about until the session is over.
            if clock() - heard_at < session_timeout_s:
                on_replaced()
                # Raised in place of the reply, which would make aiokafka join again.
                raise ReplacedError
            if _FENCED_INSTANCE_ID in codes:
                # aiokafka would ask with the same name for ever.
                coordinator.reset_generation()
                raise ForgottenError
        if codes & _COORDINATOR_WENT:
            heard_at = _NEVER
        elif codes == {0}:
            # Of the time it was asked: it was heard later, and is remembered longer.
            heard_at = asked_at
        return response

    coordinator._send_req = watched  # noqa: SLF001
