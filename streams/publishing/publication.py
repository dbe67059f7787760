"""What the relay sends and notes: profiles, notices, how far they are published. It blocks.

What the broker will never take, such as a message over the limit of a topic, is set aside for an
operator to see, and all others go on.
"""

from __future__ import annotations

import time
from contextlib import nullcontext
from typing import TYPE_CHECKING, Final, NamedTuple

from events.topics import patches_topic, profiles_topic
from projections.fold.state import decode_state
from projections.profile.profile import assess
from projections.store.publication import PublicationTables
from projections.store.tables.positions import SupersededError
from projections.writing.outbox import ProfileChange, decode_headers
from projections.writing.published import Published
from streams.publishing.fence import FencedError
from streams.publishing.line import left_behind
from streams.publishing.producer import RefusedError, Sent, send_what_is_taken

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from confluent_kafka import Producer

    from projections.calendar.rules import RuleCalendar
    from projections.projector import Projector
    from projections.store.publication import Stand
    from streams.connections import Connections
    from streams.publishing.fence import FencedSender
    from streams.publishing.line import Line
    from streams.publishing.producer import Sender

_NOTICES_PER_SEND: Final = 1_000
PROFILES_PER_SEND: Final = 5_000
_PATCHES_REST_S: Final = 300.0
"""How long profiles go out whole after patches did not, as where their topic was never made."""


class SentProfiles(NamedTuple):
    """What became of profiles that were sent: where it failed and why, and who went in patches."""

    failed: dict[int, Exception]
    patched: set[str]


