-- judged_candidates: what the filters compare of every candidate, and what came of it: all that tuning a threshold reads.
-- Grain: version, candidate.
-- Inputs: verdicts, candidate_outcomes.
-- filters and failing_filters are explained in verdicts.sql, outcome in candidate_outcomes.sql.
SELECT
    verdicts.version,
    verdicts.game_date,
    verdicts.failing_filters,
    verdicts.filters,
    candidate_outcomes.outcome,
    candidate_outcomes.is_over
FROM verdicts
JOIN candidate_outcomes ON candidate_outcomes.candidate = verdicts.candidate
