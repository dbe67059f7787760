-- lock_setup --
-- Let nobody else create or promote until the transaction ends.
SELECT pg_advisory_xact_lock(%s);

-- add_ledger --
-- Note a ledger, once and for life.
INSERT INTO control.ledger (platform, topic, partitions) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING;

-- partitions --
-- Into how many partitions a ledger is divided.
SELECT partitions FROM control.ledger WHERE platform = %s;

-- split_event --
-- The journal of one partition.
CREATE TABLE {event_n} PARTITION OF {event} FOR VALUES IN ({n});

-- find_by_id --
-- Where in the journal an id of an event may stand: a filter over each 32 pages, which costs an event next to
-- nothing, as autovacuum makes it of what came since it last did; that much is looked through. Not asked for page
-- by page (autosummarize): hundreds a second would ask. No part of the shape: without it, all is looked through.
CREATE INDEX ON {event_n} USING brin (substring(value FROM 7 FOR 36) bytea_bloom_ops)
WITH (pages_per_range = 32);

-- split_profile --
-- The profiles of one partition: with room in each page, for most rows are written over.
CREATE TABLE {profile_n} PARTITION OF {profile} FOR VALUES IN ({n}) WITH (fillfactor = 70);

-- find_changed --
-- Which pages of profiles changed after a generation: the follower asks once a second, and relays where a partition
-- changes hands. As it says something of pages alone, rows are still written over in place. No part of the shape:
-- without it, as for pages that autovacuum has not come to, all is looked through.
CREATE INDEX ON {profile_n} USING brin (generation) WITH (pages_per_range = 1);

-- usual_path --
-- Names without a schema mean again what they meant before the tables were made.
SET LOCAL search_path TO DEFAULT;

-- add_position --
-- Begin a partition of a new version.
INSERT INTO {position} (partition) VALUES (%s);

-- add_publication --
-- Nothing of it is published yet.
INSERT INTO {publication} (partition, topic_kind) VALUES (%s, %s);

-- note_version --
-- Note a version, and the shape of its tables and states.
INSERT INTO control.projection (platform, version, live, shape) VALUES (%s, %s, %s, %s);

-- live --
-- The version that answers now, and its shape.
SELECT version, shape FROM control.projection WHERE platform = %s AND live;

-- next_version --
-- The number of the next version.
SELECT coalesce(max(version), 0) + 1 FROM control.projection WHERE platform = %s;

-- drop --
-- Remove all tables of a version.
DROP SCHEMA IF EXISTS {schema} CASCADE;

-- forget_version --
-- Forget a version that does not answer.
DELETE FROM control.projection WHERE platform = %s AND version = %s AND NOT live;
