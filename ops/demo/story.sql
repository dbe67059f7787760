-- subjects --
-- Everybody of whom something was recorded.
SELECT subject_id FROM {profile};
