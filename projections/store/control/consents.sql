-- keep --
-- A consent as it was told; told twice, it was given once.
INSERT INTO control.access_consent
    (consent_id, platform, subject_id, organisation, purpose, since, until)
VALUES (%(consent_id)s, %(platform)s, %(subject_id)s, %(organisation)s, %(purpose)s, %(since)s,
    %(until)s)
ON CONFLICT (consent_id) DO NOTHING;

-- withdraw --
-- A consent ends, now.
UPDATE control.access_consent SET withdrawn = true WHERE consent_id = %s;

-- consents --
-- Consents by a subject, to an organisation, or by the one to the other, the newest first.
SELECT consent_id, platform, subject_id, organisation, purpose, since, until, withdrawn
FROM control.access_consent
WHERE (%(subject)s::text IS NULL OR subject_id = %(subject)s)
    AND (%(organisation)s::text IS NULL OR organisation = %(organisation)s)
ORDER BY since DESC, consent_id;

-- take --
-- Count an answer of a day where one is left; of two at once for the last, one is counted.
INSERT INTO control.access_quota AS q (contract_id, day, used)
SELECT %(contract)s, %(day)s, 1 WHERE %(a_day)s > 0
ON CONFLICT (contract_id, day) DO UPDATE SET used = q.used + 1 WHERE q.used < %(a_day)s
RETURNING used;

-- give_back --
-- Nothing was answered.
UPDATE control.access_quota SET used = used - 1
WHERE contract_id = %(contract)s AND day = %(day)s AND used > 0;
