"""What the relay sends and notes: profiles, notices, how far they are published. It blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from events.topics import profiles_topic
from projections.fold.state import decode_state
from projections.profile.profile import assess
from projections.writing.outbox import ProfileChange, decode_headers

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from projections.calendar.rules import RuleCalendar
    from projections.projector import Projector
    from streams.connections import Connections
    from streams.producer import Sender

_NOTICES_PER_SEND: Final = 1_000
PROFILES_PER_SEND: Final = 5_000


class Publication:
    """The way from the tables of one platform to its topics; each call waits for what it asks."""

    def __init__(
        self,
        projector: Projector,
        calendar: RuleCalendar,
        connections: Connections,
        sender: Sender,
    ) -> None:
        """Bind to the projector's store and a sender."""
        self._platform = projector.platform
        self._store = projector.store
        self._calendar = calendar
        self._connections = connections
        self._sender = sender

    def send_profiles(self, taken: Mapping[int, Iterable[ProfileChange]]) -> None:
        """Send profiles, by partition, and wait until all are acknowledged."""
        topic = profiles_topic(self._platform)
        self._sender.send(
            (topic, change.subject_id.encode(), change.message(partition), None)
            for partition, changes in taken.items()
            for change in changes
        )

    def note(self, reached: Mapping[int, int]) -> dict[int, str]:
        """Write up to where each partition is published; give who moved its position last."""
        with self._connections.one() as connection:
            return dict(
                connection.execute(
                    self._store.statement(
                        "UPDATE {publication} b SET generation = greatest(b.generation, k.reached) "
                        "FROM unnest(%s::smallint[], %s::bigint[]) AS k (partition, reached) "
                        "JOIN {position} a USING (partition) WHERE b.partition = k.partition "
                        "AND b.topic_kind = 'profiles' RETURNING a.partition, a.owner"
                    ),
                    (list(reached), list(reached.values())),
                ).fetchall()
            )

    def send_notices(self, partitions: list[int]) -> None:
        """Send what waits in the outbox, in order per partition, and take it out.

        It is taken out up to the last that was sent: none lower can have come meanwhile, as each
        transaction of a partition has a later generation than all before it.
        """
        more = True
        while more:
            with self._connections.one() as connection:
                rows = connection.execute(
                    self._store.statement(
                        "SELECT partition, generation, n, topic, key, value, headers FROM {outbox} "
                        "WHERE partition = ANY(%s) ORDER BY partition, generation, n LIMIT %s"
                    ),
                    (partitions, _NOTICES_PER_SEND),
                    binary=True,
                ).fetchall()
                self._sender.send((row[3], row[4], row[5], decode_headers(row[6])) for row in rows)
                if rows:
                    last = {row[0]: row[:3] for row in rows}
                    connection.execute(
                        self._store.statement(
                            "DELETE FROM {outbox} o USING unnest(%s::smallint[], %s::bigint[], "
                            "%s::integer[]) AS k (partition, generation, n) "
                            "WHERE o.partition = k.partition "
                            "AND (o.generation, o.n) <= (k.generation, k.n)"
                        ),
                        [list(column) for column in zip(*last.values(), strict=True)],
                    )
            more = len(rows) == _NOTICES_PER_SEND

    def send_missed(self, partition: int, unsure_after: int | None) -> int:
        """Send the profiles changed since publication was noted; give the generation reached.

        Where this worker itself has sent some after its last note, `unsure_after`, those too.
        """
        with self._connections.one() as connection:
            row = connection.execute(
                self._store.statement(
                    "SELECT a.generation, b.generation FROM {position} a JOIN {publication} b "
                    "USING (partition) WHERE partition = %s AND b.topic_kind = 'profiles'"
                ),
                (partition,),
            ).fetchone()
        now, noted = row or (0, 0)
        if unsure_after is not None:
            noted = min(noted, unsure_after)
        if noted < now:
            self._send_changed(partition, noted)
        self.note({partition: now})
        return int(now)

    def send_overtaken(self, partition: int, after: int, subjects: list[str]) -> None:
        """Send those subjects' profiles again that changed after a generation, until none has."""
        while newest := self._send_changed(partition, after, subjects):
            after = newest

    def _send_changed(
        self, partition: int, after: int, subjects: Collection[str] | None = None
    ) -> int:
        """Send profiles as they now stand, those changed after a generation; give the newest."""
        newest = 0
        with (
            self._connections.one() as connection,
            connection.transaction(),
            connection.cursor(name="changed_profiles") as cursor,
        ):
            cursor.itersize = PROFILES_PER_SEND
            cursor.execute(
                self._store.statement(
                    "SELECT subject_id, state, subject_id IN (SELECT subject_id FROM {parked}), "
                    "generation FROM {profile} WHERE generation > %(after)s "
                    "AND (%(subjects)s::text[] IS NULL OR subject_id = ANY(%(subjects)s))",
                    partition,
                ),
                {"after": after, "subjects": subjects},
            )
            while rows := cursor.fetchmany(PROFILES_PER_SEND):
                self.send_profiles({partition: [self._change(*row[:3]) for row in rows]})
                newest = max(newest, *(row[3] for row in rows))
        return newest

    def _change(self, subject_id: str, data: bytes, parked: bool) -> ProfileChange:  # noqa: FBT001
        state = decode_state(data)
        profile = assess(state.record, self._calendar.on(state.assessed_on))
        return ProfileChange(subject_id, state.last_offset, parked, profile)
