-- picks: the candidates that a version selects, and what came of them (specification: selection, "Ranking").
-- Grain: version, game_date, player_lookup, game_id.
-- Inputs: rankings, evidence, candidate_outcomes.
-- Points for line and edge (signed). rank: from 1 on a slate; outcome and units as in candidate_outcomes.sql. What only needs
-- the picks reads this, not decisions.
SELECT
    rankings.version,
    rankings.game_date,
    rankings.player_lookup,
    rankings.game_id,
    evidence.player,
    evidence.recommendation,
    evidence.line,
    evidence.edge,
    evidence.source_model_id,
    rankings.rank,
    candidate_outcomes.actual_points,
    candidate_outcomes.outcome,
    candidate_outcomes.units
FROM rankings
JOIN evidence ON evidence.feature_set = rankings.feature_set AND evidence.candidate = rankings.candidate
JOIN candidate_outcomes ON candidate_outcomes.candidate = rankings.candidate
WHERE rankings.selected
