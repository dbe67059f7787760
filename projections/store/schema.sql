-- The read models of one platform and version, in a database schema of their own, so that a rebuild
-- grows beside the live one and takes over in one transaction. Filled in by projections.database. Tables are split by ledger partition: one projector writes each.

CREATE SCHEMA {schema};
SET LOCAL search_path TO {schema};

-- Where the projector of a partition stands. `generation` counts its transactions: rows changed in
-- one carry its number, which is what the relay and resumable streams count by.
-- `seen` is a digest of the last record that was read, at `seen_offset` (projections.ledger.witness).
-- `latency_ms` is that of the last batch, the others count events by latency (projections.latency).
CREATE TABLE position (
    partition    smallint PRIMARY KEY,
    next_offset  bigint NOT NULL DEFAULT 0,
    recorded_ms  bigint NOT NULL DEFAULT 0,
    generation   bigint NOT NULL DEFAULT 0,
    swept_on     date   NOT NULL DEFAULT '0001-01-01',
    related_on   date   NOT NULL DEFAULT '0001-01-01',
    seen_offset  bigint,
    seen         bytea,
    latency_ms     integer,
    latency_sum_ms bigint   NOT NULL DEFAULT 0,
    latency_counts bigint[] NOT NULL DEFAULT array_fill(0::bigint, ARRAY[12])
) WITH (fillfactor = 50);

-- Up to which generation the relay has published; behind it, never ahead of what Kafka acknowledged.
CREATE TABLE publication (
    partition    smallint NOT NULL,
    topic_kind   text     NOT NULL,
    generation   bigint   NOT NULL DEFAULT 0,
    PRIMARY KEY (partition, topic_kind)
) WITH (fillfactor = 50);

-- The journal: every message of the ledger as it stands there. One index serves three questions:
-- all events of a subject, the chain of one entry, and whether an event has been seen before.
CREATE TABLE event (
    partition    smallint NOT NULL,
    "offset"     bigint   NOT NULL,
    recorded_ms  bigint   NOT NULL,
    subject_id   text COLLATE "C" NOT NULL,
    entry_id     uuid     NOT NULL,
    value        bytea
) PARTITION BY LIST (partition);
CREATE INDEX event_entry ON event (subject_id, entry_id);
CREATE INDEX event_offset ON event USING brin ("offset") WITH (pages_per_range = 32);

-- One row a subject: its state (record and what was told), packed, and what is asked across subjects.
-- States are not compressed: a long one is written for each event of its subject, which is what to spare.
-- `counted_as` is what it counts as among the subjects of its region (projections.seat), null for nothing.
-- `seat` and `industry` are what firms are listed by, `review_on` the first day on which a warning of it is to be reviewed.
CREATE TABLE profile (
    partition       smallint NOT NULL,
    subject_id      text COLLATE "C" NOT NULL,
    state           bytea    STORAGE EXTERNAL NOT NULL,
    generation      bigint   NOT NULL,
    last_offset     bigint   NOT NULL,
    assessed_on     date     NOT NULL,
    next_change_on  date,
    lists_in_effect smallint NOT NULL,
    warning_level   smallint NOT NULL,
    counted_as      text COLLATE "C",
    seat            text COLLATE "C",
    industry        text COLLATE "C",
    review_on       date,
    PRIMARY KEY (partition, subject_id)
) PARTITION BY LIST (partition);
CREATE INDEX profile_seat ON profile (seat, subject_id);
CREATE INDEX profile_industry ON profile (industry, coalesce(seat, ''), subject_id)
    WHERE industry IS NOT NULL;
CREATE INDEX profile_review ON profile (review_on, subject_id) WHERE review_on IS NOT NULL;

-- What records are looked up by: names, numbers, identifiers, products and batches, in the form by which they
-- are compared (projections.record.handles). A row is added where an event brings one, and none is taken away:
-- it leads to the record, and what stands there now says who may find it.
CREATE TABLE handle (
    partition   smallint NOT NULL,
    "offset"    bigint   NOT NULL,
    subject_id  text COLLATE "C" NOT NULL,
    entry_id    uuid     NOT NULL,
    kind        text COLLATE "C" NOT NULL,
    key         text COLLATE "C" NOT NULL
);
CREATE INDEX handle_key ON handle (key, subject_id);

-- Blacklist status: every list entry as last told.
CREATE TABLE list_entry (
    partition   smallint NOT NULL,
    entry_id    uuid     NOT NULL,
    subject_id  text COLLATE "C" NOT NULL,
    list        text     NOT NULL,
    status      text     NOT NULL,
    since       date,
    until       date,
    ground      text     NOT NULL,
    region      text     NOT NULL,
    rule        text     NOT NULL,
    changed_on  date     NOT NULL,
    "offset"    bigint   NOT NULL,
    PRIMARY KEY (partition, subject_id, entry_id)
);
CREATE INDEX list_entry_list ON list_entry (list, status);

