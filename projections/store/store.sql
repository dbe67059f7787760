-- copy_events --
-- Rows of the journal.
COPY {event} ({event_columns}) FROM STDIN (FORMAT binary);

-- copy_handles --
-- What records are looked up by.
COPY {handle} ({handle_columns}) FROM STDIN (FORMAT binary);

-- copy_profiles --
-- Profiles that are new.
COPY {profile} ({profile_columns}) FROM STDIN (FORMAT binary);

-- stage_profiles --
-- A table for profiles that changed, gone with the transaction.
CREATE TEMP TABLE IF NOT EXISTS changed_profile (LIKE {profile}) ON COMMIT DROP;

-- copy_staged --
-- Profiles into that table.
COPY changed_profile ({profile_columns}) FROM STDIN (FORMAT binary);

-- update_profiles --
-- Write the staged profiles over what stands.
UPDATE {profile} p SET ({profile_changing}) = ROW ({profile_staged})
FROM changed_profile c WHERE p.subject_id = c.subject_id;

-- upsert_profiles --
-- Write a few profiles, whether or not they are known. As JSON what is no bytes takes the client a
-- fraction of what an array for each column takes.
INSERT INTO {profile} ({profile_columns})
SELECT {profile_columns} FROM ROWS FROM (
    json_to_recordset(%s::json) AS (
        partition smallint, subject_id text, generation bigint, last_offset bigint,
        assessed_on date, next_change_on date, lists_in_effect smallint, warning_level smallint,
        counted_as text, seat text, industry text, review_on date
    ),
    unnest(%b::bytea[])
) AS r ({profile_told}, state)
ON CONFLICT (partition, subject_id)
DO UPDATE SET ({profile_changing}) = ROW ({profile_excluded});

-- write_list_entries --
-- Write blacklist status as told. As JSON it takes a fraction of what an array for each column takes.
INSERT INTO {list_entry} (partition, entry_id, subject_id, list, status, since, until, ground,
    region, rule, changed_on, "offset")
SELECT k.partition, entry_id, subject_id, list, status, since, until, ground, region, rule, "on",
    "offset"
FROM unnest(%s::smallint[], %b::text[]) AS k (partition, notices),
json_to_recordset(k.notices::json) AS told (
    entry_id uuid, subject_id text, list text, status text, since date, until date, ground text,
    region text, rule text, "on" date, "offset" bigint
)
ON CONFLICT (partition, subject_id, entry_id) DO UPDATE SET
    list = coalesce(nullif(excluded.list, ''), list_entry.list),
    status = excluded.status, since = excluded.since, until = excluded.until,
    ground = excluded.ground, region = excluded.region, rule = excluded.rule,
    changed_on = excluded.changed_on, "offset" = excluded."offset";

-- copy_warnings --
-- Warnings as they are told.
COPY {warning} ({warning_columns}) FROM STDIN (FORMAT binary);

-- copy_outbox --
-- Messages in line for the relay.
COPY {outbox} ({outbox_columns}) FROM STDIN (FORMAT binary);

-- write_duties --
-- Write what waits for departments as told; what waits no longer has the day on which it closed.
INSERT INTO {duty} (partition, duty_id, department, kind, subject_id, subject_name, event_id,
    record_id, rule, domain, region, due_on, opened_on, closed_on, "offset")
SELECT k.partition, duty_id, department, kind, subject_id, subject_name, event_id, record_id, rule,
    domain, region, due_on, opened_on, CASE transition WHEN 'closed' THEN "on" END, "offset"
FROM unnest(%s::smallint[], %b::text[]) AS k (partition, notices),
json_to_recordset(k.notices::json) AS told (
    duty_id uuid, department text, kind text, subject_id text, subject_name text, event_id uuid,
    record_id uuid, rule text, domain text, region text, due_on date, opened_on date,
    transition text, "on" date, "offset" bigint
)
ON CONFLICT (partition, duty_id) DO UPDATE SET
    subject_name = excluded.subject_name, event_id = excluded.event_id,
    domain = excluded.domain, region = excluded.region, due_on = excluded.due_on,
    opened_on = excluded.opened_on, closed_on = excluded.closed_on, "offset" = excluded."offset";

-- release --
-- A subject is parked no more.
DELETE FROM {parked} WHERE partition = %s AND subject_id = %s;

-- park --
-- A subject is parked, or more of it waits.
INSERT INTO {parked} (partition, subject_id, "offset", reason, waiting) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (partition, subject_id) DO UPDATE SET
    "offset" = excluded."offset", reason = excluded.reason, waiting = excluded.waiting;

-- count_rows --
-- How many rows a table has.
SELECT count(*) FROM {table};

-- due --
-- Subjects behind one whose next change by time has come, or that were assessed under older rules.
SELECT subject_id, state,
    least(next_change_on, CASE WHEN assessed_on < %(rules)s THEN %(rules)s END)
FROM {profile}
WHERE subject_id > %(after)s AND (next_change_on <= %(on)s OR assessed_on < %(rules)s)
ORDER BY subject_id LIMIT %(limit)s;

-- count_due --
-- How many are due, and how many there are.
SELECT count(*) FILTER (WHERE next_change_on <= %(on)s OR assessed_on < %(rules)s), count(*)
FROM {profile};
