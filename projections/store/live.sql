-- live --
-- The version that answers, how its ledger is divided, and the first partition whose log is broken.
SELECT version, partitions, created_at, shape,
    (SELECT min(partition) FROM control.breach b WHERE b.topic = l.topic)
FROM control.projection JOIN control.ledger l USING (platform)
WHERE platform = %s AND live;
