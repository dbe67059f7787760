-- one_rotation --
-- One process at a time rotates; the lock ends with its session.
SELECT pg_try_advisory_lock(1986098294);

-- alone --
-- While keys are wrapped anew none are made under the old master.
SELECT pg_advisory_xact_lock(1986098293);

-- older --
-- Some compartments that are wrapped under an older version.
SELECT subject_id, compartment, master, wrapped FROM vault.person_key WHERE master < %s
ORDER BY master LIMIT %s;

-- wrap --
-- A compartment wrapped under another version.
UPDATE vault.person_key SET master = %s, wrapped = %s
WHERE subject_id = %s AND compartment = %s;
