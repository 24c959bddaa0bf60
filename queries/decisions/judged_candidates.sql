-- judged_candidates: what the filters compare of every candidate, and what came of it: all that tuning a threshold asks.
-- Grain: version, candidate.
-- Inputs: verdicts, candidate_outcomes.
-- filters and failing_filters are explained in verdicts.sql, outcome in candidate_outcomes.sql.
SELECT
    v.version,
    v.game_date,
    v.failing_filters,
    v.filters,
    o.outcome
FROM verdicts AS v
JOIN candidate_outcomes AS o ON o.candidate = v.candidate
