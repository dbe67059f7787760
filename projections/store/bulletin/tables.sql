-- What of organisations is published today (公示), and how far it follows the read models. Made anew from them
-- at any time; of natural persons nothing stands here.
-- `only_version` is the one of which entries stand in a partition, null where some of another may.
CREATE SCHEMA IF NOT EXISTS bulletin;

CREATE TABLE IF NOT EXISTS bulletin.followed (
    partition   smallint PRIMARY KEY,
    version     integer NOT NULL,
    generation  bigint  NOT NULL,
    only_version integer
) WITH (fillfactor = 50);
ALTER TABLE bulletin.followed ADD COLUMN IF NOT EXISTS only_version integer;

CREATE TABLE IF NOT EXISTS bulletin.entry (
    partition    smallint NOT NULL,
    version      integer  NOT NULL,
    event_id     uuid     NOT NULL,
    subject_id   text COLLATE "C" NOT NULL,
    name         text,
    type         text     NOT NULL,
    category     text     NOT NULL,
    department   text     NOT NULL,
    region       text COLLATE "C" NOT NULL,
    document_no  text     NOT NULL,
    day          date     NOT NULL,
    published_on date     NOT NULL,
    public_until date,
    rule         text     NOT NULL,
    key          text     NOT NULL,
    grams        text[]   NOT NULL,
    digest       bigint
);
ALTER TABLE bulletin.entry ADD COLUMN IF NOT EXISTS digest bigint;
CREATE INDEX IF NOT EXISTS entry_published ON bulletin.entry (published_on DESC, event_id DESC);
CREATE INDEX IF NOT EXISTS entry_subject ON bulletin.entry (subject_id);
CREATE INDEX IF NOT EXISTS entry_grams ON bulletin.entry USING gin (grams);
