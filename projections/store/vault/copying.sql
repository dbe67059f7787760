-- compartments --
-- Every compartment with the keys of its records: whoever is in one stands in one row.
SELECT p.subject_id, p.compartment, p.master, p.wrapped,
    array_agg(r.record_id::text ORDER BY r.record_id) FILTER (WHERE r.record_id IS NOT NULL),
    array_agg(r.wrapped ORDER BY r.record_id) FILTER (WHERE r.record_id IS NOT NULL),
    array_agg(n.sealed ORDER BY r.record_id) FILTER (WHERE r.record_id IS NOT NULL)
FROM vault.person_key p LEFT JOIN vault.record_key r USING (subject_id, compartment)
    LEFT JOIN vault.shown_number n USING (subject_id, record_id)
GROUP BY p.subject_id, p.compartment ORDER BY p.subject_id, p.compartment;

-- one_moment --
-- All that is copied is of one moment.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;

-- masters --
-- By what each version of the master key is known.
SELECT version, check_box FROM vault.master ORDER BY version;

-- known_keys --
-- By what the keys of tokens and of seals are known.
SELECT name, check_box FROM vault.known_key ORDER BY name;
