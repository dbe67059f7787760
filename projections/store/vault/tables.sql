-- The vault: wrapped keys, which open nothing without the master key. It may stand in a database of its own
-- (CREDIT_LEDGER_VAULT); its schema belongs to a role of its own, and nobody else may look into it.
CREATE SCHEMA IF NOT EXISTS vault;

-- Which versions of the master key there were, and by what each is known to be the right one.
CREATE TABLE IF NOT EXISTS vault.master (
    version int PRIMARY KEY,
    check_box bytea NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now()
);

-- By what the keys of tokens and of seals are known to be the right ones.
CREATE TABLE IF NOT EXISTS vault.known_key (
    name text PRIMARY KEY,
    check_box bytea NOT NULL
);

-- One row a person and compartment: wrapped under the master key.
CREATE TABLE IF NOT EXISTS vault.person_key (
    subject_id text NOT NULL,
    compartment text NOT NULL,
    master int NOT NULL REFERENCES vault.master,
    wrapped bytea NOT NULL,
    PRIMARY KEY (subject_id, compartment)
);
CREATE INDEX IF NOT EXISTS person_key_of_master ON vault.person_key (master);

-- One row a record: wrapped under the key of its compartment.
CREATE TABLE IF NOT EXISTS vault.record_key (
    subject_id text NOT NULL,
    record_id uuid NOT NULL,
    compartment text NOT NULL,
    wrapped bytea NOT NULL,
    PRIMARY KEY (subject_id, record_id),
    FOREIGN KEY (subject_id, compartment) REFERENCES vault.person_key ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS record_key_of_record ON vault.record_key (record_id);

-- The masked number of a person on a list where a law publishes it, sealed with the key of the entry; it goes with that key.
CREATE TABLE IF NOT EXISTS vault.shown_number (
    subject_id text NOT NULL,
    record_id uuid NOT NULL,
    sealed text NOT NULL,
    PRIMARY KEY (subject_id, record_id),
    FOREIGN KEY (subject_id, record_id) REFERENCES vault.record_key ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS shown_number_of_record ON vault.shown_number (record_id);

-- Whose keys were destroyed, as Kafka has it; nothing is sealed of them again.
CREATE TABLE IF NOT EXISTS vault.erased (
    subject_id text PRIMARY KEY
);

-- How far the ledger was gone through for erasures.
CREATE TABLE IF NOT EXISTS vault.gone_through (
    partition int PRIMARY KEY,
    next_offset bigint NOT NULL
);
ALTER TABLE vault.gone_through ADD COLUMN IF NOT EXISTS recorded_ms bigint NOT NULL DEFAULT 0;

-- Where the erasure of each person stands that has one, as the events up to there have it.
CREATE TABLE IF NOT EXISTS vault.erasure (
    subject_id text PRIMARY KEY,
    body bytea NOT NULL
);