class Publication:
    """The way from the tables of one platform to its topics; each call waits for what it asks."""

    def __init__(
        self,
        projector: Projector,
        calendar: RuleCalendar,
        connections: Connections,
        sender: Sender,
        fenced: FencedSender,
    ) -> None:
        """Bind to the projector's store, a sender of notices and one of profiles."""
        self._topic = profiles_topic(projector.platform)
        self._patches = patches_topic(projector.platform)
        self._store = projector.store
        self._tables = PublicationTables(projector.store)
        self._calendar = calendar
        self._connections = connections
        self._sender = sender
        self._fenced = fenced
        self._published = Published()
        self._patches_rest_until = 0.0
        # Keys of profiles that were set aside, by partition: until they go out after all.
        self._aside: dict[int, set[bytes | None]] = {}

    def look(self, partitions: Collection[int]) -> dict[int, Stand]:
        """Say how these partitions stand.

        Raises `SupersededError` where another version of the read models has taken over.
        """
        with self._connections.one() as connection:
            found = self._tables.look(connection, partitions)
        if found.keys() != set(partitions):
            raise SupersededError(self._store.schema)
        return found

    def note(self, reached: Mapping[int, int]) -> None:
        """Write up to where each partition is published."""
        with self._connections.one() as connection:
            self._tables.note(connection, reached)

    def send_notices(self, partitions: Collection[int]) -> None:
        """Send what waits in the outbox, in order per partition, and take it out."""
        more = True
        while more:
            with self._connections.one() as connection:
                rows = self._tables.waiting_notices(connection, partitions, _NOTICES_PER_SEND)
                messages: list[Sent] = [
                    (row.topic, row.key, row.value, decode_headers(row.headers)) for row in rows
                ]
                refused = send_what_is_taken(self._sender.send, messages)
                if rows:
                    # Where all were taken it is one statement, and needs no transaction around it.
                    with connection.transaction() if refused else nullcontext():
                        for index, why in refused:
                            self._tables.set_aside(connection, rows[index], why)
                        self._tables.take_out_notices(connection, rows)
            more = len(rows) == _NOTICES_PER_SEND

    def let_go(self, partitions: Iterable[int]) -> list[Producer]:
        """Hand over the producers of partitions that others hold now, to be ended."""
        return self._fenced.let_go(partitions)

    def send_missed(self, partition: int, line: Line) -> int:
        """Take a partition over, and send the profiles changed since publication was noted.

        Which those are, `left_behind` says. Gives the generation reached. From here on the broker
        refuses those of any earlier worker.
        """
        self._fenced.take(partition)
        self._published.forget_partition(partition)
        with self._connections.one() as connection:
            now, noted = self._tables.unpublished(connection, partition)
            self._aside[partition] = set(self._tables.profiles_set_aside(connection, partition))
            left = left_behind(line.began, noted, now, line.joined)
            if left:
                for rows in self._tables.changed_profiles(
                    connection, partition, left, PROFILES_PER_SEND
                ):
                    changes = [self._change(*row) for row in rows]
                    for error in self.send_profiles({partition: changes}).failed.values():
                        raise error
        reached = left.stop - 1
        self.note({partition: reached})
        return reached

    def let_be_whole(self, subjects: Iterable[str]) -> None:
        """Let the next message of each of these be its whole profile."""
        for subject_id in subjects:
            self._published.forget(subject_id)

    def send_profiles(self, taken: Mapping[int, Sequence[ProfileChange]]) -> SentProfiles:
        """Send profiles, by partition, until acknowledged; what failed goes out whole next time."""
        messages = {partition: self._messages(partition, own) for partition, own in taken.items()}
        failed = self._fenced.send(messages)
        patched: set[str] = set()
        for partition, own in messages.items():
            subjects = [change.subject_id for change in taken[partition]]
            error = failed.get(partition)
            if error is None:
                self._published.arrived(subjects)
                patched |= {
                    subject_id
                    for subject_id, (topic, *_) in zip(subjects, own, strict=True)
                    if topic == self._patches
                }
                self._forget_aside(partition, own)
                continue
            self.let_be_whole(subjects)
            is_patched = any(topic == self._patches for topic, *_ in own)
            if is_patched and not isinstance(error, FencedError):
                self._patches_rest_until = time.monotonic() + _PATCHES_REST_S
            if isinstance(error, RefusedError):
                del failed[partition]
                whole = self._messages(partition, taken[partition])
                failed |= self._send_singly(partition, whole)
                self.let_be_whole(subjects)
        return SentProfiles(failed, patched)

    def _messages(self, partition: int, changes: Sequence[ProfileChange]) -> list[Sent]:
        messages: list[Sent] = []
        if time.monotonic() < self._patches_rest_until:
            self.let_be_whole([change.subject_id for change in changes])
        for change in changes:
            value, is_patch = self._published.message(change, partition)
            topic = self._patches if is_patch else self._topic
            messages.append((topic, change.subject_id.encode(), value, None))
        return messages

    def _send_singly(self, partition: int, messages: Sequence[Sent]) -> dict[int, Exception]:
        """Send what the broker takes, and set aside what it does not; give what failed."""

        def send(some: Sequence[Sent]) -> None:
            for error in self._fenced.send({partition: some}).values():
                raise error

        try:
            refused = send_what_is_taken(send, messages)
            with self._connections.one() as connection:
                for index, why in refused:
                    topic, key, value, _ = messages[index]
                    self._tables.set_profile_aside(
                        connection, partition, topic, key or b"", len(value), why
                    )
        except Exception as error:  # noqa: BLE001 - of this partition, as if it were the first try
            return {partition: error}
        self._aside.setdefault(partition, set()).update(messages[i][1] for i, _ in refused)
        return {}

    def _forget_aside(self, partition: int, messages: Sequence[Sent]) -> None:
        keys = self._aside.get(partition)
        gone = keys & {key for _, key, _, _ in messages} if keys else set()
        if keys and gone:
            with self._connections.one() as connection:
                self._tables.forget_set_aside(connection, partition, [key or b"" for key in gone])
            keys -= gone

    def _change(self, subject_id: str, data: bytes, parked: bool) -> ProfileChange:  # noqa: FBT001
        state = decode_state(data)
        profile = assess(state.record, self._calendar.on(state.assessed_on))
        return ProfileChange(subject_id, state.last_offset, parked, profile)
