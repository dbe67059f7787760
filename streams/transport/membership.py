"""Tells a worker that was replaced from one that merely overslept.

aiokafka knows no fenced instances: a member whose instance id another process has taken would
join anew and fence that one in turn, for ever. So the first that is replaced must end.
"""

import time
from collections.abc import Callable
from typing import Any

from aiokafka.consumer.group_coordinator import (
    HeartbeatRequest,
    JoinGroupRequest,
    OffsetCommitRequest,
    SyncGroupRequest,
)
from aiokafka.errors import KafkaError, UnknownMemberIdError

_FENCED_INSTANCE_ID = 82  # a name that aiokafka has no class for
_REPLACED = frozenset({UnknownMemberIdError.errno, _FENCED_INSTANCE_ID})


class ReplacedError(KafkaError):
    """Another process has joined with this instance id."""


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

    The broker forgets a member it has heard of within the session time-out only for another one
    with the same instance id. One it has not heard of for longer may join anew.
    """
    send = coordinator._send_req  # noqa: SLF001 - the one place all replies pass
    heard_at = clock()

    async def watched(request: Any) -> Any:
        nonlocal heard_at
        asked_at = clock()
        response = await send(request)
        codes = _error_codes(request, response)
        if codes & _REPLACED and asked_at - heard_at < session_timeout_s:
            on_replaced()
            # Raised in place of the reply, which would make aiokafka join again.
            raise ReplacedError
        if codes == {0}:
            heard_at = asked_at
        return response

    coordinator._send_req = watched  # noqa: SLF001
