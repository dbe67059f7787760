import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.consumer.group_coordinator import (
    HeartbeatRequest,
    OffsetCommitRequest,
    OffsetFetchRequest,
    SyncGroupRequest,
)
from aiokafka.errors import KafkaError, NodeNotReadyError, UnknownMemberIdError

from streams.transport.membership import ForgottenError, ReplacedError, watch_membership

SESSION_TIMEOUT_S = 20.0
HEARTBEAT = HeartbeatRequest("group", 1, "member")
COMMIT = OffsetCommitRequest("group", 1, "member", -1, [])
FETCH = OffsetFetchRequest("group", [])
SYNC = SyncGroupRequest("group", 1, "member", "instance", [])
HEARTBEAT_OK = SimpleNamespace(error_code=0)
HEARTBEAT_FORGOTTEN = SimpleNamespace(error_code=UnknownMemberIdError.errno)
COMMIT_FORGOTTEN = SimpleNamespace(topics=[("ledger", [(0, UnknownMemberIdError.errno)])])
COMMIT_OK = SimpleNamespace(topics=[("ledger", [(0, 0)])])
# The second number is an offset here, and no error.
FETCHED = SimpleNamespace(topics=[("ledger", [(0, UnknownMemberIdError.errno, "", 0)])])
FENCED = SimpleNamespace(error_code=82)


class Coordinator:
    """Replies what it is told to, at the time it is told."""

    def __init__(self) -> None:
        self.now = 0.0
        self.replaced = 0
        self.reply: Any = HEARTBEAT_OK
        watch_membership(self, SESSION_TIMEOUT_S, self._note, lambda: self.now)

    def _note(self) -> None:
        self.replaced += 1

    async def _send_req(self, request: Any) -> Any:
        del request
        return self.reply

    def ask(self, reply: Any, *, after_s: float, request: Any = HEARTBEAT) -> Any:
        self.now += after_s
        self.reply = reply
        return asyncio.run(self._send_req(request))


@pytest.mark.parametrize(
    ("request_", "reply"),
    [(HEARTBEAT, HEARTBEAT_FORGOTTEN), (COMMIT, COMMIT_FORGOTTEN), (HEARTBEAT, FENCED)],
)
def test_a_member_that_was_awake_and_is_forgotten_has_been_replaced(
    request_: Any, reply: Any
) -> None:
    coordinator = Coordinator()
    coordinator.ask(HEARTBEAT_OK, after_s=100.0)
    with pytest.raises(ReplacedError):
        coordinator.ask(reply, after_s=2.0, request=request_)
    assert coordinator.replaced == 1


def test_a_member_that_slept_through_its_session_may_join_anew() -> None:
    coordinator = Coordinator()
    coordinator.ask(HEARTBEAT_OK, after_s=1.0)
    assert coordinator.ask(HEARTBEAT_FORGOTTEN, after_s=SESSION_TIMEOUT_S) is HEARTBEAT_FORGOTTEN
    assert coordinator.replaced == 0


@pytest.mark.parametrize(
    ("request_", "reply"),
    [
        (HEARTBEAT, HEARTBEAT_OK),
        (HEARTBEAT, SimpleNamespace(error_code=27)),
        (COMMIT, COMMIT_OK),
        (FETCH, FETCHED),
    ],
)
def test_any_other_reply_is_handed_on(request_: Any, reply: Any) -> None:
    coordinator = Coordinator()
    assert coordinator.ask(reply, after_s=1.0, request=request_) is reply
    assert coordinator.replaced == 0


class LateCoordinator(Coordinator):
    """Its replies take their time: the process starves, or the connection does."""

    takes_s = 0.0
    fails: Exception | None = None
    forgot = 0

    async def _send_req(self, request: Any) -> Any:
        del request
        self.now += self.takes_s
        if self.fails is not None:
            raise self.fails
        return self.reply

    def reset_generation(self) -> None:
        self.forgot += 1


def test_a_request_that_lay_about_until_the_session_was_over_replaces_nobody() -> None:
    coordinator = LateCoordinator()
    coordinator.ask(HEARTBEAT_OK, after_s=1.0)
    coordinator.takes_s = SESSION_TIMEOUT_S - 2.0
    assert coordinator.ask(HEARTBEAT_FORGOTTEN, after_s=2.0) is HEARTBEAT_FORGOTTEN
    assert coordinator.replaced == 0


@pytest.mark.parametrize("went", [NodeNotReadyError(), 14, 15, 16], ids=str)
def test_a_member_whose_coordinator_went_may_join_anew(went: KafkaError | int) -> None:
    """What a coordinator had not written when it ended its successor never knew."""
    coordinator = LateCoordinator()
    coordinator.ask(HEARTBEAT_OK, after_s=1.0)
    if isinstance(went, int):
        coordinator.ask(SimpleNamespace(error_code=went), after_s=1.0)
    else:
        coordinator.fails = went
        with pytest.raises(NodeNotReadyError):
            coordinator.ask(None, after_s=1.0)
        coordinator.fails = None
    assert coordinator.ask(HEARTBEAT_FORGOTTEN, after_s=1.0) is HEARTBEAT_FORGOTTEN
    with pytest.raises(ForgottenError):
        coordinator.ask(FENCED, after_s=1.0, request=SYNC)
    assert (coordinator.replaced, coordinator.forgot) == (0, 1)
