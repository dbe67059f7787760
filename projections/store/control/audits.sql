-- note --
-- A check ran: it stands in place of the last of its kind.
INSERT INTO control.audit (platform, kind, partition, at, different) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (platform, kind) DO UPDATE SET
    partition = excluded.partition, at = excluded.at, different = excluded.different;

-- last --
-- The last check of each kind, the newest first.
SELECT platform, kind, partition, at, different FROM control.audit ORDER BY at DESC;
