-- ends --
-- Up to where every partition is known.
SELECT partition, next_offset FROM {position};

-- end --
-- Up to where a partition is known, and when its last event was recorded.
SELECT next_offset, recorded_ms FROM {position} WHERE partition = %s;

-- recorded_at --
-- When the event at an offset was recorded.
SELECT recorded_ms FROM {event} WHERE "offset" = %s;

-- first_after --
-- The first offset that was recorded after a moment.
SELECT min("offset") FROM {event} WHERE recorded_ms > %s;
