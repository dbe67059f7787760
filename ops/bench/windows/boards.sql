-- followed --
-- Where each partition of the read models is, and up to where the bulletin has followed it.
SELECT p.partition, p.generation, CASE WHEN f.version = %(version)s THEN f.generation ELSE 0 END
FROM {position} p LEFT JOIN bulletin.followed f USING (partition);
