-- Yearly evaluations, frozen: taken once, outside the versions of the read models, which a replay makes anew.
CREATE SCHEMA IF NOT EXISTS evaluation;

-- What was frozen of a year, by part: `organisation` and `person` are the subjects of a platform, `regions`
-- the evaluation of regions. `digest` is over all rows of the part in the order of their ids; `cut` is where the
-- ledger stood after `known_ms`, the last millisecond known. A year without its row here is not frozen.
CREATE TABLE IF NOT EXISTS evaluation.frozen (
    year        smallint NOT NULL,
    part        text     NOT NULL,
    valid_on    date     NOT NULL,
    known_ms    bigint   NOT NULL,
    cut         text     NOT NULL,
    rules       text[]   NOT NULL,
    row_count   bigint   NOT NULL,
    digest      text     NOT NULL,
    frozen_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (year, part)
);

-- One row a subject and year. The platforms share no table.
CREATE TABLE IF NOT EXISTS evaluation.organisation (
    year         smallint NOT NULL,
    subject_id   text COLLATE "C" NOT NULL,
    partition    smallint NOT NULL,
    kind         text     NOT NULL,
    region       text,
    region_basis text     NOT NULL,
    status       text,
    model        text,
    points       smallint,
    grade        text,
    classes      text[]   NOT NULL,
    counted_as   text,
    events       integer  NOT NULL,
    state_hash   text     NOT NULL,
    PRIMARY KEY (year, subject_id)
);
CREATE TABLE IF NOT EXISTS evaluation.person (LIKE evaluation.organisation INCLUDING ALL);

-- One row a region and year: its evaluation as canonical JSON.
CREATE TABLE IF NOT EXISTS evaluation.region (
    year    smallint NOT NULL,
    region  text COLLATE "C" NOT NULL,
    body    text     NOT NULL,
    PRIMARY KEY (year, region)
);