-- Warnings as told, one row a notice, in the order of telling: the resumable stream reads these. `recorded_ms` is when the
-- event was recorded that brought it about; of what time alone brought about, the midnight of its day in China.
CREATE TABLE warning (
    partition       smallint NOT NULL,
    generation      bigint   NOT NULL,
    n               integer  NOT NULL,
    warning_id      uuid     NOT NULL,
    episode_id      uuid     NOT NULL,
    subject_id      text COLLATE "C" NOT NULL,
    rule            text     NOT NULL,
    rule_from       date     NOT NULL,
    transition      text     NOT NULL,
    level           text,
    previous_level  text,
    region          text     NOT NULL,
    domain          text     NOT NULL,
    evidence        uuid[]   NOT NULL,
    on_day          date     NOT NULL,
    "offset"        bigint   NOT NULL,
    by_time         boolean  NOT NULL,
    recorded_ms     bigint   NOT NULL,
    kind            text     NOT NULL,
    since           date,
    expires_on      date,
    window_months   integer,
    recipients      text[]   NOT NULL,
    list            text,
    acknowledged_by text[]   NOT NULL,
    PRIMARY KEY (partition, generation, n)
);
CREATE UNIQUE INDEX warning_id ON warning (warning_id);
CREATE INDEX warning_subject ON warning (subject_id);
-- A board shows the newest first: of those that may stand, whether they do is asked one by one until a page is full.
CREATE INDEX warning_newest ON warning (recorded_ms DESC, warning_id DESC) WHERE transition <> 'lifted';

-- What waits for departments (待办), as last told; what was answered stays, with the day on which it closed. Asked by
-- department, so what it costs follows what waits and not what ever did.
CREATE TABLE duty (
    partition    smallint NOT NULL,
    duty_id      uuid     NOT NULL,
    department   text COLLATE "C" NOT NULL,
    kind         text     NOT NULL,
    subject_id   text COLLATE "C" NOT NULL,
    subject_name text,
    event_id     uuid     NOT NULL,
    record_id    uuid,
    rule         text,
    domain       text     NOT NULL,
    region       text     NOT NULL,
    due_on       date,
    opened_on    date     NOT NULL,
    closed_on    date,
    "offset"     bigint   NOT NULL,
    PRIMARY KEY (partition, duty_id)
);
CREATE INDEX duty_open ON duty (department, due_on) WHERE closed_on IS NULL;

-- What waits to be published; the relay deletes what Kafka has acknowledged. `headers` is JSON, an array of
-- names and texts: read as an array of Postgres it took longer than all the rest of a row.
CREATE TABLE outbox (
    partition   smallint NOT NULL,
    generation  bigint   NOT NULL,
    n           integer  NOT NULL,
    topic       text     NOT NULL,
    key         bytea    NOT NULL,
    value       bytea    NOT NULL,
    headers     text     NOT NULL,
    PRIMARY KEY (partition, generation, n)
);

-- Messages that the broker will never take, such as one over the limit of its topic: an operator sees them.
-- A profile has no `value` here, for its state stands in its own table.
CREATE TABLE set_aside (
    partition   smallint NOT NULL,
    topic       text     NOT NULL,
    key         bytea    NOT NULL,
    generation  bigint   NOT NULL,
    n           integer  NOT NULL,
    value       bytea,
    headers     text     NOT NULL,
    bytes       integer  NOT NULL,
    reason      text     NOT NULL,
    since       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (partition, topic, key, generation, n)
);

-- Subjects that wait for an operator, from which offset on, and why.
CREATE TABLE parked (
    partition   smallint NOT NULL,
    subject_id  text COLLATE "C" NOT NULL,
    "offset"    bigint   NOT NULL,
    reason      text     NOT NULL,
    waiting     integer  NOT NULL DEFAULT 0,
    since       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (partition, subject_id)
);

-- Erasures of what is kept of persons: where each stands. `body` is the rest of it, as JSON. From `approved` on nobody is
-- shown anything of the person; once `erased`, no other table here has a row but the stub of its profile.
CREATE TABLE erasure (
    partition   smallint NOT NULL,
    subject_id  text COLLATE "C" NOT NULL,
    request     uuid     NOT NULL,
    stage       text     NOT NULL,
    erases_on   date,
    body        bytea    NOT NULL,
    PRIMARY KEY (partition, subject_id)
);
CREATE INDEX erasure_stage ON erasure (stage, erases_on);
CREATE INDEX erasure_request ON erasure (request);

-- How each department reported (部门报送考核), by month of recording. Counts add up batch by batch; a row a
-- partition, so that two projectors never write the same one.
CREATE TABLE reporting (
    partition   smallint NOT NULL,
    department  text     NOT NULL,
    category    text     NOT NULL,
    month       date     NOT NULL,
    events      bigint   NOT NULL,
    due         bigint   NOT NULL,
    late        bigint   NOT NULL,
    late_days   bigint   NOT NULL,
    undated     bigint   NOT NULL,
    corrected   bigint   NOT NULL,
    revoked     bigint   NOT NULL,
    repeats     bigint   NOT NULL,
    conflicts   bigint   NOT NULL,
    waiting     bigint   NOT NULL,
    misplaced   bigint   NOT NULL,
    remarked    bigint   NOT NULL,
    PRIMARY KEY (partition, department, category, month)
) WITH (fillfactor = 50);

-- Ties of subjects to those who represent or control them, every version that the ledger gave of each: what
-- was known of a tie on a past day can be read from here. `known_from` is the first midnight at which it was.
CREATE TABLE tie (
    partition   smallint NOT NULL,
    "offset"    bigint   NOT NULL,
    subject_id  text COLLATE "C" NOT NULL,
    entry_id    uuid     NOT NULL,
    other       text COLLATE "C" NOT NULL,
    since       date     NOT NULL,
    until       date     NOT NULL,
    region      text     NOT NULL,
    is_void     boolean  NOT NULL,
    known_from  date     NOT NULL,
    PRIMARY KEY (partition, "offset")
);
CREATE INDEX tie_other ON tie (other);

-- What was told of contagion, by subject, packed.
CREATE TABLE related_told (
    partition   smallint NOT NULL,
    subject_id  text COLLATE "C" NOT NULL,
    told        bytea    NOT NULL,
    PRIMARY KEY (partition, subject_id)
);
