-- share --
-- While keys are made none are destroyed.
SELECT pg_advisory_xact_lock_shared(1986098293);

-- erased_of --
-- Which of these persons were erased.
SELECT subject_id FROM vault.erased WHERE subject_id = ANY(%s);

-- person_keys --
-- The keys of these persons' compartments.
SELECT k.subject_id, k.compartment, k.master, k.wrapped FROM vault.person_key k
JOIN unnest(%s::text[], %s::text[]) AS w (subject_id, compartment)
    ON w.subject_id = k.subject_id AND w.compartment = k.compartment;

-- add_person_key --
-- A compartment begins.
INSERT INTO vault.person_key (subject_id, compartment, master, wrapped) VALUES (%s, %s, %s, %s)
ON CONFLICT DO NOTHING;

-- record_keys --
-- The keys of these records of these persons.
SELECT k.subject_id, k.record_id::text, k.compartment, k.wrapped FROM vault.record_key k
JOIN unnest(%s::text[], %s::uuid[]) AS w (subject_id, record_id)
    ON w.subject_id = k.subject_id AND w.record_id = k.record_id;

-- add_record_key --
-- A record begins.
INSERT INTO vault.record_key (subject_id, record_id, compartment, wrapped) VALUES (%s, %s, %s, %s)
ON CONFLICT DO NOTHING;

-- add_shown_number --
-- A masked number that a law publishes, as long as the record has its key.
INSERT INTO vault.shown_number (subject_id, record_id, sealed)
SELECT subject_id, record_id, %s FROM vault.record_key WHERE subject_id = %s AND record_id = %s
ON CONFLICT DO NOTHING;

-- shown_numbers --
-- The masked numbers of these records of these persons, sealed.
SELECT n.subject_id, n.record_id::text, n.sealed FROM vault.shown_number n
JOIN unnest(%s::text[], %s::uuid[]) AS w (subject_id, record_id)
    ON w.subject_id = n.subject_id AND w.record_id = n.record_id;

-- keys_of_records --
-- The keys of these records, whosever they are, each with that of its compartment.
SELECT r.subject_id, r.record_id::text, r.compartment, r.wrapped, p.master, p.wrapped
FROM vault.record_key r JOIN vault.person_key p USING (subject_id, compartment)
WHERE r.record_id = ANY(%s::uuid[]);

-- counts --
-- How much the vault holds.
SELECT (SELECT count(DISTINCT subject_id) FROM vault.person_key), (SELECT count(*) FROM vault.record_key),
    (SELECT count(*) FROM vault.erased);

-- of_masters --
-- How many compartments are wrapped under each version.
SELECT m.version, count(k.subject_id) FROM vault.master m
LEFT JOIN vault.person_key k ON k.master = m.version GROUP BY m.version ORDER BY m.version;
