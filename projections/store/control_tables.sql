-- What stands beside the read models: which version is live, and where admission stands.
CREATE SCHEMA IF NOT EXISTS control;

-- Each ledger's identity. The number of partitions is frozen for life.
CREATE TABLE IF NOT EXISTS control.ledger (
    platform    text PRIMARY KEY,
    topic       text NOT NULL,
    partitions  smallint NOT NULL
);

-- Versions of the read models: one is live at a time, another may be growing beside it.
CREATE TABLE IF NOT EXISTS control.projection (
    platform    text    NOT NULL,
    version     integer NOT NULL,
    live        boolean NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    shape       text,
    PRIMARY KEY (platform, version)
);
-- Of versions that were made before shapes were noted, nobody knows theirs.
ALTER TABLE control.projection ADD COLUMN IF NOT EXISTS shape text;
CREATE UNIQUE INDEX IF NOT EXISTS projection_live ON control.projection (platform) WHERE live;

-- Where admission stands in each submission topic: moved after the ledger has acknowledged.
CREATE TABLE IF NOT EXISTS control.submission_position (
    topic       text     NOT NULL,
    partition   smallint NOT NULL,
    next_offset bigint   NOT NULL DEFAULT 0,
    PRIMARY KEY (topic, partition)
);

-- What admission refused, by month of submission: each submission once under the reason `any`, and
-- once under every reason that it was refused for. Counted as the position moves, or not at all.
CREATE TABLE IF NOT EXISTS control.refusal (
    platform    text   NOT NULL,
    department  text   NOT NULL,
    month       date   NOT NULL,
    reason      text   NOT NULL,
    count       bigint NOT NULL,
    PRIMARY KEY (platform, department, month, reason)
) WITH (fillfactor = 50);

-- How often was asked (查询次数), by day and by what was asked; never by subject or by who asked.
CREATE TABLE IF NOT EXISTS control.query_count (
    day       date   NOT NULL,
    platform  text   NOT NULL,
    kind      text   NOT NULL,
    count     bigint NOT NULL,
    PRIMARY KEY (day, platform, kind)
) WITH (fillfactor = 50);

-- Receipts of what departments reported: ids, places and lines, no word of it; kept as given.
CREATE TABLE IF NOT EXISTS control.receipt (
    receipt_id  uuid PRIMARY KEY,
    department  text NOT NULL,
    given_at    timestamptz NOT NULL,
    name        text NOT NULL,
    lines       integer NOT NULL,
    body        bytea NOT NULL
);
CREATE INDEX IF NOT EXISTS receipt_department ON control.receipt (department, given_at);

-- Which receipts name a person, until the person is erased and they do not any more.
CREATE TABLE IF NOT EXISTS control.receipt_person (
    subject_id  text NOT NULL,
    receipt_id  uuid NOT NULL REFERENCES control.receipt ON DELETE CASCADE,
    PRIMARY KEY (subject_id, receipt_id)
);

-- What lines of a receipt came to that nothing can change any more: counted and shown without the journal.
-- `why` holds codes, parted by blanks.
CREATE TABLE IF NOT EXISTS control.line_fate (
    receipt_id  uuid    NOT NULL,
    line        integer NOT NULL,
    fate        text COLLATE "C" NOT NULL,
    why         text    NOT NULL,
    event_id    uuid,
    PRIMARY KEY (receipt_id, line)
);

-- How often workers were started, by the slot they took: what restarts again and again is in trouble.
CREATE TABLE IF NOT EXISTS control.worker (
    role        text     NOT NULL,
    slot        smallint NOT NULL,
    starts      bigint   NOT NULL DEFAULT 1,
    started_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (role, slot)
);

-- The last record that admission read before its position: a log that lost its end, and has grown since,
-- holds another one there (projections.ledger.witness).
ALTER TABLE control.submission_position
    ADD COLUMN IF NOT EXISTS seen_offset bigint, ADD COLUMN IF NOT EXISTS seen bytea;

-- Up to where the ledger has acknowledged to admission, by partition: it is never shorter.
CREATE TABLE IF NOT EXISTS control.ledger_end (
    topic       text     NOT NULL,
    partition   smallint NOT NULL,
    next_offset bigint   NOT NULL,
    PRIMARY KEY (topic, partition)
) WITH (fillfactor = 50);

-- Logs that do not hold what was read of them. Nothing goes on there but by an operator's word.
CREATE TABLE IF NOT EXISTS control.breach (
    topic       text     NOT NULL,
    partition   smallint NOT NULL,
    next_offset bigint   NOT NULL,
    detail      text     NOT NULL,
    since       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (topic, partition)
);

-- The last check of the read models against Kafka, of each kind: replay, partition, subject (not whose).
CREATE TABLE IF NOT EXISTS control.audit (
    platform    text     NOT NULL,
    kind        text     NOT NULL,
    partition   smallint,
    at          timestamptz NOT NULL,
    different   bigint   NOT NULL,
    PRIMARY KEY (platform, kind)
);

