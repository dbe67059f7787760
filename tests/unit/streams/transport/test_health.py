"""Whatever a broker answers a member of a group, once, the member is back at work after it."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, Final

import pytest
from aiokafka import errors
from aiokafka.consumer.group_coordinator import (
    ConsumerProtocol,
    GroupCoordinator,
    HeartbeatRequest,
    JoinGroupRequest,
    OffsetFetchRequest,
    SyncGroupRequest,
)
from aiokafka.consumer.subscription_state import SubscriptionState
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment
from aiokafka.structs import TopicPartition

from streams.faults import ConsumerFailedError
from streams.transport import health, thread
from streams.transport.health import check_client
from streams.transport.membership import watch_membership
from streams.transport.thread import BatchConsumerThread
from tests.support.patience import AMPLE_S

LOOKUP: Final = "lookup"
PLACES: Final = (LOOKUP, JoinGroupRequest, SyncGroupRequest, HeartbeatRequest, OffsetFetchRequest)
UNKNOWN_TO_AIOKAFKA: Final = (82, 99, 9_999)
CODES: Final = (-1, *sorted(errors.kafka_errors.keys() - {0, -1}), *UNKNOWN_TO_AIOKAFKA)
BROKEN: Final = (
    errors.KafkaConnectionError,
    errors.NodeNotReadyError,
    errors.RequestTimedOutError,
    errors.CorrelationIdError,
    errors.IncompatibleBrokerVersion,
    errors.SaslAuthenticationFailed,
    errors.UnsupportedSaslMechanismError,
    errors.StaleMetadata,
)
REPLACED: Final = {(HeartbeatRequest, 25), (HeartbeatRequest, 82), (SyncGroupRequest, 25)} | {
    (SyncGroupRequest, 82)
}
"""What a member that was just heard of is told where another has taken its name: it ends."""


class Broker:
    """Answers as a coordinator does, but once, at one place, with what it is given."""

    def __init__(self, place: Any, answer: Any) -> None:
        self.place, self.answer = place, answer
        self.beats_after: int | None = None
        self.cluster = SimpleNamespace(
            partitions_for_topic=lambda _: {0}, add_listener=lambda _: None, topics=lambda _: {"t"}
        )

    async def send(self, node_id: int, request: Any, *, group: Any = None) -> Any:
        del node_id, group
        await asyncio.sleep(0)
        code = self._code(type(request))
        if isinstance(request, HeartbeatRequest):
            if code == 0 and self.beats_after is not None:
                self.beats_after += 1
            return SimpleNamespace(error_code=code)
        if isinstance(request, SyncGroupRequest):
            given = ConsumerProtocolMemberAssignment(0, [("t", [0])], b"").encode()
            return SimpleNamespace(error_code=code, member_assignment=given)
        if isinstance(request, JoinGroupRequest):
            return self._joined(code)
        return SimpleNamespace(topics=[("t", [(0, 7, "", code)])])

    def _code(self, place: Any) -> int:
        if place is not self.place or self.beats_after is not None:
            return 0
        self.beats_after = 0
        if isinstance(self.answer, int):
            return self.answer
        raise self.answer

    @staticmethod
    def _joined(code: int) -> Any:
        return SimpleNamespace(
            API_VERSION=5,
            error_code=code,
            generation_id=1,
            member_id="me",
            leader_id="somebody",
            group_protocol=RoundRobinPartitionAssignor.name,
            members=[],
        )

    async def coordinator_lookup(self, *_: Any) -> int:
        if code := self._code(LOOKUP):
            raise errors.for_code(code)
        return 1

    async def ready(self, *_: Any, **__: Any) -> bool:
        return True

    async def force_metadata_update(self) -> bool:
        return True

    def set_topics(self, _: Any) -> None:
        pass


async def _life(place: Any, answer: Any) -> str:
    """Join, meet the answer, and say how it went on."""
    broker = Broker(place, answer)
    subscription = SubscriptionState()
    subscription.register_fetch_waiters(set())
    subscription.subscribe(topics={"t"})
    coordinator = GroupCoordinator(
        broker,
        subscription,
        group_instance_id="me-0",
        heartbeat_interval_ms=1,
        retry_backoff_ms=1,
        enable_auto_commit=False,
        assignors=(RoundRobinPartitionAssignor,),
    )
    replaced: list[bool] = []
    watch_membership(coordinator, 60.0, lambda: replaced.append(True))
    unending = asyncio.get_running_loop().create_future()
    consumer = SimpleNamespace(
        _coordinator=coordinator,
        _fetcher=SimpleNamespace(_fetch_task=unending),
        _client=SimpleNamespace(_sync_task=unending),
    )
    try:
        async with asyncio.timeout(AMPLE_S):
            while (broker.beats_after or 0) < 3:
                await asyncio.sleep(0.002)
                try:
                    check_client(consumer)
                except ConsumerFailedError as error:
                    return str(error)
                except errors.KafkaError:
                    continue
                if replaced:
                    return "replaced"
                assignment = subscription.subscription.assignment
                if assignment is not None and place is OffsetFetchRequest:
                    # As the fetcher asks before the first seek of a lane.
                    asyncio.ensure_future(  # noqa: RUF006 - awaited by nobody there, either
                        assignment.state_value(TopicPartition("t", 0)).fetch_committed()
                    )
    except TimeoutError:
        return "it never came back"
    finally:
        await coordinator.close()
    return "works"


@pytest.mark.parametrize("place", PLACES, ids=lambda place: getattr(place, "__name__", place))
def test_a_member_works_on_after_any_answer_at_any_place(place: Any) -> None:
    async def story() -> dict[Any, str]:
        answers: list[Any] = [*CODES, *(broken() for broken in BROKEN)]
        lives = await asyncio.gather(*(_life(place, answer) for answer in answers))
        return dict(zip((str(answer) for answer in answers), lives, strict=True))

    gone = {answer: life for answer, life in asyncio.run(story()).items() if life != "works"}
    assert gone == {str(code): "replaced" for at, code in REPLACED if at is place}


def test_what_the_protocol_answers_is_read_as_here() -> None:
    given = ConsumerProtocolMemberAssignment(0, [("t", [0])], b"").encode()
    assert ConsumerProtocol.ASSIGNMENT.decode(given).partitions() == [TopicPartition("t", 0)]


@pytest.mark.parametrize("which", ["coordination", "fetching", "metadata"])
def test_a_task_of_the_client_that_ended_ends_the_worker(which: str) -> None:
    async def story() -> None:
        async def works() -> None:
            await asyncio.sleep(3_600)

        async def ends() -> None:
            raise KeyError("a value that nobody may see")

        tasks = {
            name: asyncio.create_task(ends() if name == which else works())
            for name in ("coordination", "fetching", "metadata")
        }
        await asyncio.wait([tasks[which]])
        consumer = SimpleNamespace(
            _coordinator=SimpleNamespace(
                _coordination_task=tasks["coordination"], check_errors=lambda: None
            ),
            _fetcher=SimpleNamespace(_fetch_task=tasks["fetching"]),
            _client=SimpleNamespace(_sync_task=tasks["metadata"]),
        )
        with pytest.raises(ConsumerFailedError, match=f"{which} has ended: KeyError at ") as told:
            check_client(consumer)
        assert "nobody" not in str(told.value)
        for task in tasks.values():
            task.cancel()

    asyncio.run(story())


@pytest.mark.parametrize(
    "error", [OSError(), TimeoutError(), *(broken() for broken in BROKEN)], ids=type
)
def test_a_worker_finds_the_cluster_however_often_that_fails(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[str] = []

    class Consumer:
        async def stop(self) -> None:
            tries.append("stopped")

    class Thread(BatchConsumerThread):
        def __init__(self) -> None:
            pass

        def _ensure_consumer(self) -> Any:
            return Consumer()

    async def on_start(_: Any) -> None:
        tries.append("tried")
        if len(tries) < 5:
            raise error

    monkeypatch.setattr(thread, "_START_RETRY_S", 0.0)
    monkeypatch.setattr(thread.driver.AIOKafkaConsumerThread, "on_start", on_start)
    asyncio.run(Thread()._connect())
    assert tries == ["tried", "stopped", "tried", "stopped", "tried"]


def test_a_foreign_error_is_told_by_its_place_alone() -> None:
    assert health.told_of(ValueError("a value")) == "ValueError"
