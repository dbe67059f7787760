-- state --
-- A subject's state and what was told of contagion, where its partition stands, and why it waits.
SELECT s.next_offset, s.generation, p.state, s.related_on, r.told, k."offset", k.reason, k.waiting
FROM {position} s
LEFT JOIN {profile} p ON p.subject_id = %(subject)s
LEFT JOIN {related_told} r ON r.partition = s.partition AND r.subject_id = %(subject)s
LEFT JOIN {parked} k ON k.partition = s.partition AND k.subject_id = %(subject)s
WHERE s.partition = %(partition)s;
