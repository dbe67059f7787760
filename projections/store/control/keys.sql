-- holder --
-- Who a key is, and the contracts of its organisation that are in force.
SELECT k.digest, k.roles, k.organisation, k.name, k.region, k.since, k.until, k.used_on,
    (
        SELECT coalesce(jsonb_agg(jsonb_build_object('contract_id', contract_id, 'purposes', purposes,
            'start', since, 'end', until, 'a_day', a_day) ORDER BY since DESC, contract_id), '[]')
        FROM control.access_contract c
        WHERE c.organisation = k.organisation AND NOT c.ended
            AND c.since <= %(on)s AND (c.until IS NULL OR c.until > %(on)s)
    )
FROM control.access_key k
WHERE k.key_id = %(key)s AND NOT k.revoked;

-- used --
-- Note the last day on which a key was shown.
UPDATE control.access_key SET used_on = %(on)s
WHERE key_id = %(key)s AND (used_on IS NULL OR used_on < %(on)s);

-- create_key --
-- A key begins; told twice, it began once.
INSERT INTO control.access_key (key_id, name, digest, roles, organisation, region, since, until, told)
VALUES (%(key_id)s, %(name)s, %(digest)s, %(roles)s, %(organisation)s, %(region)s, %(since)s,
    %(until)s, true)
ON CONFLICT (key_id) DO NOTHING;

-- revoke_key --
-- A key ends, now; whether its end was told is another question.
UPDATE control.access_key SET revoked = true, told = %(told)s WHERE key_id = %(key)s;

-- untold --
-- Keys that ended while the broker was away.
SELECT key_id FROM control.access_key WHERE revoked AND NOT told ORDER BY key_id;

-- keys --
-- Every key, the newest first; its secret stands nowhere.
SELECT key_id, name, roles, organisation, region, since, until, revoked, used_on
FROM control.access_key ORDER BY since DESC, key_id;

-- of_organisation --
-- How many keys of a holder are in force on a day.
SELECT count(*) FROM control.access_key
WHERE roles = %(roles)s AND organisation IS NOT DISTINCT FROM %(organisation)s
    AND region IS NOT DISTINCT FROM %(region)s AND name IS NOT DISTINCT FROM %(name)s
    AND NOT revoked AND (until IS NULL OR until > %(on)s);

-- make_contract --
-- A contract begins; told twice, it began once.
INSERT INTO control.access_contract (contract_id, organisation, purposes, since, until, a_day)
VALUES (%(contract_id)s, %(organisation)s, %(purposes)s, %(since)s, %(until)s, %(a_day)s)
ON CONFLICT (contract_id) DO NOTHING;

-- end_contract --
-- A contract ends, now.
UPDATE control.access_contract SET ended = true WHERE contract_id = %s;

-- contracts --
-- Every contract, the newest first.
SELECT contract_id, organisation, purposes, since, until, ended, a_day
FROM control.access_contract ORDER BY since DESC, contract_id;
