-- latest_assessed --
-- The latest day that any subject was assessed for.
SELECT max(assessed_on) FROM {profile};
