-- states --
-- The states of some subjects, each looked for in its own partition.
SELECT p.subject_id, p.state
FROM unnest(%s::smallint[], %s::text[]) AS member (partition, subject_id)
JOIN {profile} p ON p.partition = member.partition AND p.subject_id = member.subject_id COLLATE "C";