-- How far somebody who watches under a name has come, by topic and partition: nobody else's name is touched.
CREATE TABLE IF NOT EXISTS control.watcher (
    name        text     NOT NULL,
    topic       text     NOT NULL,
    partition   smallint NOT NULL,
    next_offset bigint   NOT NULL,
    PRIMARY KEY (name, topic, partition)
);

-- Rights to ask, as the topic of access tells them: keys by their digest, never their secret. A change
-- that the broker has not acknowledged yet waits in `told`; what ends here has ended, told or not.
CREATE TABLE IF NOT EXISTS control.access_key (
    key_id       text PRIMARY KEY,
    name         text,
    digest       bytea NOT NULL,
    roles        text[] NOT NULL,
    organisation text,
    region       text,
    since        date NOT NULL,
    until        date,
    revoked      boolean NOT NULL DEFAULT false,
    told         boolean NOT NULL,
    used_on      date
);
-- Who is signed in to the pages: by the digest of the session's secret. It ends with its key or token, at the latest.
CREATE TABLE IF NOT EXISTS control.session (
    digest       bytea PRIMARY KEY,
    key_id       text NOT NULL,
    since        timestamptz NOT NULL,
    seen_at      timestamptz NOT NULL,
    purpose      text,
    basis        text
);
-- Of who was signed in by the identity provider: as whom, which no key tells, and when the provider's word ends.
ALTER TABLE control.session ADD COLUMN IF NOT EXISTS askers bytea;
ALTER TABLE control.session ADD COLUMN IF NOT EXISTS ends_at timestamptz;
CREATE TABLE IF NOT EXISTS control.access_contract (
    contract_id  text PRIMARY KEY,
    organisation text NOT NULL,
    purposes     text[] NOT NULL,
    since        date NOT NULL,
    until        date,
    ended        boolean NOT NULL DEFAULT false
);
ALTER TABLE control.access_contract ADD COLUMN IF NOT EXISTS a_day integer;

-- How many answers of a day were given by a contract that bounds them.
CREATE TABLE IF NOT EXISTS control.access_quota (
    contract_id text NOT NULL,
    day         date NOT NULL,
    used        integer NOT NULL,
    PRIMARY KEY (contract_id, day)
);

-- What subjects consented to, as the topic of access told.
CREATE TABLE IF NOT EXISTS control.access_consent (
    consent_id   text PRIMARY KEY,
    platform     text NOT NULL,
    subject_id   text NOT NULL,
    organisation text NOT NULL,
    purpose      text NOT NULL,
    since        date NOT NULL,
    until        date NOT NULL,
    withdrawn    boolean NOT NULL DEFAULT false
);
CREATE INDEX IF NOT EXISTS access_consent_subject ON control.access_consent (subject_id);
CREATE INDEX IF NOT EXISTS access_consent_organisation ON control.access_consent (organisation);

-- Who asked of whom, as read off the topics of inquiries, and up to where.
CREATE TABLE IF NOT EXISTS control.inquiry (
    inquiry_id   text PRIMARY KEY,
    at           timestamptz NOT NULL,
    subjects     text[] NOT NULL,
    platform     text,
    visible_from timestamptz,
    body         bytea NOT NULL
);
CREATE INDEX IF NOT EXISTS inquiry_subjects ON control.inquiry USING gin (subjects);
CREATE INDEX IF NOT EXISTS inquiry_at ON control.inquiry (at);

-- Who is sent warnings as they are told (webhooks), and how far each has come. What is signed with stands in no table.
CREATE TABLE IF NOT EXISTS control.webhook (
    webhook_id   text PRIMARY KEY,
    platform     text NOT NULL,
    url          text NOT NULL,
    key_id       text,
    region       text,
    level        text,
    private      boolean NOT NULL,
    key_check    bytea NOT NULL,
    number       smallint NOT NULL,
    former       smallint,
    former_until timestamptz,
    cursor       text NOT NULL,
    since        timestamptz NOT NULL,
    ended_at     timestamptz,
    ended_why    text
);

-- What each is sent, in the order of `seq` per subject: it waits, was sent, or is given up (failed). Of what was
-- sent long ago only the id stays, with empty `body` and `subject_id`.
CREATE TABLE IF NOT EXISTS control.webhook_delivery (
    webhook_id   text NOT NULL,
    message_id   text NOT NULL,
    seq          bigint GENERATED ALWAYS AS IDENTITY,
    subject_id   text NOT NULL,
    body         bytea NOT NULL,
    state        text NOT NULL,
    attempts     smallint NOT NULL,
    next_at      timestamptz NOT NULL,
    written_at   timestamptz NOT NULL,
    last_at      timestamptz,
    last_error   text,
    PRIMARY KEY (webhook_id, message_id)
);
CREATE INDEX IF NOT EXISTS webhook_delivery_waiting ON control.webhook_delivery (webhook_id, subject_id, seq)
    WHERE state = 'waits';
CREATE INDEX IF NOT EXISTS webhook_delivery_taken ON control.webhook_delivery (written_at)
    WHERE state = 'sent' AND body <> '';
